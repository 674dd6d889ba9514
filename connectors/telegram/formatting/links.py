"""`[text](https://…)` in a line, found in linear time whatever else is in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_BRACKET = re.compile(r"\\.|[\[\]]", re.S)
_TARGET = re.compile(
    r"\]\(((?:https?|tg|ton|tonsite|mailto|tel):(?:[^\s()<>]++|\([^\s()<>]*+\))+)\)", re.I
)
"""Pairs of parentheses in it belong to it, as in an encyclopedia's addresses."""


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    target: str
    end: int


class Links:
    """Of one line."""

    def __init__(self, line: str) -> None:
        self.line = line
        self._brackets: list[int] | None = None

    def at(self, start: int) -> Link | None:
        """The link whose `[` is there: up to the next bracket that no backslash stands before."""
        if self._brackets is None:
            self._brackets = [
                match.start() for match in _BRACKET.finditer(self.line) if match[0] in "[]"
            ]
        index = bisect_right(self._brackets, start)
        if index >= len(self._brackets) or self._brackets[index] == start + 1:
            return None
        end = self._brackets[index]
        target = _TARGET.match(self.line, end)
        if target is None:
            return None
        return Link(self.line[start + 1 : end], target[1], target.end())
