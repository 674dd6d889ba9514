"""Dates as people write them: `2026-12-01`, `1.12.2026`, `1 грудня 2026`, `Dec 1, 2026`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from store.calendar_words import day_of, folded, month_of

_YEAR_FIRST = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(
    r"(?<=\d)[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:z|[+-]\d{2}:?\d{2}|[ap]m)?$"
)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})(?:\s*(?:р|г|r)\.?)?")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_FILLERS = frozenset(("st", "nd", "rd", "th", "of", "року", "р", "года", "г", "roku", "r"))
_MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW"})
"""Countries in which 12/1/2026 is the first of December."""


def parse_date(text: str, today: date, country: str = "") -> date | None:
    """The day that a text means; None when it is none, or leaves the year out.

    Args:
        today: what `today` means, and where a year of two digits belongs: within 20 years after
            it, else before.
        country: whose custom decides what 12/1/2026 is (ISO 3166); "" puts the day first.
    """
    cleaned = _TIME.sub("", folded(text)[:60]).strip().rstrip(".")
    try:
        if (offset := day_of(cleaned)) is not None:
            return today + timedelta(days=offset)
        if found := _YEAR_FIRST.fullmatch(cleaned):
            parts = [int(part) for part in found.group(1, 3, 4, 5, 6, 7) if part]
            return date(*parts)
        if found := _DAY_AND_MONTH.fullmatch(cleaned):
            one, other, year = int(found[1]), int(found[3]), _year(found[4], today)
            months_first = found[2] == "/" and country in _MONTH_FIRST
            return date(year, one, other) if months_first else date(year, other, one)
        return _in_words(cleaned, today)
    except (ValueError, OverflowError):
        return None


def _in_words(text: str, today: date) -> date | None:
    """`1 Dec 2026`, `Dec 1st, 2026`, `1 грудня 2026 року`."""
    words = [word for word in _WORDS.findall(text) if word not in _FILLERS]
    months = [month for word in words if (month := month_of(word)) is not None]
    numbers = [word for word in words if word.isdecimal()]
    if len(words) != 3 or len(months) != 1 or len(numbers) != 2:
        return None
    day, year = numbers if len(numbers[0]) <= 2 else reversed(numbers)
    return date(_year(year, today), months[0], int(day))


def _year(digits: str, today: date) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    year += today.year // 100 * 100
    return year if year <= today.year + 20 else year - 100
