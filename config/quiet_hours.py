"""Hours in which nobody is to be called: `22:00-07:00, sat sun`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
_PART = (
    r"(?P<days>(?:[a-z]{3}(?:\s*-\s*[a-z]{3})?\s*)*)"
    r"(?:(?P<from>\d{1,2}:\d\d)\s*-\s*(?P<to>\d{1,2}:\d\d))?"
)
"""Compiled when it is needed: every command line reads this module."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one time of day to another, on the days (0: Monday) on which it begins."""

    days: frozenset[int]
    begins: int
    """Minutes since midnight."""
    ends: int
    """Not later than `begins`: on the next day."""

    def covers(self, day: int, minute: int) -> bool:
        if self.begins < self.ends:
            return day in self.days and self.begins <= minute < self.ends
        yesterday = (day - 1) % 7
        return (day in self.days and minute >= self.begins) or (
            yesterday in self.days and minute < self.ends
        )


@dataclass(frozen=True, slots=True)
class QuietHours:
    spans: tuple[Span, ...] = ()

    def cover(self, moment: dt.datetime) -> bool:
        """Whether `moment`, on the wall clock of whoever is to be left alone, is one of them."""
        minute = moment.hour * 60 + moment.minute
        return any(span.covers(moment.weekday(), minute) for span in self.spans)


def parse_quiet_hours(text: str) -> QuietHours:
    """`22:00-07:00`, `sat sun`, `mon-fri 18:00-09:00, sat-sun`. Raises ValueError with the part
    that is none."""
    return QuietHours(
        tuple(_span(part.strip().lower()) for part in text.split(",") if part.strip())
    )


def _span(part: str) -> Span:
    found = re.fullmatch(_PART, part, re.ASCII)
    if found is None:
        raise ValueError(part)
    days = _days(found["days"], part)
    if found["from"] is None:
        return Span(days, 0, 24 * 60)
    begins, ends = _minute(found["from"], part), _minute(found["to"], part)
    return Span(days or EVERY_DAY, begins, ends)


def _days(text: str, part: str) -> frozenset[int]:
    days: set[int] = set()
    for first, last in re.findall(r"([a-z]{3})(?:\s*-\s*([a-z]{3}))?", text):
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(part)
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % 7 if last else 0
        days.update((begin + i) % 7 for i in range(length + 1))
    return frozenset(days)


def _minute(text: str, part: str) -> int:
    hour, minute = (int(number) for number in text.split(":"))
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValueError(part)
    return hour * 60 + minute
