"""How each kind of row of the timeline becomes lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.widgets import message_view
from omnitui.tui.widgets.headings import day_line, heading_line, went_on
from omnitui.tui.widgets.message_look import MessageLook
from omnitui.tui.widgets.timeline_rows import DayRow, EventRow, HeadingRow, WentOnRow
from omnitui.tui.words.event_words import latest_words
from omnitui.tui.words.moments import clock
from store.events import moment
from store.model import Message, Millis

_OVER = {"": "", "blurred": "timeline--blurred", "focused": "timeline--selected"}


@dataclass(frozen=True, slots=True)
class RowLines:
    """Draws rows `cells` wide, their gutter not counted."""

    style: Callable[..., Style]
    mark: Mark
    cells: int
    now: Millis
    tz: dt.tzinfo | None

    def day(self, row: DayRow, today: dt.date) -> list[Line]:
        return self._with_gutter([day_line(row, today, self.cells, self.style)])

    def heading(self, row: HeadingRow | WentOnRow) -> list[Line]:
        if isinstance(row, WentOnRow):
            return self._went_on(row)
        line = heading_line(row, self.cells, self.style, _OVER[self.mark], self.now, self.tz)
        found = self._with_gutter([line])
        return [*found, self._blank()] if row.folded and row.last else found

    def event(self, row: EventRow, about: Message | None) -> list[Line]:
        """`· title changed: Orders · Ann        12:04`. `about`: the message it is about."""
        base, quiet = self.style("timeline--row"), self.style("timeline--row", "timeline--event")
        line = LineBuilder(self.cells, base)
        time = clock(moment(row.events[-1]), self.tz)
        line.add("  ◦ ", self.style("timeline--row", "timeline--rule"))
        room = max(4, line.room - len(time) - 2)
        line.add(latest_words(row.events, about, room), quiet, room)
        found = self._with_gutter([line.finish((time, quiet), (" ", None))])
        return [*found, self._blank()] if row.last else found

    def _went_on(self, row: WentOnRow) -> list[Line]:
        """`→ went on in Telegram`."""
        words, quiet = went_on(row), self.style("timeline--row", "timeline--heading")
        line = LineBuilder(self.cells, self.style("timeline--row"))
        line.add("  → ", self.style("timeline--row", "timeline--rule"))
        line.add(words, quiet, max(4, line.room - 1))
        return self._with_gutter([line.finish()])

    def message(self, message: Message, look: MessageLook, plain: Sequence[Line]) -> list[Line]:
        """`plain`: its lines while it is not highlighted, if it is."""
        if not self.mark:
            lines = message_view.draw(message, self.cells, look)
        else:
            # All but the first is the same as without the mark, gutter aside.
            first = message_view.first_line(message, self.cells, look, _OVER[self.mark])
            rest = (Line(line.body, line.cells, part=line.part) for line in plain[1:])
            lines = [first, *rest]
        self._with_gutter(lines)
        if not look.followed:
            lines[-1].gutter = message_view.gutter("", self.style("timeline--row"))
        return lines

    def _with_gutter(self, lines: list[Line]) -> list[Line]:
        sign = self._sign()
        for line in lines:
            line.gutter = sign
        return lines

    def _sign(self) -> Segment:
        names = ("timeline--row", "timeline--cursor") if self.mark else ("timeline--row",)
        return message_view.gutter(self.mark, self.style(*names))

    def _blank(self) -> Line:
        base = self.style("timeline--row")
        blank = LineBuilder(self.cells, base).finish()
        blank.gutter = message_view.gutter("", base)
        return blank
