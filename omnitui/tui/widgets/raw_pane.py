"""The raw mail, a window of rows around the screen; more are read as one scrolls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Hashable, Sequence
from typing import ClassVar, Literal

from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.panes.scrolled_pane import ScrolledPane
from omnitui.tui.text.inline import Inline, highlight
from omnitui.tui.text.raw_text import RawLine, RawText
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.text.wrap import wrap
from omnitui.tui.work import start

PAGE = 300
"""Rows read at once."""

WINDOW = 1500
"""Rows held; those farthest from where one scrolls are let go."""

AHEAD = 100

_FIELD = re.compile(r"[!-9;-~]+(?=:)")


class RawPane(ScrolledPane):
    """`show` opens a mail; nothing in it is selected, moving scrolls."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "raw--row",
        "raw--field",
        "raw--quiet",
        "raw--found",
    }
    DEFAULT_CSS = """
    RawPane {
        background: $surface;
        & > .raw--row { color: $foreground; }
        & > .raw--field { color: $text-primary; text-style: bold; }
        & > .raw--quiet { color: $foreground 68%; }
        & > .raw--found { color: $background; background: $warning; }
        &:ansi > .raw--quiet { text-style: dim; }
        &:ansi > .raw--found { text-style: reverse; }
        &:nocolor > .raw--found { text-style: reverse; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.text: RawText | None = None
        self._rows: list[RawLine] = []
        self._index: dict[Hashable, int] = {}
        self._body = 0
        """Where the header ends."""
        self._needle = ""
        self._found = -1
        self._reading = False

    async def show(self, text: RawText) -> None:
        """Raises OSError."""
        self.text = text
        rows = await asyncio.to_thread(text.after, 0, PAGE)
        self._body = next((row.end for row in rows if not row.text), text.size)
        self._take(rows)
        self._top = (0, 0)
        self.repaint()

    async def find(self, needle: str, direction: int = 1) -> bool:
        """Bring the next match into view, going round at the end. Raises OSError."""
        text = self.text
        if text is None or not needle:
            return False
        same = needle == self._needle and self._found >= 0
        here = self._rows[self._top[0]].start if self._rows else 0
        begin = (self._found + (1 if direction > 0 else 0)) if same else here
        at = await asyncio.to_thread(text.find, needle, begin, direction)
        if at is None:
            around = 0 if direction > 0 else text.size
            at = await asyncio.to_thread(text.find, needle, around, direction)
        self._needle = needle
        self._drawn.clear()
        if at is None:
            self._found = -1
            self.repaint()
            return False
        self._found = at
        await self._go_to(at)
        return True

    async def go_to_end(self) -> None:
        """Raises OSError."""
        if self.text is None:
            return
        rows = await asyncio.to_thread(self.text.before, self.text.size, PAGE)
        self._take(rows)
        self._top = self._bottom()
        self.repaint()

    async def go_to_start(self) -> None:
        """Raises OSError."""
        if self.text is not None:
            await self._go_to(0)

    async def _go_to(self, place: int) -> None:
        text = self.text
        if text is None:
            return
        if not (self._rows and self._rows[0].start <= place < self._rows[-1].end):
            begin = await asyncio.to_thread(text.line_at, place)
            above = await asyncio.to_thread(text.before, begin, PAGE // 2)
            below = await asyncio.to_thread(text.after, begin, PAGE // 2)
            self._take([*above, *below])
        at = next((n for n, row in enumerate(self._rows) if row.start <= place < row.end), 0)
        third = self.size.height // 3 if place else 0
        self._top = min(self._walk((at, 0), -third), self._bottom())
        self.repaint()

    def _take(self, rows: Sequence[RawLine]) -> None:
        self._rows = list(rows)
        self._index = {row.start: n for n, row in enumerate(self._rows)}

    # What the pane asks

    def row_count(self) -> int:
        return len(self._rows)

    def row_key(self, index: int) -> Hashable:
        return self._rows[index].start

    def index_of(self, key: Hashable) -> int | None:
        return self._index.get(key)

    def selectable(self, index: int) -> bool:
        return False

    def scroll_span(self, first: int, last: int) -> tuple[float, float]:
        size = max(1, self.text.size if self.text else 1)
        return self._rows[first].start / size, self._rows[last].end / size

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        row = self._rows[index]
        in_header = row.start < self._body
        field = _FIELD.match(row.text) if in_header else None
        base = "raw--row" if in_header or not _is_encoded(row.text) else "raw--quiet"
        marked = highlight(Inline(row.text, ()), self._needle)
        lines = []
        for begin, end in wrap(row.text, max(1, cells - 1)):
            line = LineBuilder(cells, self.style("raw--row")).add(" ")
            at = begin
            cuts = {begin, end}
            if field:
                cuts.add(min(max(field.end(), begin), end))
            for span in marked.spans:
                cuts |= {min(max(span.start, begin), end), min(max(span.end, begin), end)}
            for stop in sorted(cuts)[1:]:
                names = ["raw--field" if field and at < field.end() else base]
                if any(span.start <= at < span.end for span in marked.spans):
                    names.append("raw--found")
                line.add(row.text[at:stop], self.style(*names))
                at = stop
            lines.append(line.finish())
        return lines

    def near_edge(self, above: int, below: int) -> None:
        if self._reading or self.text is None or not self._rows:
            return
        if below < AHEAD and self._rows[-1].end < self.text.size:
            self._read("after")
        elif above < AHEAD and self._rows[0].start > 0:
            self._read("before")

    def _read(self, where: Literal["before", "after"]) -> None:
        self._reading = True

        async def more() -> None:
            text, rows = self.text, self._rows
            try:
                if text is None:
                    return
                if where == "after":
                    found = await asyncio.to_thread(text.after, rows[-1].end, PAGE)
                else:
                    found = await asyncio.to_thread(text.before, rows[0].start, PAGE)
            except OSError as error:
                self.post_message(self.Trouble(str(error)))
                return
            finally:
                self._reading = False
            if rows is not self._rows:
                return
            top = self._rows[self._top[0]].start
            if where == "after":
                self._take([*rows, *found][-WINDOW:])
            else:
                self._take([*found, *rows][:WINDOW])
            self._top = (self._index.get(top, 0), self._top[1])
            self.repaint()

        start(self, more, "raw")


def _is_encoded(text: str) -> bool:
    """A line of base64: nothing to read in it."""
    return len(text) >= 60 and " " not in text and text.isascii()
