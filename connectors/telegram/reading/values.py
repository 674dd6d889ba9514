"""Values of JSON that somebody else wrote, taken only when they are what they should be."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract import Millis

_NOTHING: Mapping[str, Any] = {}
_DAY = 86_400_000
_FIRST = 1_000_000_000
"""September 2001: what is said to be older is no date (Telegram began in 2013)."""
_LAST = 253_402_300_799
_LARGEST = 2**63 - 1
_DIGITS = re.compile(r"-?\d{1,19}", re.ASCII)
# Blank though they are letters or joiners: a name of these alone shows nothing.
_BLANK = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0\ufeff\u200d")
# Joins emoji, parts letters of Persian and Indic scripts; the tags make flags.
_KEPT = frozenset("\u200c\u200d") | frozenset(map(chr, range(0xE0020, 0xE0080)))
MAX_NAME = 200


class PassedOver(Exception):
    """Rightly no message; `str()` says why."""


class Unreadable(Exception):
    """Not what the Bot API says; `str()` says what is missing."""


def whole(value: object) -> int | None:
    """An integer that fits into 64 bits; booleans are none. Servers other than Telegram's write
    some as 42.0 or "42"."""
    if (type(value) is float and value.is_integer()) or (
        type(value) is str and _DIGITS.fullmatch(value)
    ):
        value = int(value)
    return value if type(value) is int and -_LARGEST <= value <= _LARGEST else None


def counted(value: object) -> int | None:
    """A number of things, bytes or seconds: not negative."""
    number = whole(value)
    return number if number is not None and number >= 0 else None


def number(value: object) -> float | None:
    """A finite number."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    found = whole(value)
    return None if found is None else float(found)


def string(value: object) -> str:
    """A text; "" for anything else."""
    return value if type(value) is str else ""


def object_of(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else _NOTHING


def objects(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a JSON array."""
    if not isinstance(value, list | tuple):
        return ()
    return [each for each in value if isinstance(each, dict)]


def moment(value: object, now: Millis) -> Millis | None:
    """Unix seconds as UTC milliseconds; None for no date, and for one that cannot be: 0 of a
    message that is out of reach, or days ahead of `now`."""
    seconds = number(value)
    if seconds is None or not _FIRST < seconds < _LAST:
        return None
    found = int(seconds * 1000)
    return found if found <= now + 2 * _DAY else None


def one_line(text: str) -> str:
    """A name without what makes lines of it, hides it or turns it round; "" when there is
    nothing to see in it."""
    if not text.isprintable():
        text = "".join(
            char
            for char in text
            if char.isspace() or char in _KEPT or unicodedata.category(char) not in _HIDDEN
        )
    text = " ".join(text.split())[:MAX_NAME].rstrip()
    return text if text.isascii() or any(char not in _BLANK for char in text) else ""


_HIDDEN = frozenset({"Cc", "Cf", "Cs"})


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of it."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
