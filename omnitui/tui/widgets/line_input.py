"""One line of typing, without a blinking cursor and deaf to pasted control characters."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Key, Paste
from textual.geometry import Size
from textual.reactive import Reactive
from textual.style import Style
from textual.widgets import Input

from omnitui.tui.panes.component_style import REVERSE


def one_line(text: str) -> str:
    """Pasted text as one line of plain characters: breaks and control codes become blanks."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


class LineInput(Input, inherit_css=True):
    """An `Input` that sends no escape sequence of pasted text to the terminal."""

    DEFAULT_CSS = """
    LineInput, LineInput:focus {
        border: none;
        padding: 0;
        width: 1fr;
        height: 1;
        background: transparent;
        background-tint: transparent;
        & > .input--placeholder { color: $foreground 70%; }
    }
    """

    # Textual's would lay the whole screen out anew at each letter.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)

    def __init__(
        self, value: str = "", placeholder: str = "", widget_id: str | None = None
    ) -> None:
        super().__init__(
            value, placeholder, id=widget_id, select_on_focus=False, compact=True, validate_on=()
        )
        self.cursor_blink = False
        self.command: Callable[[Key], bool] = lambda _key: False
        """Runs the command bound to a key when all keys before it are handled; False when there
        is none."""

    def get_visual_style(self, *component_classes: str, partial: bool = False) -> Style:
        """As Textual's; without colours the cursor is reverse video, or it is not seen."""
        style = super().get_visual_style(*component_classes, partial=partial)
        cursor = component_classes == ("input--cursor",) and self.app.no_color
        return style + REVERSE if cursor else style

    async def _on_key(self, event: Key) -> None:
        if self.command(event):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def _on_paste(self, event: Paste) -> None:
        self.insert_text_at_cursor(one_line(event.text))
        event.stop()
        event.prevent_default()
