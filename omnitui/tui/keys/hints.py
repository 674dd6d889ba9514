"""What the footer says the keys do here: the few that matter most in each pane."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from config.i18n import _, ngettext, pgettext
from omnitui.tui.keys.keymap import Keymap


def _wanted(context: str, *, editing: bool, noting: bool) -> list[tuple[str, str]]:
    """(command line, short label), the most important first."""
    if editing and context == "reply":
        return [("reply send", _("send the change")), ("back", _("leave")), ("editor", _("editor"))]
    if noting and context == "reply":
        return [
            ("reply send", _("keep")),
            ("back", _("keep draft")),
            ("reply kind", _("reply/note")),
            ("menu send", _("hand over …")),
            ("reply attach", _("attach")),
            ("spelling", _("spelling")),
            ("editor", _("editor")),
        ]
    match context:
        case "reply":
            return [
                ("reply send", _("send")),
                ("back", _("keep draft")),
                ("template", _("template")),
                ("reply kind", _("reply/note")),
                ("menu delivery", _("to whom")),
                ("menu send", _("later")),
                ("menu channel", _("channel")),
                ("articles", _("articles")),
                ("reply attach", _("attach")),
                ("spelling", _("spelling")),
                ("preview", _("preview")),
                ("editor", _("editor")),
                ("reply earlier", _("earlier replies")),
                ("next", _("next waiting")),
            ]
        case "timeline":
            return [
                ("reply", pgettext("key", "reply")),
                ("reply note", _("note")),
                ("unfold", _("unfold")),
                ("reply template", _("template")),
                ("menu status", _("status")),
                ("close", _("close")),
                ("menu assign", _("assign")),
                ("log", _("note a call")),
                ("back", _("inbox")),
                ("card", _("customer")),
                ("search", _("search")),
                ("quote", _("quote")),
                ("answer", _("answer this one")),
                ("edit", _("edit")),
                ("delete", _("delete")),
                ("details", _("details")),
                ("raw", _("raw mail")),
                ("next", _("next waiting")),
            ]
        case "articles":
            return [
                ("article take", _("take it")),
                ("article move next-part", _("a part of it")),
                ("article address", _("its link")),
                ("article close", _("close")),
                ("articles", _("to the reply")),
                ("article move page-down", _("read on")),
            ]
        case "card":
            return [
                ("card act", _("change, open")),
                ("back", _("back")),
                ("card edit note", _("note")),
                ("menu customer", _("more")),
                ("card remove", _("remove")),
                ("undo", _("undo")),
                ("customers", _("customers")),
                ("reply", pgettext("key", "reply")),
            ]
        case _:
            return [
                ("open", pgettext("key", "open")),
                ("reply", pgettext("key", "reply")),
                ("reply template", _("template")),
                ("menu assign", _("assign")),
                ("menu status", _("status")),
                ("close", _("close")),
                ("compose", _("write first")),
                ("mark", _("mark")),
                ("search", _("search")),
                ("filter", _("filter")),
                ("undo", _("undo")),
                ("palette", _("commands")),
                ("accounts", _("accounts")),
                ("menu presence", _("presence")),
                ("quit", _("leave")),
            ]


def hints(
    keymap: Keymap,
    contexts: Sequence[str],
    *,
    marked: int = 0,
    editing: bool = False,
    noting: bool = False,
    offers: Callable[[str], bool] = lambda _line: True,
) -> list[tuple[str, str]]:
    """(key as shown, what it does) for the pane whose contexts these are.

    With `marked` conversations, first that commands act on all of them. `editing`: the reply box
    holds a change of what was sent, `noting`: an internal note. `offers`: whether a command line
    may be run here.
    """
    found = []
    if marked:
        found.append((str(marked), ngettext("marked", "marked", marked)))
    for line, text in _wanted(contexts[0] if contexts else "", editing=editing, noting=noting):
        if (key := keymap.key_for(line, contexts)) and offers(line):
            found.append((key, text))
    if key := keymap.key_for("help", contexts):
        found.append((key, _("all keys")))
    return found
