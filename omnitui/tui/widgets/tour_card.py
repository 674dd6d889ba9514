"""A card above the bottom line that teaches one key; the screen works on beside it."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from omnitui.tui.text.cells import width as cells
from omnitui.tui.text.wrap import wrap

MOST = 4
"""Lines of text at most."""


class TourCard(Widget):
    """Takes no keys and no focus."""

    DEFAULT_CSS = """
    TourCard {
        height: auto; padding: 0 1; background: $surface; color: $foreground;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
        border-subtitle-color: $foreground 70%;
    }
    """

    class Pressed(Message):
        """Clicked: on to the next step."""

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.text = ""

    def show(self, title: str, text: str, below: str) -> None:
        self.border_title = Content(title).markup
        self.border_subtitle = Content(below).markup
        self.text = text
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        # By the width that it is to have: when it is new it has none yet.
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n".join(self._lines(self.content_size.width)))

    def _lines(self, width: int) -> list[str]:
        width = max(10, width)
        lines = [self.text[first:last] for first, last in wrap(self.text, width)]
        if cells(self.text) <= width:
            lines = [self.text]
        return lines[:MOST]

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Pressed())
