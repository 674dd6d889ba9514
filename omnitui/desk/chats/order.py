"""Which of two things that a channel told is the newer one: its clock counts in seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from store.model import Millis

Version = tuple[Millis, str]
"""When, by the channel's clock, and the id that it came with."""

_NUMBERS = re.compile(r"(\d+)")


def natural(key: str) -> tuple[Any, ...]:
    """`42:9` before `42:10`."""
    parts = _NUMBERS.split(key)
    return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in parts if p)


def newer(one: Version, other: Version) -> bool:
    """Whether `one` is the newer of two. Ids of the same length are counted up by the channel."""
    return rank(one) > rank(other)


def rank(version: Version) -> tuple[Any, ...]:
    return version[0], natural(version[1])


def read(stored: Sequence[Any] | None) -> Version | None:
    """A version as the store's JSON has it."""
    return (int(stored[0]), str(stored[1])) if stored else None
