"""Takes a terminal's answers about pictures out of what is typed, whole or in pieces."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from omnitui.tui.pictures.abilities import QUERY_ID, Told

WINDOW = 10.0
"""Seconds after a question for which the beginning of an answer is kept until the rest comes."""
KEY = 0.05
"""Seconds after which what may be a key is one: Escape, or Alt with `[`, `_` or `P`."""
REST = 2.0
"""Seconds after which the rest of an answer does not come any more."""

ANSWER = re.compile(
    r"\x1b_G(?P<kitty>[^\x1b\x07]{0,200})(?:\x1b\\|\x07)"
    r"|\x1b\[\?(?P<attributes>[\d;]{0,80})c"
    r"|\x1b\[6;(?P<height>\d{1,4});(?P<width>\d{1,4})t"
    r"|\x1b\[\?(?P<limits>[\d;]{1,40})S"
    r"|\x1bP>\|(?P<name>[^\x1b\x07]{0,200})(?:\x1b\\|\x07)"
    r"|\x1b(?:\[\?[\d;]{0,80}|(?:_G|P>\|)[^\x1b\x07]{0,200})(?=\x1b[^\\])"
)
"""The last line: half an answer, and something else after it."""
BEGUN = re.compile(
    r"\x1b(?:_(?:G[^\x1b\x07]{0,200}\x1b?)?|\[(?:\?[\d;]{0,80}|6(?:;\d{0,4}){0,2})?"
    r"|P(?:>(?:\|[^\x1b\x07]{0,200}\x1b?)?)?)?\Z"
)


class Replies:
    """What is typed, without the answers in it. Used in the thread that reads the terminal."""

    def __init__(self, heard: Callable[[Told], None]) -> None:
        self._heard = heard
        self._told = Told()
        self._held = ""
        self._held_at = 0.0
        self._until = 0.0

    def asked(self) -> None:
        """Answers may come from now on."""
        self._told = Told()
        self._until = monotonic() + WINDOW

    def answered(self) -> None:
        """Nothing more is awaited: no key waits any more."""
        self._until = 0.0

    def take(self, data: str) -> str:
        """What of `data` is typed. Nothing is held back where nothing was asked."""
        data, self._held = self._held + data, ""
        if "\x1b" not in data:
            return data
        data = ANSWER.sub(self._answer, data)
        if monotonic() < self._until and (begun := BEGUN.search(data)):
            data, self._held = data[: begun.start()], data[begun.start() :]
            self._held_at = monotonic()
        return data

    def overdue(self) -> str:
        """What was held back and is a key after all; half an answer is none."""
        patience = KEY if len(self._held) < 3 else REST
        if not self._held or monotonic() - self._held_at < patience:
            return ""
        held, self._held = self._held, ""
        return held if len(held) < 3 else ""

    def _answer(self, found: re.Match[str]) -> str:
        told = self._told
        if (text := found["kitty"]) is not None:
            keys, _semicolon, message = text.partition(";")
            ours = f"i={QUERY_ID}" in keys.split(",")
            told = replace(told, kitty=told.kitty or (ours and message == "OK"))
        elif (text := found["attributes"]) is not None:
            numbers = frozenset(int(part) for part in text.split(";")[1:] if part)
            told = replace(told, fences=told.fences + 1, attributes=numbers)
        elif found["width"] is not None:
            told = replace(told, cell=(int(found["width"]), int(found["height"])))
        elif (text := found["limits"]) is not None:
            told = _limits([int(part) for part in text.split(";") if part], told)
        elif found["name"] is not None:
            told = replace(told, name=found["name"])
        self._told = told
        self._heard(told)
        return ""


def _limits(numbers: list[int], told: Told) -> Told:
    """XTSMGRAPHICS: item, status (0 is success), value."""
    match numbers:
        case [1, 0, colours] if colours > 1:
            return replace(told, colours=min(colours, 256))
        case [2, 0, width, height]:
            return replace(told, largest=(width, height))
    return told
