"""The top line: the views with their counts, the filter, and whether mail is flowing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from config.i18n import _
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.cells import crop
from omnitui.tui.text.cells import width as cells
from omnitui.tui.text.safe_text import safe


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    """What `view NAME` takes."""
    title: str
    counted: bool = True


_CUT = (9, 8, 7, 6, 5)
"""Cells to which titles are cut, one after the other, before any goes."""
_MOST_NUMBERED = 9
"""Tabs that a key shows."""


class ViewBar(Widget):
    """`1 Mine 3  2 Unassigned 5 …` and, at the right, the state of the engine."""

    DEFAULT_CSS = """
    ViewBar { height: 1; background: $surface; padding: 0 1; }
    ViewBar > .tab--current { background: $primary; color: $background; text-style: none; }
    ViewBar > .tab--number { color: $text-muted; }
    ViewBar > .tab--count { color: $accent; text-style: bold; }
    ViewBar > .tab--filter { background: $warning; color: $background; text-style: none; }
    ViewBar > .tab--order { color: $text-muted; text-style: italic; }
    ViewBar > .engine--well { color: $success; }
    ViewBar > .engine--unwell { color: $error; text-style: bold; }
    ViewBar:nocolor > .tab--current { text-style: reverse bold; }
    ViewBar:nocolor > .tab--filter { text-style: reverse; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tab--current",
        "tab--number",
        "tab--count",
        "tab--filter",
        "tab--order",
        "engine--well",
        "engine--unwell",
    }

    @dataclass
    class Chosen(Message):
        name: str

    def __init__(self, tabs: Sequence[Tab], widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.tabs = tabs
        self.current = tabs[0].name
        self.counts: Mapping[str, str] = {}
        """As they are shown."""
        self.query_text = ""
        self.order = ""
        """What the list is ordered by, where that is not as usual."""
        self.state = ""
        self.well = True
        self._spans: list[tuple[int, int, str]] = []

    def show(
        self,
        *,
        current: str | None = None,
        counts: Mapping[str, str] | None = None,
        query: str | None = None,
        order: str | None = None,
    ) -> None:
        """Change what is given; repaints only when something differs."""
        before = (self.current, self.counts, self.query_text, self.order)
        self.current = self.current if current is None else current
        self.counts = self.counts if counts is None else dict(counts)
        self.query_text = self.query_text if query is None else query
        self.order = self.order if order is None else order
        if (self.current, self.counts, self.query_text, self.order) != before:
            self.refresh()

    def set_tabs(self, tabs: Sequence[Tab]) -> None:
        """Other views are there now."""
        self.tabs = tabs
        self.refresh()

    def show_state(self, state: str, *, well: bool) -> None:
        if (state, well) != (self.state, self.well):
            self.state, self.well = state, well
            self.refresh()

    def render(self) -> Content:
        width = max(1, self.content_size.width)
        line, right = self._fitted(width)
        room = max(0, width - right.cell_length)
        return Content.assemble(line.truncate(room, ellipsis=True, pad=True), right)

    def _fitted(self, width: int) -> tuple[Content, Content]:
        """All titles, if need be with a shorter word of the engine, then cut; then as many as
        there is room for: numbers and counts always, and what is current."""
        every = len(self.tabs)
        for brief in (False, True) if self.well else (False,):
            right = self._engine(brief=brief)
            line = self._line(every)
            if line.cell_length <= width - right.cell_length - 1:
                return line, right
        for longest in _CUT:
            line = self._line(every, longest)
            if line.cell_length <= width - right.cell_length - 1:
                return line, right
        for titled in range(every, -1, -1):
            line = self._line(titled, _CUT[-1])
            if line.cell_length <= width - right.cell_length - 1:
                return line, right
        return line, right[:1]

    def _line(self, titled: int, longest: int = 0) -> Content:
        """All tabs, the first so many with their titles, none but the current's of more than
        `longest` cells; what narrows and orders them."""
        pieces: list[Content | str] = []
        self._spans = []
        at = 1
        for number, tab in enumerate(self.tabs, 1):
            piece = self._tab(number, tab, number > titled and tab.name != self.current, longest)
            self._spans.append((at, at + piece.cell_length, tab.name))
            at += piece.cell_length
            pieces.append(piece)
        if self.query_text:
            words = Content(f" {_('filter')}: {safe(self.query_text)} ")
            pieces += [" ", words.stylize(component_style(self, "tab--filter"))]
        if self.order:
            words = Content(f" {self.order} ")
            pieces += [" ", words.stylize(component_style(self, "tab--order"))]
        return Content.assemble(*pieces)

    def _tab(self, number: int, tab: Tab, short: bool, longest: int) -> Content:
        count = self.counts.get(tab.name, "") if tab.counted else ""
        sign = str(number) if number <= _MOST_NUMBERED else "·"
        words = safe(tab.title)
        # One cell less is worth no sign that something was cut.
        if longest and tab.name != self.current and cells(words) > longest + 1:
            words = crop(words, longest)
        title = "" if short else f" {words}"
        figure = f" {count}" if count else ""
        if tab.name == self.current:
            return Content(f" {sign}{title}{figure} ").stylize(
                component_style(self, "tab--current")
            )
        return Content.assemble(
            " ",
            Content(sign).stylize(component_style(self, "tab--number")),
            Content(title),
            Content(figure).stylize(component_style(self, "tab--count")),
            " ",
        )

    def _engine(self, *, brief: bool) -> Content:
        """`brief`: how many accounts work, without saying that they are accounts."""
        if not self.state:
            return Content("")
        words = safe(self.state)
        if brief and words[:1].isdecimal():
            words = words.partition(" ")[0]
        style = component_style(self, "engine--well" if self.well else "engine--unwell")
        return Content(f"{'●' if self.well else '✗'} {words}").stylize(style)

    def on_click(self, event: Click) -> None:
        for start, end, name in self._spans:
            if start <= event.x < end:
                event.stop()
                self.post_message(self.Chosen(name))
