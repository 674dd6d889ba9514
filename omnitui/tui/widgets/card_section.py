"""One section of the card: its rows, what the keys do on each, and how they are drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.text.wrap import indent_of, wrap
from store.model import Millis

Words = tuple[tuple[str, str], ...]
"""One paragraph: pieces of text, each with its component class."""


@dataclass(frozen=True, slots=True)
class CardLook:
    now: Millis
    tz: dt.tzinfo | None
    verify_key: str = ""
    """The keys that send a code to the e-mail address that they say is theirs."""
    engine: bool = True
    """It runs: what it said of who is there is true."""
    accept_key: str = ""
    """The key that says of a suggestion that they are one person."""
    dismiss_key: str = ""
    """The key that says that they are two."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the cursor stands on. Without `enter` and `remove` it passes over the row."""

    key: str
    """Tells the row from all others of the card, and stays when what it shows changes."""
    paragraphs: tuple[Words, ...]
    enter: str = ""
    """The command line that Enter runs."""
    remove: str = ""
    """The command line that takes the thing away, undoably."""
    suggestion: int = 0
    """The number of the suggestion that the row is about."""

    @property
    def selectable(self) -> bool:
        return bool(self.enter or self.remove)

    def lines(self, cells: int, style: Callable[..., Style], *, selected: bool) -> list[Line]:
        """A gutter of one cell and `cells - 1` of text."""
        layer = "card--selected" if selected else "card--row"
        drawn: list[Line] = []
        for paragraph in self.paragraphs:
            drawn.extend(_paragraph(paragraph, cells - 1, style, layer))
        sign = Segment("▌", style(layer, "card--cursor")) if selected else None
        for line in drawn:
            line.gutter = sign or Segment(" ", style("card--row"))
        return drawn


BLANK: tuple[Words, ...] = ((),)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    """Its key; drawn above it unless it starts with a space."""
    rows: tuple[Row, ...]

    def all_rows(self) -> list[Row]:
        """The title, the rows, and the blank line that ends it."""
        head = [] if self.title.startswith(" ") else [row(self.title, (self.title, "title"))]
        return [*head, *self.rows, Row(f"{self.title} end", BLANK)]


def row(key: str, *words: tuple[str, str], enter: str = "", remove: str = "") -> Row:
    """A row of one paragraph."""
    return Row(key, (words,), enter, remove)


def _paragraph(words: Words, cells: int, style: Callable[..., Style], layer: str) -> list[Line]:
    text = "".join(piece for piece, _kind in words)
    hanging = indent_of(text, cells // 3) or 2
    drawn = []
    for start, end in wrap(text, cells, hanging):
        line = LineBuilder(cells, style(layer))
        if start:
            line.skip_to(hanging)
        offset = 0
        for piece, kind in words:
            part = piece[max(0, start - offset) : max(0, end - offset)]
            line.add(part, style(layer, f"card--{kind}"))
            offset += len(piece)
        drawn.append(line.finish())
    return drawn
