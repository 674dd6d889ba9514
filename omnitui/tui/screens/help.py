"""What the keys do here, read from the keymap in use: never out of date."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from config.i18n import _
from config.model import Config
from omnitui.desk.command import CommandError, Registry
from omnitui.tui.keys import menus
from omnitui.tui.keys.key_words import said
from omnitui.tui.keys.keymap import Keymap, label
from omnitui.tui.keys.summary import summary_of
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.text.cells import width as cells
from omnitui.tui.text.wrap import wrap
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.widgets.message_marks import sent_sign
from omnitui.tui.words.channels import glyph, there, unicode_terminal

WIDEST = 96
"""Columns of the panel at most."""
FRAME = 5
"""Of them for border, padding and the scroll bar."""


def titles() -> dict[str, str]:
    return {
        "inbox": _("Inbox"),
        "timeline": _("Conversation"),
        "card": _("Customer card"),
        "reply": _("Reply box"),
        "global": _("Everywhere"),
        "picker": _("Lists and the template picker"),
        "line": _("The : line"),
        "pager": _("Raw mail, details, accounts"),
        "merge": _("Making one customer of two"),
        "picture": _("A picture"),
    }


def _has(words: Sequence[str], *texts: str) -> bool:
    found = " ".join(texts).casefold()
    return all(word in found for word in words)


def _section(title: str, lines: list[Content]) -> list[Content]:
    return [Content(""), Content(title).stylize("bold $accent"), *lines] if lines else []


def _signs(words: Sequence[str]) -> list[Content]:
    """What the small signs mean, as this terminal shows them."""
    plain = not unicode_terminal()
    known = [
        (sent_sign(plain=plain), _("it is out: the channel has taken it")),
        (sent_sign(delivered=True, plain=plain), _("the customer's device has it")),
        (sent_sign(read=True, plain=plain), _("the customer has had it before their eyes")),
        (there(True), _("web chat: the customer is there now")),
        (there(False), _("web chat: they are gone")),
        (glyph("email"), _("at a reply in a chat: it went after them by mail")),
        ("[BO]", _("a colleague, by initials, looks at it; […] writes there")),
        ("●", _("not read by you yet")),
        ("✎", _("you have begun to write there")),
    ]
    width = max(cells(sign) for sign, _words in known)
    known = [(sign, meaning) for sign, meaning in known if _has(words, sign, meaning)]
    return [
        Content.assemble(
            Content(" " * (width - cells(sign)) + sign).stylize("bold $accent"), "  ", meaning
        )
        for sign, meaning in known
    ]


class Help(Dialog[None]):
    """The nearest context first; scrolls with the arrow keys."""

    DEFAULT_CSS = """
    Help > #panel { width: 90%; max-width: 96; height: 90%; }
    Help VerticalScroll {
        height: 1fr; scrollbar-size-vertical: 1;
        scrollbar-background: $surface; scrollbar-color: $primary 40%;
    }
    Help Static { text-wrap: nowrap; text-overflow: ellipsis; }
    Help #query { margin-bottom: 1; }
    """

    def __init__(
        self, keymap: Keymap, contexts: Sequence[str], registry: Registry, config: Config
    ) -> None:
        super().__init__()
        self._keymap = keymap
        self._config = config
        order = [
            *contexts,
            "inbox",
            "timeline",
            "reply",
            "card",
            "global",
            "picker",
            "line",
            "pager",
        ]
        self._contexts = list(dict.fromkeys(order))
        self._registry = registry

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(_("Keys")).markup
            panel.border_subtitle = Content(_("↑↓ scroll · Esc close")).markup
            yield LineInput("", _("type what you look for"), widget_id="query")
            with VerticalScroll(can_focus=False, id="keys"):
                yield Static(self._page(""), id="page", markup=False)

    def on_mount(self) -> None:
        self.query_one(LineInput).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#page", Static).update(self._page(event.value))
        self.query_one("#keys", VerticalScroll).scroll_home(animate=False)

    def _page(self, query: str) -> Content:
        """All of it, or what has every word of `query` in it."""
        words = query.casefold().split()
        names = titles()
        lines: list[Content] = []
        for context in self._contexts:
            lines += _section(names.get(context, context), self._lines(context, words))
            if context == self._contexts[0]:
                lines += _section(_("Signs"), _signs(words))
        if not lines:
            return Content(_("Nothing matches: fewer letters find more."))
        return Content("\n").join(lines[1:])  # they begin with a blank one

    def _lines(self, context: str, words: Sequence[str]) -> list[Content]:
        """A command a line, or more where it is long; all its keys in front."""
        keys: dict[str, list[str]] = {}
        for key, line in self._keymap.in_context(context):
            if not self._registry.offers(line) or not self._is_menu_offered(line):
                continue
            keys.setdefault(line, []).append(label(key))
        width = max((len(" ".join(k)) for k in keys.values()), default=0)
        width = min(max(width, 6), 18)
        room = min(WIDEST, self.app.size.width * 9 // 10) - FRAME - width - 2
        lines = []
        rows = [(" ".join(pressed), self._meaning(line), line) for line, pressed in keys.items()]
        if words:
            rows += [row for line, pressed in keys.items() for row in self._in_menu(line, pressed)]
        for pressed_keys, meaning, line in rows:
            if not _has(words, pressed_keys, meaning, line):
                continue
            begin = f"{pressed_keys:>{width}}"
            for first, last in wrap(meaning, max(10, room)):
                shown = Content(begin).stylize("bold $accent")
                lines.append(Content.assemble(shown, "  ", Content(meaning[first:last])))
                begin = " " * width
        return lines

    def _is_menu_offered(self, line: str) -> bool:
        """A menu in which there is nothing for this agent is not worth a line."""
        name = line.removeprefix("menu ")
        return name == line or menus.is_offered(name, self._registry.offers)

    def _in_menu(self, line: str, pressed: Sequence[str]) -> list[tuple[str, str, str]]:
        """What is in the menu that a key opens, for who looks for it: keys, meaning, line."""
        if not line.startswith("menu "):
            return []
        name = line.removeprefix("menu ")
        menu = menus.find(name, (), "", self._config, self._registry)
        if menu is None:
            return []
        return [
            (f"{pressed[0]} {label(item.key)}", f"{menu.title}: {item.label}", item.line)
            for item in menu.items
        ]

    def _meaning(self, line: str) -> str:
        if known := said(line):
            return known
        try:
            invocation = self._registry.parse(line)
        except CommandError:
            return line
        if invocation.command.name == "menu":
            menu = menus.find(invocation.arguments[0], (), "", self._config, self._registry)
            return f"{menu.title} …" if menu else line
        summary = summary_of(invocation.command)
        return f"{line}: {summary}" if invocation.arguments else summary

    def choose(self, what: str) -> None:
        pane = self.query_one("#keys", VerticalScroll)
        match what:
            case "next":
                pane.scroll_down(animate=False)
            case "previous":
                pane.scroll_up(animate=False)
            case "page-down" | "tick":
                pane.scroll_page_down(animate=False)
            case "page-up":
                pane.scroll_page_up(animate=False)
            case _:
                self.dismiss(None)
