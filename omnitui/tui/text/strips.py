"""Lines as the panes keep them, and strips that cost few bytes on the wire.

Textual ends every segment with a reset and starts the next with all its colours again.
Over ssh that is most of a frame. A `FrugalStrip` writes only what changes from one segment
to the next, and puts the cursor right after a text whose width terminals disagree on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from omnitui.tui.text.cells import certain, crop, width


class Line:
    """One screen line of a row: a gutter of its own and a body, in fixed cells.

    Built once and kept: the pane compares bodies by identity to know what to repaint.
    """

    __slots__ = ("body", "cells", "gutter", "part", "strips")

    def __init__(
        self,
        body: Sequence[Segment],
        cells: int,
        gutter: Segment | None = None,
        part: str = "",
    ) -> None:
        self.body = body
        self.cells = cells
        """Cells of the body."""
        self.gutter = gutter
        self.part = part
        """What a click on the line is about, where that is not the row."""
        self.strips: dict[object, FrugalStrip] = {}
        """Finished strips by what the pane adds (scrollbar, padding)."""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.body)


class LineBuilder:
    """Builds a body of exact width from left to right, then what stands at the right end."""

    __slots__ = ("cells", "fill", "part", "segments", "used")

    def __init__(self, cells: int, fill: Style) -> None:
        self.cells = cells
        self.fill = fill
        self.segments: list[Segment] = []
        self.used = 0
        self.part = ""

    @property
    def room(self) -> int:
        return self.cells - self.used

    def add(self, text: str, style: Style | None = None, most: int | None = None) -> LineBuilder:
        """Append `text`, cropped to `most` cells and to what is left."""
        room = self.room if most is None else min(most, self.room)
        if room > 0 and text:
            text = crop(text, room)
            self.segments.append(Segment(text, self.fill if style is None else style))
            self.used += width(text)
        return self

    def skip_to(self, column: int) -> LineBuilder:
        gap = min(column, self.cells) - self.used
        return self.add(" " * gap) if gap > 0 else self

    def finish(self, *right: tuple[str, Style | None]) -> Line:
        """The line, with `right` at its right end (left out where there is no room)."""
        needed = sum(width(text) for text, _style in right)
        if right and needed <= self.room:
            self.skip_to(self.cells - needed)
            for text, style in right:
                self.add(text, style)
        self.skip_to(self.cells)
        return Line(self.segments, self.used, part=self.part)


class FrugalStrip(Strip):
    """A strip that renders itself in few bytes. `column` is where it starts on the screen."""

    __slots__ = ["body", "column"]

    def __init__(
        self, segments: Iterable[Segment], cell_length: int, column: int, body: object
    ) -> None:
        super().__init__(segments, cell_length)
        self.column = column
        self.body = body
        """The line's body: two strips with the same one differ in the gutter at most."""

    def render(self, console: Console) -> str:
        """The bytes for the terminal."""
        if self._render_cache is None:
            system = console._color_system or ColorSystem.TRUECOLOR
            self._render_cache = encode(self._segments, self.column, system)
        return self._render_cache


def encode(segments: Iterable[Segment], column: int, system: ColorSystem) -> str:
    """`segments` as text with the fewest SGR codes, starting and ending with plain style."""
    out: list[str] = []
    now = PLAIN
    for text, style, _control in segments:
        wanted = PLAIN if style is None else codes(style, system)
        cells = width(text)
        if wanted is not now:
            # The colour of letters does not show on spaces: leave it for who needs it.
            if wanted != PLAIN and not wanted[3] and not now[3] and text.isspace():
                wanted = (now[0], now[1], wanted[2], False)
            change = transition(now, wanted)
            if change:
                out.append(change)
            now = wanted
        if cells >= LONG and ERASES and not now[3] and text.isspace():
            out.append(f"\x1b[{cells}X\x1b[{cells}C")
        else:
            out.append(text if certain(text) else _pinned(text, column))
        column += cells
    if now != PLAIN:
        out.append("\x1b[0m")
    return "".join(out)


LONG = 14
"""Spaces from which erasing and stepping over them (ECH, CUF) is shorter."""


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Whether the terminal fills what it erases with the background in use (bce).

    GNU screen does not; tmux, which also calls itself `screen`, does.
    """
    return not environ.get("TERM", "").startswith("screen") or "TMUX" in environ


ERASES = erases_in_colour(os.environ)


def _pinned(text: str, column: int) -> str:
    """`text` with the cursor put right around each grapheme of disputed width."""
    out: list[str] = []
    for start, end, cells in split_graphemes(text)[0]:
        grapheme = text[start:end]
        if certain(grapheme):
            out.append(grapheme)
        else:
            # Cleared first, since a terminal may draw it narrower than we count; one that
            # draws it wider has the surplus written over by what follows.
            out.append(f"{' ' * cells}\x1b[{column + 1}G{grapheme}\x1b[{column + cells + 1}G")
        column += cells
    return "".join(out)


Codes = tuple[tuple[str, ...], str, str, bool]
"""Attributes, foreground, background; and whether spaces show the style."""

PLAIN: Codes = ((), "39", "49", False)

_ATTRIBUTES = (
    ("bold", "1", "22"),
    ("dim", "2", "22"),
    ("italic", "3", "23"),
    ("underline", "4", "24"),
    ("blink", "5", "25"),
    ("reverse", "7", "27"),
    ("strike", "9", "29"),
)
_OFF = {on: off for _name, on, off in _ATTRIBUTES}


@lru_cache(4096)
def codes(style: Style, system: ColorSystem) -> Codes:
    """What `style` is in SGR parameters on a terminal with that many colours."""
    attributes = tuple(on for name, on, _off in _ATTRIBUTES if getattr(style, name))
    color, background = style.color, style.bgcolor
    foreground = ";".join(color.downgrade(system).get_ansi_codes()) if color else "39"
    back = ";".join(background.downgrade(system).get_ansi_codes(False)) if background else "49"
    shows = any(on in attributes for on in ("4", "7", "9"))
    return attributes, foreground or "39", back or "49", shows


@lru_cache(4096)
def transition(before: Codes, after: Codes) -> str:
    """The escape sequence that turns one style into the other; empty when they are equal."""
    if before == after:
        return ""
    if after == PLAIN:
        return "\x1b[0m"
    had, has = before[0], after[0]
    off = {_OFF[on] for on in had if on not in has}
    steps = [*sorted(off), *(on for on in has if on not in had or _OFF[on] in off)]
    afresh = ["0", *has]
    for at, default in ((1, PLAIN[1]), (2, PLAIN[2])):
        if before[at] != after[at]:
            steps.append(str(after[at]))
        if after[at] != default:
            afresh.append(str(after[at]))
    if not steps:
        return ""
    return f"\x1b[{min(';'.join(steps), ';'.join(afresh), key=len)}m"
