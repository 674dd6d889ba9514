"""One picture over the whole screen; any size of terminal.

As the terminal itself shows pictures, where it does; else two pixels a cell.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rich.color import Color
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from config.i18n import _
from omnitui.tui.panes.full_frames import FrugalCompositor
from omnitui.tui.panes.terminal_cells import on_terminal
from omnitui.tui.pictures.picture import NoPicture, Picture, read_picture
from omnitui.tui.pictures.shown import Shown, prepare
from omnitui.tui.screens.overlay import Overlay
from omnitui.tui.widgets.file_words import size
from omnitui.tui.work import start

UPPER = "▀"
NEAR, FAR = 8 << 20, 1 << 20
"""Bytes that are sent without a question: on this machine, and over ssh."""


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


class PictureCompositor(FrugalCompositor):
    """After a frame in which anything was written, the terminal's own picture comes over it."""

    def __init__(self, over: Callable[[], str]) -> None:
        super().__init__()
        self._over = over

    def render_update(
        self,
        full: bool = False,
        screen_stack: list[Screen[Any]] | None = None,
        simplify: bool = False,
    ) -> RenderableType | None:
        update = super().render_update(full, screen_stack, simplify)
        return _Over(update, self._over) if isinstance(update, CompositorUpdate) else update


class _Over(CompositorUpdate):
    def __init__(self, frame: CompositorUpdate, over: Callable[[], str]) -> None:
        self._frame = frame
        self._over = over

    def render_segments(self, console: Console) -> str:
        written = self._frame.render_segments(console)
        return written + self._over() if written else written


class PictureScreen(Overlay[None]):
    """Read anew for every size of the terminal."""

    CONTEXT = "picture"
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
        self._compositor = PictureCompositor(self._over)
        self._shown: Shown | None = None
        """What the terminal shows itself."""
        self._held: Shown | None = None
        """It is large, and waits for a yes; or something else lies on top."""

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(self._file_name).markup
            yield self._pixels

    def on_mount(self) -> None:
        self._say(_("Esc close"))
        self.app.app_suspend_signal.subscribe(self, lambda _app: self._put_aside(), immediate=True)
        self.app.app_resume_signal.subscribe(self, lambda _app: self._show_again(), immediate=True)

    def on_resize(self, event: Resize) -> None:
        self._take_away()
        columns, rows = max(1, event.size.width - 2), max(1, event.size.height - 2)
        start(self, partial(self._read, columns, rows), "picture", exclusive=True)

    async def _read(self, columns: int, rows: int) -> None:
        pixels = self._pixels
        pixels.picture, pixels.words, self._held = None, "", None
        self._say(_("Esc close"))
        try:
            abilities = await self.desk_app.picture_abilities()
            many = self.app.console.color_system == "truecolor"
            found = await prepare(self._content, abilities, columns, rows, many_colours=many)
            if found is None:
                pixels.picture = await read_picture(self._content, columns, rows)
            elif found.bytes > at_once(os.environ):
                self._held = found
                pixels.picture = await read_picture(self._content, columns, rows)
                words = _("Enter shows it sharp ({size}) · Esc close")
                self._say(words.format(size=size(found.bytes)))
            elif self.is_active:
                self._shown = found
            else:
                self._held = found
        except NoPicture:
            pixels.words = _("This is no picture that can be shown; it can be saved.")
        self._draw_all()

    def _over(self) -> str:
        """What is written over a frame."""
        shown = self._shown
        if shown is None:
            return ""
        room = self._pixels.content_region
        x = room.x + max(0, (room.width - shown.columns) // 2)
        y = room.y + max(0, (room.height - shown.rows) // 2)
        return shown.paint(x, y)

    def _draw_all(self) -> None:
        """Every cell is written, whatever is thought to stand there."""
        on_terminal(self.app.console).forget()
        self._pixels.refresh()
        self.app.screen.refresh()

    def _take_away(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            self.desk_app.terminal.send(shown.take_away())
            self._draw_all()

    def _put_aside(self) -> None:
        """Something else comes on top, or another program gets the terminal."""
        if self._shown is not None:
            self._held = self._shown
            self._take_away()

    def _show_again(self) -> None:
        if self._held is not None and self._pixels.picture is None:
            self._shown, self._held = self._held, None
            self._draw_all()

    def redrawn(self) -> None:
        """A terminal that was reset has forgotten the picture: it is handed over anew."""
        self._put_aside()
        self._show_again()

    def on_screen_suspend(self) -> None:
        self._put_aside()

    def on_screen_resume(self) -> None:
        self._show_again()

    def on_unmount(self) -> None:
        self._take_away()

    def dismiss(self, result: None = None) -> AwaitComplete:
        if self.is_active:
            self._take_away()
        return super().dismiss(result)

    def _say(self, words: str) -> None:
        self.query_one("#panel").border_subtitle = Content(words).markup

    def choose(self, what: str) -> None:
        if what == "accept" and self._held is not None:
            self._pixels.picture = None
            self._say(_("Esc close"))
            self._show_again()
            self.stays()
        elif what in ("cancel", "accept"):
            self.dismiss(None)


def at_once(environ: Mapping[str, str]) -> int:
    """Bytes that are sent without a question: a second or two of a line that is not the best."""
    return FAR if "SSH_CONNECTION" in environ or "SSH_TTY" in environ else NEAR
