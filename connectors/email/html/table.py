"""Tables of data set in columns; the tables that only lay out a page flow like its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

CELL = "\x1f"
"""Stands between the cells of a row until their widths are known."""

MAX_CELL = 100
"""Characters of a cell; with a longer one it is no table of data."""
MAX_WIDTH = 110
"""Of a row; a wider one is not padded."""
MAX_ROWS = 2_000
MAX_COLUMNS = 20

_FLOWING = frozenset(["ul", "ol", "pre", "blockquote", "hr", "form", "h1", "h2", "h3"])
_BREAKS = frozenset(["br", "p", "div"])
_NUMBER = re.compile(r"[^\w\s]{0,3}\s?[A-Z]{0,3}\s?-?\d[\d.,'\s]*+[^\w\s]{0,3}(?:[A-Za-z]{1,4})?\Z")


def is_data(table: etree._Element) -> bool:
    """Rows of short cells and nothing else in them. Looks at each element once.

    A form's long answer keeps its lines: two columns with such a cell flow."""
    if (table.get("role") or "").lower() in ("presentation", "none"):
        return False
    rows = several = 0
    cells = filled = size = 0
    in_cell = broken = False
    columns = lines = most_lines = 0
    for event, element in etree.iterwalk(table, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str) or element is table:
            continue
        if event == "end":
            if tag == "tr":
                several += filled > 1
                columns = max(columns, cells)
                if cells > MAX_COLUMNS:
                    return False
            elif tag in ("td", "th"):
                cells += 1
                filled += size > 0
                in_cell = False
            said = len((element.tail or "").strip()) if in_cell else 0
            size += said
            broken = broken or tag in _BREAKS
            if said and broken and size > said:
                lines, broken = lines + 1, False
                most_lines = max(most_lines, lines)
            if size > MAX_CELL:
                return False
            continue
        if tag == "table" or tag in _FLOWING:
            return False
        if tag == "tr":
            rows += 1
            cells = filled = 0
        elif tag in ("td", "th"):
            size, in_cell, lines, broken = 0, True, 0, False
        said = len((element.text or "").strip())
        size += said
        broken = broken or tag in _BREAKS
        if said and broken and size > said:
            lines, broken = lines + 1, False
            most_lines = max(most_lines, lines)
        if rows > MAX_ROWS or size > MAX_CELL:
            return False
    return several > 1 and not (columns == 2 and most_lines > 1)


def aligned(rows: Sequence[str]) -> list[str]:
    """Rows whose cells are parted by CELL, in columns; numbers to the right."""
    table = [[cell.strip() for cell in row.split(CELL)] for row in rows]
    columns = max(map(len, table), default=0)
    widths = [0] * columns
    numbers = [0] * columns
    others = [0] * columns
    for position, row in enumerate(table):
        if len(row) < 2:
            continue
        for column, cell in enumerate(row):
            widths[column] = max(widths[column], width(cell))
            if cell and _NUMBER.match(cell):
                numbers[column] += 1
            elif cell and position:
                others[column] += 1
    if sum(widths) + 2 * (columns - 1) > MAX_WIDTH:
        return ["  ".join(filter(None, row)) for row in table]
    right = [numbers[column] > 1 and not others[column] for column in range(columns)]
    return [_row(row, widths, right) for row in table]


def _row(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    out: list[str] = []
    for cell, room, to_right in zip(row, widths, right, strict=False):
        space = " " * max(0, room - width(cell))
        out.append(space + cell if to_right else cell + space)
    return "  ".join(out).rstrip()


def width(text: str) -> int:
    """Terminal columns, near enough for padding."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(map(_takes_none, text))


def _takes_none(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me", "Cf")
