"""Widths in terminal cells, by the one table that Textual itself draws with."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cached_cell_len, split_graphemes

ELLIPSIS = "…"

# Terminals agree on the width of these. On anything else (emoji sequences, Indic
# clusters, flags) some differ by a cell or four; whoever draws such a text says after it
# where the next column is (see strips.py).
CERTAIN = re.compile(
    "[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u05d0-\u05ea"
    "\u0621-\u064a\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2116\u2122\u2190-\u21ff\u2400-\u2426"
    "\u2500-\u259f\u27e8\u27e9\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*"
)

_SINGLE = re.compile(
    "[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027"
    "\u202f-\u205f\u2070-\u20cf\u20f1-\u2319\u2400-\u2426\u2500-\u25fc\u27c0-\u27ff]*"
)


def width(text: str) -> int:
    """Cells that `text` takes. Control characters count nothing: make it safe first."""
    if text.isascii():
        return len(text)
    return cached_cell_len(text)


def certain(text: str) -> bool:
    """Whether every terminal takes `width(text)` cells for it."""
    return text.isascii() or CERTAIN.fullmatch(text) is not None


@lru_cache(4096)
def crop(text: str, cells: int) -> str:
    """`text` in at most `cells` cells, ending in `…` when something was cut."""
    if width(text) <= cells:
        return text
    if cells <= 1:
        return ELLIPSIS[:cells]
    return text[: index_at(text, cells - 1)].rstrip() + ELLIPSIS


def pad(text: str, cells: int) -> str:
    """`text` in exactly `cells` cells: cropped or filled with spaces."""
    text = crop(text, cells)
    return text + " " * (cells - width(text))


def index_at(text: str, cells: int) -> int:
    """How many characters from the start fit in `cells`, never splitting a grapheme."""
    if text.isascii() or _SINGLE.match(text, 0, cells + 1).end() > cells:  # type: ignore[union-attr]
        return min(cells, len(text))
    # Not all of a long text need be taken apart; marks without width make a second try rare.
    for piece in (text[: cells + 16], text[: cells * 12 + 64]):
        used = 0
        for start, _end, grapheme in split_graphemes(piece)[0]:
            used += grapheme
            if used > cells:
                return start
        if len(piece) == len(text):
            break
    return len(piece)
