"""Draws the rows next to the screen while nothing else is to do.

The first wrap of messages not yet seen is the tail of a page-down; this takes it out of
the way of keys: one row at a time, and a key in between is served first.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from textual.timer import Timer

if TYPE_CHECKING:
    from omnitui.tui.panes.lines import LinePane

IDLE = 0.03
"""Seconds without a frame after which drawing ahead begins."""

STEP = 0.002
"""Seconds between two rows."""

SCREENS = 3
"""How far ahead, at either side."""


class DrawAhead:
    """For one pane. `look` after every frame."""

    def __init__(self, pane: LinePane) -> None:
        self._pane = pane
        self._timer: Timer | None = None
        self._wanted: list[Hashable] = []

    def look(self, shown: Sequence[int], count: int) -> None:
        """Rows `shown` are on the screen, of `count`: their neighbours come next."""
        self.stop()
        if not shown:
            return
        pane = self._pane
        # No row that is worth it has less than three lines: this many fill the screens.
        reach = pane.size.height * SCREENS // 3 + 1
        first, last = shown[0], shown[-1]
        near = [at for step in range(1, reach) for at in (last + step, first - step)]
        self._wanted = [
            pane.row_key(index) for index in near if 0 <= index < count and not pane.drawn(index)
        ]
        if self._wanted:
            self._timer = pane.set_timer(IDLE, self._draw_one)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _draw_one(self) -> None:
        pane = self._pane
        while self._wanted:
            index = pane.index_of(self._wanted.pop(0))
            if index is not None and not pane.drawn(index):
                pane.lines_of(index)
                break
        self._timer = pane.set_timer(STEP, self._draw_one) if self._wanted else None
