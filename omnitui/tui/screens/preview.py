"""A reply as the customer will get it, before it goes: to whom, with what, formatted as there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Static

from config.i18n import _, ngettext
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.text.inline import Kind, parse
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.widgets.reply_header import Recipient, Route, parts_of

SEND = "send"
_STYLES: dict[Kind, str] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strike",
    "spoiler": "reverse dim",
    "code": "bold $text-accent",
    "link": "underline $text-accent",
    "site": "underline $text-accent",
    "host": "$text-muted",
    "warning": "bold $text-warning",
}
_VARIABLE = re.compile(r"\{\{.*?\}\}")
_EMPHASIS: frozenset[Kind] = frozenset({"bold", "italic", "underline", "strike", "code"})
_ORDER = ("to", "cc", "bcc")


class Preview(Dialog[str]):
    """Dismissed with SEND, or None."""

    DEFAULT_CSS = """
    Preview > #panel { width: 100%; max-width: 100; max-height: 100%; padding: 0; }
    Preview #paper { height: auto; padding: 0 1; scrollbar-size-vertical: 1; }
    """
    CONTEXT: ClassVar[str] = "pager"

    def __init__(
        self, route: Route, text: str, files: Sequence[str], *, note: bool, send_key: str
    ) -> None:
        super().__init__()
        self._route, self._text, self._files = route, text, files
        self._note, self._send_key = note, send_key

    def compose(self) -> ComposeResult:
        title = _("What your team will see") if self._note else _("What goes out")
        with Vertical(id="panel") as panel:
            panel.border_title = Content(title).markup
            keys = _("↑↓ scroll · {key} send · Esc back to the text").format(key=self._send_key)
            panel.border_subtitle = Content(keys).markup
            with VerticalScroll(id="paper", can_focus=False):
                yield Static(self._shown(), markup=False)

    def on_key(self, event: Key) -> None:
        if self.desk_app.keymap.command(["reply"], event).startswith("reply send"):
            event.stop()
            event.prevent_default()
            self.dismiss(SEND)
        else:
            super().on_key(event)

    def choose(self, what: str) -> None:
        paper = self.query_one("#paper", VerticalScroll)
        match what:
            case "next":
                paper.scroll_down(animate=False)
            case "previous":
                paper.scroll_up(animate=False)
            case "page-down":
                paper.scroll_page_down(animate=False)
            case "page-up":
                paper.scroll_page_up(animate=False)
            case "first":
                paper.scroll_home(animate=False)
            case "last":
                paper.scroll_end(animate=False)
            case _:
                super().choose(what)

    # -- what is shown ---------------------------------------------------------

    def _shown(self) -> Content:
        lines = [] if self._note else [*self._envelope(), Content("")]
        formatted = self._note or self._route.formatting
        lines += as_shown(self._text, formatted=formatted)
        if not self._note:
            lines += self._below()
        return Content("\n").join(lines)

    def _envelope(self) -> list[Content]:
        route = self._route
        facts = [(_("by"), Content(safe(route.channel)))]
        if route.sender:
            facts.append((_("from"), Content(safe(route.sender))))
        names = {"to": _("to"), "cc": _("cc"), "bcc": _("bcc")}
        for kind in _ORDER:
            if group := [person for person in route.recipients if person.kind == kind]:
                facts.append((names[kind], Content(", ").join(map(_person, group))))
        if route.subject_line:
            facts.append((_("subject"), Content(one_line(route.subject_line)).stylize("bold")))
        if route.answers:
            facts.append((_("answers"), Content(safe(route.answers))))
        if self._files:
            listed = ", ".join(one_line(PurePath(path).name) for path in self._files)
            facts.append((_("files"), Content(listed)))
        width = max(len(label) for label, _text in facts) + 2
        lines = [
            Content.assemble(Content(f"{label:<{width}}").stylize("dim"), text)
            for label, text in facts
        ]
        parts = parts_of(self._text, route.part_limit)
        if parts > 1:
            words = ngettext("goes out as {n} message", "goes out as {n} messages", parts)
            lines.append(Content(words.format(n=parts)).stylize("bold $text-warning"))
        problems = list(route.problems)
        if not route.formatting and _has_marks(self._text):
            problems.append(_("This channel shows no formatting: * and _ arrive as they stand."))
        lines += [Content(f"✗ {safe(text)}").stylize("bold $text-error") for text in problems]
        return lines

    def _below(self) -> list[Content]:
        route = self._route
        lines: list[Content] = []
        if route.signature:
            lines += [Content(""), Content("-- ").stylize("$text-muted")]
            lines += [
                Content(safe(line)).stylize("$text-muted") for line in route.signature.split("\n")
            ]
        if route.quote:
            count = ngettext("{n} line", "{n} lines", route.quote_lines).format(n=route.quote_lines)
            lines += [
                Content(""),
                Content(f"> {one_line(route.quote)} ({count})").stylize("$text-muted"),
            ]
        return lines


def as_shown(text: str, *, formatted: bool) -> list[Content]:
    """The lines of a reply as the channel shows them; what is still to be filled in stands out."""
    lines = []
    for line in safe(text, newlines=True).split("\n"):
        found = parse(line, formatted=formatted)
        content = Content(found.text)
        for span in found.spans:
            if style := _STYLES.get(span.kind):
                content = content.stylize(style, span.start, span.end)
        for variable in _VARIABLE.finditer(found.text):
            content = content.stylize("reverse $text-warning", variable.start(), variable.end())
        lines.append(content)
    return lines


def _has_marks(text: str) -> bool:
    return any(
        span.kind in _EMPHASIS
        for line in safe(text, newlines=True).split("\n")
        for span in parse(line, formatted=True).spans
    )


def _person(person: Recipient) -> Content:
    shown = Content(safe(person.shown))
    return (
        Content.assemble(shown, " ", _("(new!)")).stylize("bold $text-warning")
        if (person.new)
        else shown
    )
