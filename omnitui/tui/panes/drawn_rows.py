"""The rows a pane has drawn, kept for when they come into view again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

from omnitui.tui.text.strips import Line

Mark = Literal["", "blurred", "focused"]
"""How a row is highlighted: not, selected while another pane has the focus, selected."""

MOST = 2_000
"""Lines kept, 1 to 2 KB each: some forty screens. A list that is open all day sees new rows all
the time, and none of them is ever said to be gone."""


class DrawnRows:
    """Lines by row and mark. Of more than `MOST` lines those drawn first are let go."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Hashable, Mark], Sequence[Line]] = {}
        self._count = 0

    def get(self, key: Hashable, mark: Mark) -> Sequence[Line] | None:
        return self._rows.get((key, mark))

    def keep(self, key: Hashable, mark: Mark, lines: Sequence[Line]) -> None:
        if self._count + len(lines) > MOST:
            self._make_room()
        self._count += len(lines) - len(self._rows.get((key, mark), ()))
        self._rows[key, mark] = lines

    def forget(self, keys: Iterable[Hashable]) -> None:
        for key in keys:
            for mark in ("", "blurred", "focused"):
                self._count -= len(self._rows.pop((key, mark), ()))

    def clear(self) -> None:
        self._rows.clear()
        self._count = 0

    def __contains__(self, key: Hashable) -> bool:
        """Whether a row is drawn as it is while it is not highlighted."""
        return (key, "") in self._rows

    def __len__(self) -> int:
        """Lines kept."""
        return self._count

    def _make_room(self) -> None:
        """A third at once: asking for each new row what to drop would cost more than drawing."""
        for key in list(self._rows):
            if self._count <= MOST * 2 // 3:
                return
            self._count -= len(self._rows.pop(key))
