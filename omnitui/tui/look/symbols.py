"""The signs that the screen draws, and what stands for each on a terminal without them.

One table for all of them, and one place where it is applied: a line filter, which every line
goes through on its way to the terminal. So whoever draws a sign need not think of it, and a
frame's corner is changed as a message's arrow is. What takes a sign's place is as wide.
"""

from __future__ import annotations

import locale
import os
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from rich.cells import split_graphemes
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

PLAIN_SIGNS = {
    # quotes, dashes, dots
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‹": "<", "›": ">",
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "·": "-", "•": "*", "◦": "o", "…": "~",
    "⋯": "~", "×": "x", "№": "N", "°": "o", "⟨": "<", "⟩": ">",
    # arrows and where something leads
    "→": ">", "←": "<", "↑": "^", "↓": "v", "↔": "-", "↩": "<", "↪": ">", "↵": "<", "⇧": "^",
    "⤷": ">", "↻": "@", "⌫": "<", "▸": ">", "▾": "v", "▲": "^", "▼": "v",
    # channels
    "✉": "E", "✈": "T", "◉": "W", "◈": "P", "☏": "C", "⌂": "V", "▭": "L", "◇": "O",
    # states
    "●": "*", "○": "o", "◌": "o", "☆": "*", "★": "*", "☾": "z", "⚠": "!", "✓": "+", "✗": "x",
    "✎": "/", "⧗": "%", "▤": "#", "▦": "#", "◼": "#", "■": "#", "□": "-",
    # what a chat carries
    "✅": "+ ", "🎁": "* ", "🎤": "~ ", "🎬": "> ", "🎮": "* ", "🎲": "# ", "🎵": "~ ",
    "👤": "@ ", "📊": "# ", "📍": "@ ", "📖": "# ", "📷": "# ", "📹": "> ", "🔒": "! ",
    "🧾": "# ",
}  # fmt: skip
"""Sign → ASCII of the same number of cells."""

_SIMPLE = ("linux", "vt100", "vt102", "vt220", "vt320", "ansi", "cons25", "dumb", "unknown")
_MISSING = "?"
"""For a sign of somebody else's that has no place in the table."""


def _lines_and_blocks() -> dict[str, str]:
    """Box drawing and block elements (U+2500–259F), by their names."""
    found = {}
    for code in range(0x2500, 0x25A0):
        name = unicodedata.name(chr(code))
        flat, tall = "HORIZONTAL" in name, "VERTICAL" in name
        if "BOX" in name and flat != tall and "DIAGONAL" not in name:
            sign = "-" if flat else "|"
        elif "BOX" in name:
            sign = "+"
        elif "LEFT" in name or "RIGHT" in name:
            sign = "|"
        else:
            sign = "-" if "ONE EIGHTH" in name else "#"
        found[chr(code)] = sign
    return found


_TABLE = {**PLAIN_SIGNS, **_lines_and_blocks()}

_plain: bool | None = None


def use(symbols: str, environ: Mapping[str, str]) -> bool:
    """Decide by the setting `symbols` and the terminal; returns whether only ASCII is drawn."""
    global _plain
    _plain = symbols == "ascii" or (symbols != "unicode" and not _can_draw(environ))
    return _plain


def plain() -> bool:
    """Whether signs beyond ASCII are left out."""
    return not _unicode_locale(os.environ) if _plain is None else _plain


def _can_draw(environ: Mapping[str, str]) -> bool:
    """Consoles have fonts of 256 or 512 signs, and old terminals letters at most."""
    return _unicode_locale(environ) and environ.get("TERM", "") not in _SIMPLE


def _unicode_locale(environ: Mapping[str, str]) -> bool:
    # Python speaks UTF-8 in the C locale, too (PEP 540); who sets LC_ALL to it wants plain signs.
    if environ.get("LC_ALL") in ("C", "POSIX"):
        return False
    return "utf" in locale.getpreferredencoding(False).lower()


@lru_cache(4096)
def in_ascii(text: str) -> str:
    """`text` with every sign replaced by ASCII as wide; letters of any script stay."""
    if text.isascii():
        return text
    out: list[str] = []
    for start, end, cells in split_graphemes(text)[0]:
        grapheme = text[start:end]
        first = grapheme[0]
        if grapheme.isascii():
            out.append(grapheme)
        elif (sign := _TABLE.get(first)) is not None:
            out.append(sign.ljust(cells)[:cells] if cells else "")
        elif unicodedata.category(first)[0] in "SC" or "\N{VARIATION SELECTOR-16}" in grapheme:
            out.append(_MISSING.ljust(cells) if cells else "")
        else:
            out.append(grapheme)
    return "".join(out)


class PlainSigns(LineFilter):
    """Every line of the screen in ASCII, but for letters."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style)
            for segment in segments
        ]
