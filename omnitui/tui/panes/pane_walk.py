"""Walking through rows of any height, line by line: where the top is, where the end is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget

from omnitui.tui.text.strips import Line


class Walking(Widget):
    """The place at the top of a pane, as a row and a line in it. Subclasses know the rows."""

    _top: tuple[int, int] = (0, 0)

    def row_count(self) -> int:
        raise NotImplementedError

    def lines_of(self, index: int) -> Sequence[Line]:
        """The lines of a row. At least one."""
        raise NotImplementedError

    def scroll_to_row(self, index: int, line: int = 0) -> None:
        """Put that line of that row at the top, as far as what follows fills the screen."""
        self._top = min((index, line), self._bottom())

    def _walk(self, place: tuple[int, int], lines: int) -> tuple[int, int]:
        """`place` moved by `lines`, stopping at the first and the last line there is."""
        row, line = place
        count = self.row_count()
        if count == 0:
            return 0, 0
        row = max(0, min(row, count - 1))
        line += lines
        while line < 0 and row > 0:
            row -= 1
            line += len(self.lines_of(row))
        while line >= (height := len(self.lines_of(row))) and row < count - 1:
            row += 1
            line -= height
        return row, max(0, min(line, len(self.lines_of(row)) - 1))

    def _bottom(self) -> tuple[int, int]:
        """The top place at which the last line is at the screen's last."""
        last = self.row_count() - 1
        if last < 0:
            return 0, 0
        return self._walk((last, len(self.lines_of(last)) - 1), 1 - max(1, self.size.height))

    def _filled(self, top: tuple[int, int]) -> tuple[int, int]:
        """`top`, or the bottom where less than a screen follows it. Draws what is then shown and
        no more."""
        if not self.row_count():
            return 0, 0
        row, line = self._walk(top, max(0, self.size.height - 1))
        ends = row >= self.row_count() - 1 and line >= len(self.lines_of(row)) - 1
        return min(top, self._bottom()) if ends else top

    def _bring_into_view(self, index: int, at_top: bool) -> None:
        count = self.row_count()
        height = self.size.height
        if not 0 <= index < count or height <= 0:
            return
        own = len(self.lines_of(index))
        if at_top:
            self.scroll_to_row(index)
            return
        if index < self._top[0] or (index == self._top[0] and self._top[1] > 0):
            # Half a screen at once: a repaint of the pane for many keys instead of each.
            slack = max(0, min(height // 2, height - own))
            self._top = self._walk((index, 0), -slack)
            return
        line = self._lines_between(self._top, (index, 0), height)
        if line + own > height:
            slack = max(0, min(height // 2, height - own))
            start = self._walk((index, 0), -(height - own - slack)) if own < height else (index, 0)
            self._top = min(start, self._bottom()) if own < height else start

    def _lines_between(self, start: tuple[int, int], stop: tuple[int, int], most: int) -> int:
        lines = -start[1]
        for row in range(start[0], stop[0]):
            lines += len(self.lines_of(row))
            if lines > most:
                break
        return lines + stop[1]
