"""What overlays of one kind look like: a frame in the middle, a line at the bottom."""

from __future__ import annotations

from omnitui.tui.screens.overlay import Overlay, Result


class Dialog(Overlay[Result]):
    """A frame in the middle, `#panel`; under what is asked there is room for what is wrong with
    it, `#problem`, shown by `-shown`."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > #panel {
        height: auto;
        background: $surface; border: round $primary; padding: 0 1;
        border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $text-muted;
    }
    Dialog #problem { display: none; color: $text-error; margin-top: 1; }
    Dialog #problem.-shown { display: block; }
    """


class BottomLine(Overlay[Result]):
    """A line at the bottom that is typed in, `#row`, with what fits above it, `#candidates`."""

    DEFAULT_CSS = """
    BottomLine { align: left bottom; background: transparent; }
    BottomLine > #box { dock: bottom; width: 100%; height: auto; background: $surface; }
    BottomLine #candidates { border-top: solid $primary 40%; padding: 0 1; }
    BottomLine #candidates.-empty { display: none; }
    BottomLine #row { height: 1; background: $panel; }
    """
