"""One fact in one line: change it, and see in place why it cannot be so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from config.i18n import _
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import start

Submit = Callable[[str], Awaitable[str]]
"""Does it with the text; why it could not be done, a sentence; empty when it was."""


class LineEditor(Dialog[None]):
    """Closes when what was typed is taken; Esc leaves everything as it was."""

    DEFAULT_CSS = """
    LineEditor > #panel { width: 80%; max-width: 72; min-width: 38; }
    LineEditor #above { display: none; margin-bottom: 1; }
    LineEditor #above.-shown { display: block; }
    """

    def __init__(
        self,
        title: str,
        text: str,
        submit: Submit,
        *,
        placeholder: str = "",
        above: str = "",
        accepts: str = "",
    ) -> None:
        """`above`: what has to be known first; `accepts`: what Enter does, in a word or two."""
        super().__init__()
        self._above = above
        self._accepts = accepts or _("keep")
        self._title = title
        self._text = text
        self._placeholder = placeholder
        self._submit = submit

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(one_line(self._title)).markup
            hint = _("Enter {does} · Esc leave it as it was")
            if not self._text:
                hint = _("Enter {does} · Esc leave")
            panel.border_subtitle = Content(hint.format(does=self._accepts)).markup
            known = "-shown" if self._above else None
            yield Static(Content(safe(self._above, newlines=True)), id="above", classes=known)
            yield LineInput(one_line(self._text), self._placeholder, widget_id="line")
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        field = self.query_one(LineInput)
        field.focus()
        field.action_end()

    def choose(self, what: str) -> None:
        if what == "accept":
            start(self, self._accept, "accept", exclusive=True)
        else:
            super().choose(what)

    async def _accept(self) -> None:
        problem = await self._submit(self.query_one(LineInput).value.strip())
        if not problem:
            self.dismiss(None)
            return
        shown = self.query_one("#problem", Static)
        shown.update(Content(one_line(problem)))
        shown.add_class("-shown")
        self.stays()
