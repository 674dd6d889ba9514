"""Facts under headings, `label  value`, wrapped: the details of a mail, the accounts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.geometry import Size

from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.panes.scrolled_pane import ScrolledPane
from omnitui.tui.text.cells import width
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.text.wrap import wrap

Tone = Literal["text", "good", "loud", "quiet", "strong"]

LABEL = 22
"""Cells for the labels at most."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One row. Without label and text it is a blank line, without label a heading's rest."""

    label: str
    text: str
    tone: Tone = "text"


class FactsPane(ScrolledPane):
    """Nothing in it is selected; moving scrolls."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "fact--row",
        "fact--label",
        "fact--text",
        "fact--good",
        "fact--loud",
        "fact--quiet",
        "fact--strong",
    }
    DEFAULT_CSS = """
    FactsPane {
        background: $surface; height: auto; max-height: 100%;
        & > .fact--row { color: $foreground; }
        & > .fact--label { color: $foreground 68%; }
        & > .fact--text { color: $foreground; }
        & > .fact--good { color: $text-success; }
        & > .fact--loud { color: $text-error; text-style: bold; }
        & > .fact--quiet { color: $foreground 68%; }
        & > .fact--strong { color: $foreground; text-style: bold; }
        &:ansi > .fact--label { text-style: dim; }
        &:ansi > .fact--quiet { text-style: dim; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self._facts: Sequence[Fact] = ()
        self._label = 0

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these; where one scrolled to is kept."""
        if list(facts) == list(self._facts):
            return
        place = self.place()
        self._facts = facts
        self._label = min(LABEL, max((width(fact.label) for fact in facts), default=0))
        self._drawn.clear()
        self.rows_changed(place)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        cells = max(1, width - 1)
        return max(1, sum(len(wrap(*self._layout(fact, cells))) for fact in self._facts))

    def _layout(self, fact: Fact, cells: int) -> tuple[str, int]:
        return one_line(fact.text), max(8, cells - self._indent(fact, cells) - 1)

    def _indent(self, fact: Fact, cells: int) -> int:
        """On a narrow screen a label takes a third at most."""
        return min(self._label + 3, cells // 3) if fact.label else 1

    def row_count(self) -> int:
        return len(self._facts)

    def row_key(self, index: int) -> Hashable:
        return index

    def index_of(self, key: Hashable) -> int | None:
        return key if isinstance(key, int) and key < len(self._facts) else None

    def selectable(self, index: int) -> bool:
        return False

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        fact = self._facts[index]
        base, style = self.style("fact--row"), self.style("fact--row", f"fact--{fact.tone}")
        indent = self._indent(fact, cells)
        text, room = self._layout(fact, cells)
        lines = []
        for start, end in wrap(text, room):
            line = LineBuilder(cells, base).add(" ")
            if fact.label and not start:
                line.add(fact.label, self.style("fact--row", "fact--label"), indent - 2)
            lines.append(line.skip_to(indent).add(text[start:end], style).finish())
        return lines
