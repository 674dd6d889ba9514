"""Tables in plain text: columns that no longer fit are taken apart before they are wrapped.

Wrapping a table's rows like prose would tear its columns; each row becomes its cells one
after the other instead, `Blue shirt · 2 · 49.00`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from omnitui.tui.text.cells import width

_GAP = re.compile(r"(?<=\S) *[|│] *(?=\S)|(?<=\S) {2,}(?=[^\s|│])")
_RULE = re.compile(r"[\s|│+┼├┤─━=:-]+")
_CELL = " · "

LEAST_ROWS = 2
"""Rows that make a table: one line with a gap in it is a sentence with two blanks."""


def fitted(lines: Sequence[str], cells: int) -> Sequence[str]:
    """`lines` with the tables that are wider than `cells` taken apart; others untouched."""
    if all(len(line) <= cells // 2 or width(line) <= cells for line in lines):
        return lines
    found: list[str] = []
    run: list[str] = []
    for line in [*lines, ""]:
        if line and (_GAP.search(line) or (run and _RULE.fullmatch(line))):
            run.append(line)
            continue
        found += _fitted(run, cells)
        run = []
        found.append(line)
    return found[:-1]


def _fitted(run: list[str], cells: int) -> list[str]:
    rows = [line for line in run if not _RULE.fullmatch(line)]
    if not _columns(rows) or all(width(line) <= cells for line in run):
        return run
    return [_CELL.join(_GAP.split(row.strip(" |│"))) for row in rows]


def _columns(run: Sequence[str]) -> bool:
    """Whether the gaps of most lines end at the same places: cells begin in columns."""
    starts = [{found.end() for found in _GAP.finditer(line)} for line in run]
    starts = [one for one in starts if one]
    if len(starts) < LEAST_ROWS:
        return False
    aligned = sum(bool(one & other) for one, other in pairwise(starts))
    return aligned * 2 >= len(starts) - 1
