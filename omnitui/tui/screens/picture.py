"""One picture over the whole screen, two pixels a cell; any size of terminal."""

from __future__ import annotations

from functools import partial

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.strip import Strip
from textual.widget import Widget

from config.i18n import _
from omnitui.tui.pictures.picture import NoPicture, Picture, read_picture
from omnitui.tui.screens.overlay import Overlay
from omnitui.tui.work import start

UPPER = "▀"


class Pixels(Widget):
    """The picture in the middle."""

    DEFAULT_CSS = "Pixels { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self.words = ""

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        picture = self.picture
        if picture is None:
            text = self.words if y == height // 2 else ""
            return Strip([Segment(f"{text:^{width}.{width}}", self.rich_style)])
        top = max(0, (height - (picture.height + 1) // 2) // 2)
        row = 2 * (y - top)
        left = max(0, (width - picture.width) // 2)
        if not 0 <= row < picture.height:
            return Strip.blank(width, self.rich_style)
        cells = [self._cell(picture, x, row) for x in range(min(width, picture.width))]
        blank = self.rich_style
        right = max(0, width - left - len(cells))
        return Strip([Segment(" " * left, blank), *cells, Segment(" " * right, blank)], width)

    def _cell(self, picture: Picture, x: int, row: int) -> Segment:
        above, below = picture.pixel(x, row), picture.pixel(x, row + 1)
        assert above is not None
        color = Color.from_rgb(*above)
        if below is None:
            return Segment(UPPER, self.rich_style + Style(color=color))
        return Segment(UPPER, Style(color=color, bgcolor=Color.from_rgb(*below)))


class PictureScreen(Overlay[None]):
    """Read anew for every size of the terminal."""

    CONTEXT = "pager"
    DEFAULT_CSS = """
    PictureScreen { align: center middle; background: $background; }
    PictureScreen > #panel {
        width: 100%; height: 100%; background: $background; border: round $primary;
        border-title-color: $primary; border-title-style: bold; border-subtitle-color: $text-muted;
    }
    """

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__()
        self._file_name = name
        self._content = content
        self._pixels = Pixels()

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(self._file_name).markup
            panel.border_subtitle = Content(_("Esc close")).markup
            yield self._pixels

    def on_resize(self, event: Resize) -> None:
        columns, rows = max(1, event.size.width - 2), max(1, event.size.height - 2)
        start(self, partial(self._read, columns, rows), "picture", exclusive=True)

    async def _read(self, columns: int, rows: int) -> None:
        try:
            self._pixels.picture = await read_picture(self._content, columns, rows)
        except NoPicture:
            self._pixels.picture = None
            self._pixels.words = _("This is no picture that can be shown; it can be saved.")
        self._pixels.refresh()

    def choose(self, what: str) -> None:
        if what in ("cancel", "accept"):
            self.dismiss(None)
