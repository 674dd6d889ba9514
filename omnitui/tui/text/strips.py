"""Lines as the panes keep them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.strip import Strip

from omnitui.tui.text.cells import crop, width


class Line:
    """One screen line of a row: a gutter of its own and a body, in fixed cells.

    Built once and kept: the pane compares bodies by identity to know what to repaint.
    """

    __slots__ = ("body", "cells", "gutter", "part", "strips")

    def __init__(
        self,
        body: Sequence[Segment],
        cells: int,
        gutter: Segment | None = None,
        part: str = "",
    ) -> None:
        self.body = body
        self.cells = cells
        """Cells of the body."""
        self.gutter = gutter
        self.part = part
        """What a click on the line is about, where that is not the row."""
        self.strips: dict[object, LineStrip] = {}
        """Finished strips by what the pane adds (scrollbar, padding)."""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.body)


class LineBuilder:
    """Builds a body of exact width from left to right, then what stands at the right end."""

    __slots__ = ("cells", "fill", "part", "segments", "used")

    def __init__(self, cells: int, fill: Style) -> None:
        self.cells = cells
        self.fill = fill
        self.segments: list[Segment] = []
        self.used = 0
        self.part = ""

    @property
    def room(self) -> int:
        return self.cells - self.used

    def add(self, text: str, style: Style | None = None, most: int | None = None) -> LineBuilder:
        """Append `text`, cropped to `most` cells and to what is left."""
        room = self.room if most is None else min(most, self.room)
        if room > 0 and text:
            text = crop(text, room)
            self.segments.append(Segment(text, self.fill if style is None else style))
            self.used += width(text)
        return self

    def skip_to(self, column: int) -> LineBuilder:
        gap = min(column, self.cells) - self.used
        return self.add(" " * gap) if gap > 0 else self

    def finish(self, *right: tuple[str, Style | None]) -> Line:
        """The line, with `right` at its right end (left out where there is no room)."""
        needed = sum(width(text) for text, _style in right)
        if right and needed <= self.room:
            self.skip_to(self.cells - needed)
            for text, style in right:
                self.add(text, style)
        self.skip_to(self.cells)
        return Line(self.segments, self.used, part=self.part)


class LineStrip(Strip):
    """A whole line as it is drawn, which knows of what: two with the same `body` differ in the
    gutter at most.

    Textual's strips carry seven caches each, 1 KB while they are empty, and a pane keeps
    thousands of lines of which it crops or styles none: here each is made when it is asked for.
    """

    __slots__ = ["body"]

    def __init__(self, segments: Iterable[Segment], cell_length: int, body: object) -> None:
        self._segments = list(segments)
        self._cell_length = cell_length
        self._render_cache = self._link_ids = self._cell_count = None
        self.body = body

    def __getattr__(self, name: str) -> FIFOCache[Any, Any]:
        """A slot that holds nothing yet."""
        if name not in _CACHES:
            raise AttributeError(name, name=name, obj=self)
        cache: FIFOCache[Any, Any] = FIFOCache(ROOM)
        setattr(self, name, cache)
        return cache


_CACHES = frozenset(name for name in Strip.__slots__ if name.endswith("_cache"))

ROOM = 4
"""Entries of each, as most of Textual's."""
