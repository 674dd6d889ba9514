"""A call, a visit, a letter: one line and Enter, with keys for what it was."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from config.i18n import _, ngettext
from omnitui.desk.contacts import KINDS, kind_name
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import start

Submit = Callable[[str], Awaitable[str]]
"""Notes it by its command line; why it could not be, a sentence; "" when it was."""

_MINUTES = re.compile(r"(\d{1,4})(?:m|min)", re.IGNORECASE)
_LONG = 5
_LONGEST = 600
AFTER = ("", "+waits", "+done", "+pending", "+close")


class ContactForm(Dialog[None]):
    """Closes when the contact is noted; Esc notes nothing."""

    DEFAULT_CSS = """
    ContactForm > #panel { width: 80%; max-width: 76; min-width: 38; }
    ContactForm #keys { color: $text-muted; margin-top: 1; }
    ContactForm #facts { margin-bottom: 1; }
    """

    def __init__(self, who: str, submit: Submit) -> None:
        super().__init__()
        self._who = who
        self._submit = submit
        self.kind = 0
        self.inbound = False
        self.minutes = 0
        self.after = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(
                _("Note a contact with {name}").format(name=one_line(self._who))
            ).markup
            panel.border_subtitle = Content(_("Enter note · Esc leave")).markup
            yield Static(id="facts", markup=False)
            yield LineInput("", _("what it was about"), widget_id="line")
            yield Static(
                Content(_("Tab kind · ↑↓ minutes · PgUp who began · PgDn what is next")),
                id="keys",
                markup=False,
            )
            yield Static(id="problem", markup=False)

    @property
    def unsaved(self) -> bool:
        return bool(self.query_one(LineInput).value.strip())

    def on_mount(self) -> None:
        self.query_one(LineInput).focus()
        self._show()

    @property
    def command_line(self) -> str:
        """What Enter runs."""
        words = ["log", KINDS[self.kind], "in" if self.inbound else "out"]
        if self.minutes:
            words.append(f"{self.minutes}m")
        if AFTER[self.after]:
            words.append(AFTER[self.after])
        typed = self.query_one(LineInput).value.strip()
        return " ".join([*words, "--", typed] if typed else words)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """`12m ` at the start is how long it took."""
        event.stop()
        word, blank, rest = event.value.partition(" ")
        found = _MINUTES.fullmatch(word)
        if blank and found:
            self.minutes = min(int(found[1]), _LONGEST)
            event.input.value = rest
            event.input.cursor_position = len(rest)
            self._show()

    def choose(self, what: str) -> None:
        match what:
            case "tick":
                self.kind = (self.kind + 1) % len(KINDS)
                self.inbound = KINDS[self.kind] in ("missed", "visit", "letter")
            case "previous":
                self.minutes = min(_LONGEST, self.minutes + self._step(self.minutes))
            case "next":
                self.minutes = max(0, self.minutes - self._step(self.minutes - 1))
            case "page-up":
                self.inbound = not self.inbound
            case "page-down":
                self.after = (self.after + 1) % len(AFTER)
            case "accept":
                start(self, self._accept, "accept", exclusive=True)
                return
            case _:
                super().choose(what)
                return
        self._show()

    @staticmethod
    def _step(minutes: int) -> int:
        return 1 if minutes < 2 * _LONG else _LONG

    def _show(self) -> None:
        words = [Content(f" {kind_name(KINDS[self.kind])} ").stylize("reverse bold")]
        words.append(Content(_("from them to us") if self.inbound else _("from us to them")))
        n = self.minutes
        if n:
            words.append(Content(ngettext("{n} minute", "{n} minutes", n).format(n=n)))
        after = {
            "+waits": _("they wait for us"),
            "+done": _("nobody waits"),
            "+pending": _("it is their turn"),
            "+close": _("and close"),
        }.get(AFTER[self.after])
        if after:
            words.append(Content(after))
        self.query_one("#facts", Static).update(Content(" · ").join(words))

    async def _accept(self) -> None:
        problem = await self._submit(self.command_line)
        if not problem:
            self.dismiss(None)
            return
        shown = self.query_one("#problem", Static)
        shown.update(Content(one_line(problem)))
        shown.add_class("-shown")
        self.stays()
