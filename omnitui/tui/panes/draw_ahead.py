"""Draws the rows next to the screen while nothing else is to do.

The first wrap of messages not yet seen is the tail of a page-down; this takes it out of
the way of keys: for a moment at a time, and a key in between is served first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omnitui.tui.panes.lines import LinePane

IDLE = 0.03
"""Seconds without a frame after which drawing ahead begins."""

BESIDE = 0.6
"""The same in a pane without the focus: it shows something else with the next key in the list, and
whoever goes through that by hand presses one sooner."""

STEP = 0.002
"""Seconds between two moments of drawing."""

MOMENT = 0.001
"""Seconds after which no other row is begun."""

SCREENS = 3
"""How far ahead, at either side."""


class DrawAhead:
    """For one pane. `look` after every frame."""

    def __init__(self, pane: LinePane, at_rest: Callable[[], None] | None = None) -> None:
        """`at_rest` is called before rows are drawn."""
        self._pane = pane
        self._at_rest = at_rest
        self._next: asyncio.TimerHandle | None = None
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
        if self._wanted or self._at_rest is not None:
            self._after(IDLE if pane.has_focus else BESIDE, self._begin)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _after(self, seconds: float, do: Callable[[], None]) -> None:
        # A timer of Textual's is a task, a message and a look at the callback's signature: as
        # much as the row that is drawn.
        self._next = asyncio.get_running_loop().call_later(seconds, self._still, do)

    def _still(self, do: Callable[[], None]) -> None:
        self._next = None
        if self._pane.is_running and self._pane.is_attached:
            do()

    def _begin(self) -> None:
        if self._at_rest is not None:
            self._at_rest()
        self._draw()

    def _draw(self) -> None:
        pane = self._pane
        stop = monotonic() + MOMENT
        while self._wanted and monotonic() < stop:
            index = pane.index_of(self._wanted.pop(0))
            if index is not None and not pane.drawn(index):
                pane.draw_ahead(index)
        if self._wanted:
            self._after(STEP, self._draw)
