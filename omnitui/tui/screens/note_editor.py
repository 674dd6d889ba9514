"""A note about a customer: as many lines as it takes, with the keys of the reply box."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.widgets import Static

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.screens.dialog import Dialog
from omnitui.tui.screens.line_editor import Submit
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.reply_text import ReplyText
from omnitui.tui.work import start

_FINAL = frozenset({"reply send", "back"})


class NoteEditor(Dialog[None]):
    """Closes when the note is kept; `left` gets what was typed when it was not."""

    CONTEXT = "reply"
    DEFAULT_CSS = """
    NoteEditor > #panel {
        width: 80%; max-width: 76; min-width: 38; max-height: 90%;
        border: round $warning; padding: 0;
        border-title-color: $warning;
    }
    NoteEditor #problem { margin: 1 1 0 1; }
    """

    def __init__(self, title: str, text: str, submit: Submit, left: Callable[[str], None]) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._submit = submit
        self._left = left
        self._field = ReplyText("note")
        self._field.least_rows, self._field.most_rows = 3, 14
        self._field.command = self._run

    def compose(self) -> ComposeResult:
        keymap = self.desk_app.keymap
        keys = {line: keymap.key_for(line, [self.CONTEXT]) for line in (*_FINAL, "editor")}
        words = _("{send} keep · {editor} editor · {back} leave").format(
            send=keys["reply send"], editor=keys["editor"], back=keys["back"]
        )
        with Vertical(id="panel") as panel:
            panel.border_title = Content(one_line(self._title)).markup
            panel.border_subtitle = Content(words).markup
            yield self._field
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        self._field.focus()
        self._field.set_text(self._text)

    def is_final(self, key: Key) -> bool:
        return self.desk_app.keymap.command([self.CONTEXT], key) in _FINAL

    def on_key(self, event: Key) -> None:
        """Every key was the text's, which has asked `_run`."""

    def _run(self, key: Key) -> bool:
        line = self.desk_app.keymap.command([self.CONTEXT], key)
        match line:
            case "reply send":
                self.choose("accept")
            case "back":
                self.choose("cancel")
            case "":
                return self.leaves(key)
            case "editor":
                start(self, self._edit_outside, "editor", exclusive=True)
        return bool(line)

    @property
    def unsaved(self) -> bool:
        return bool(self._field.text.strip())

    def choose(self, what: str) -> None:
        if what == "accept":
            start(self, self._accept, "accept", exclusive=True)
        elif what == "cancel":
            self._left(self._field.text)
            self.dismiss(None)

    async def _accept(self) -> None:
        problem = await self._submit(self._field.text.strip())
        if not problem:
            self._left("")
            self.dismiss(None)
            return
        self._complain(problem)
        self.stays()

    async def _edit_outside(self) -> None:
        from omnitui.tui.station.outside import edit

        try:
            text = await edit(self.app, self._field.text)
        except CommandError as error:
            self._complain(str(error))
            return
        if text is not None:
            self._field.set_text(text)

    def _complain(self, sentence: str) -> None:
        shown = self.query_one("#problem", Static)
        shown.update(Content(one_line(sentence)))
        shown.add_class("-shown")
