"""One section of the card, and how it is drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from rich.style import Style

from omnitui.tui.strips import Line, LineBuilder
from omnitui.tui.wrap import indent_of, wrap
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


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    """Its key; drawn above it unless it starts with a space."""
    paragraphs: tuple[Words, ...]

    def lines(self, cells: int, style: Callable[..., Style]) -> list[Line]:
        base = style("card--row")
        drawn: list[Line] = []
        if not self.title.startswith(" "):
            drawn.append(
                LineBuilder(cells, base).add(self.title, style("card--row", "card--title")).finish()
            )
        for paragraph in self.paragraphs:
            drawn.extend(_paragraph(paragraph, cells, style))
        drawn.append(LineBuilder(cells, base).finish())
        return drawn


def _paragraph(words: Words, cells: int, style: Callable[..., Style]) -> list[Line]:
    text = "".join(piece for piece, _kind in words)
    hanging = indent_of(text, cells // 3) or 2
    drawn = []
    for start, end in wrap(text, cells, hanging):
        line = LineBuilder(cells, style("card--row"))
        if start:
            line.skip_to(hanging)
        offset = 0
        for piece, kind in words:
            part = piece[max(0, start - offset) : max(0, end - offset)]
            line.add(part, style("card--row", f"card--{kind}"))
            offset += len(piece)
        drawn.append(line.finish())
    return drawn
