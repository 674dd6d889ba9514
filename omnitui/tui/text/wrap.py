"""Word wrap in cells: long URLs, wide characters, hanging indents."""

from __future__ import annotations

import re

from rich.cells import split_graphemes

from omnitui.tui.text.cells import index_at, width

Slice = tuple[int, int]
"""Start and end of one screen line in the text it was cut from."""

_INDENT = re.compile(r"[ \u00a0]*(?:[-*+•–—] +|\d{1,3}[.)] +|(?:> ?)+)?")
# Where a word wider than the line is best broken: after one of these.
_JOINTS = frozenset("/?&=-_.,;:|@#%+")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]")
# Kinsoku in its short form: these start no line.
_NO_START = frozenset("、。，．・：；？！」』）］｝〉》】〕ー々…,.!?:;)]}»”’")


def indent_of(line: str, most: int) -> int:
    """Cells by which continuation lines of `line` hang: under the text of a list item."""
    found = _INDENT.match(line)
    cells = width(found[0]) if found else 0
    return cells if cells <= most else 0


def wrap(line: str, cells: int, hanging: int = 0) -> list[Slice]:
    """Cut one line (no `\\n` in it) into slices that fit.

    Args:
        line: Safe text.
        cells: Width of the first slice; at least 1.
        hanging: Cells by which the later slices are narrower (drawn indented).

    Returns:
        At least one slice; together they cover the line but for spaces at the cuts.
    """
    room = max(1, cells)
    if len(line) * 2 <= room or width(line) <= room:
        return [(0, len(line))]
    later = max(1, cells - hanging)
    slices: list[Slice] = []
    start, length = 0, len(line)
    while start < length:
        fit = start + index_at(line[start : start + room * 12 + 64], room)
        if fit >= length:
            slices.append((start, length))
            break
        if fit == start:  # not even one fits: it is taken all the same
            fit += split_graphemes(line[start : start + 64])[0][0][1]
        cut = _cut(line, start, fit, later)
        end = cut
        while end > start and line[end - 1] == " ":
            end -= 1
        slices.append((start, end if end > start else cut))
        start = cut
        while start < length and line[start] == " ":
            start += 1
        room = later
    return slices


def _cut(line: str, start: int, fit: int, later: int) -> int:
    """The best place to cut in (start, fit]; `line[fit]` is the first that did not fit."""
    if fit >= len(line) or line[fit] == " ":
        return fit
    for at in range(fit, start, -1):
        before = line[at - 1]
        if before == " ":
            if line[start:at].isspace():
                break  # only indentation: better to break the word
            if at - start < (fit - start) // 2 and not _ends_within(line, at, later):
                break  # a very long word follows: use this line's room for it too
            return at
        if line[at] not in _NO_START and (_WIDE.match(before) or _WIDE.match(line[at])):
            return at
    for at in range(fit, start + (fit - start) // 2, -1):
        if line[at - 1] in _JOINTS:
            return at
    return fit


def _ends_within(line: str, at: int, cells: int) -> bool:
    space = line.find(" ", at, at + cells + 1)
    return space >= 0 or len(line) - at <= cells
