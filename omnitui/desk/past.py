"""Days gone by as people type them: `2026-03`, `march`, `3 weeks ago`, `yesterday`, `3.5.2025`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.when import zone_of
from store.calendar_words import AGO, Unit, day_of, folded, month_of, unit_of, weekday_of
from store.model import Millis

_LENGTH: dict[Unit, int] = {"days": 1, "weeks": 7, "months": 30, "years": 365}
_WORD = re.compile(r"\d{1,4}(?:[-/.]\d{1,4}){0,2}|[^\W\d_]+(?:'[^\W\d_]+)?")


def parse_past(text: str, now: Millis, timezone: str = "") -> Millis:
    """When the day, month or year that `text` means began, in UTC milliseconds.

    Without a year it is the last such day before tomorrow. `timezone` is an IANA name; "" is this
    machine's. Raises `CommandError` with a sentence when the text is no date.
    """
    zone = zone_of(timezone)
    today = datetime.fromtimestamp(now / 1000, zone).date()
    words = _WORD.findall(folded(text))
    try:
        day = _day(words, today) if words else None
        if day is not None:
            return int(datetime.combine(day, time(), zone).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        pass
    raise CommandError(
        _("“{text}” is no date: 2026-03, 14.3.2026, march, 3 weeks ago, yesterday are.").format(
            text=text.strip()
        )
    )


def _day(words: list[str], today: date) -> date | None:
    found = _written(words, today)
    if found is not None:
        return found
    said = [
        word
        for at, word in enumerate(words)
        if word not in AGO or (at and words[at - 1].isdecimal() and len(word) == 1)
    ]
    offset = _days_back(said[0]) if len(said) == 1 else None
    if offset is not None:
        return today - timedelta(days=offset)
    weekday = weekday_of(said[0]) if len(said) == 1 else None
    if weekday is not None:
        return today - timedelta(days=(today.weekday() - weekday) % 7 or 7 * ("last" in words))
    return _month(said, today) or _span(said, words, today)


def _written(words: list[str], today: date) -> date | None:
    """`2026`, `2026-03`, `2026-03-14`, `14.3.2026`, `14.3`."""
    if len(words) != 1 or not words[0][0].isdecimal():
        return None
    parts = [int(part) for part in re.split(r"[-/.]", words[0])]
    if len(parts) == 1:
        return date(parts[0], 1, 1) if parts[0] > 1000 else None
    if len(parts) == 2 and parts[0] > 1000:
        return date(parts[0], parts[1], 1)
    if len(parts) == 2 and parts[1] > 1000:
        return date(parts[1], parts[0], 1)
    if len(parts) == 2:
        return _latest(parts[0], parts[1], today)
    if parts[0] > 31:
        return date(parts[0], parts[1], parts[2])
    year = parts[2] if parts[2] > 99 else 2000 + parts[2]
    return date(year, parts[1], parts[0])


def _month(words: list[str], today: date) -> date | None:
    """`march`, `march 2025`, `3 march`, `3 march 2025`, `march 3`."""
    names = [month_of(word) for word in words]
    known = [(at, month) for at, month in enumerate(names) if month is not None]
    if len(known) != 1 or not 1 <= len(words) <= 3:
        return None
    at, month = known[0]
    numbers = [int(word) for word in words[:at] + words[at + 1 :]]
    years = [number for number in numbers if number > 1000]
    days = [number for number in numbers if number <= 31]
    if len(years) > 1 or len(days) > 1 or len(years) + len(days) < len(numbers):
        return None
    day = days[0] if days else 1
    return date(years[0], month, day) if years else _latest(day, month, today)


def _span(words: list[str], said: list[str], today: date) -> date | None:
    """`3 weeks ago`, `2w`, `a month ago`, `last year`."""
    if not words or len(words) > 2:
        return None
    number = int(words[0]) if words[0].isdecimal() else 1
    if len(words) == 2 and not words[0].isdecimal() and words[0] not in ("a", "an", "one"):
        return None
    if len(words) == 1 and len(said) == 1 and not words[0].isdecimal():
        return None
    unit = unit_of(words[-1])
    if unit is None or unit not in _LENGTH:
        return None
    if unit == "years":
        return _same_day(today, today.year - number, today.month)
    if unit == "months":
        months = today.year * 12 + today.month - 1 - number
        return _same_day(today, months // 12, months % 12 + 1)
    return today - timedelta(days=_LENGTH[unit] * number)


def _days_back(word: str) -> int | None:
    offset = 0 if word == "now" else day_of(word)
    return None if offset is None or offset > 0 else -offset


def _latest(day: int, month: int, today: date) -> date:
    found = _clamped(today.year, month, day)
    return found if found <= today else _clamped(today.year - 1, month, day)


def _clamped(year: int, month: int, day: int) -> date:
    """29 February in other years is the last of the month; a 31st of 12 months is refused."""
    if (month, day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    return date(year, month, day)


def _same_day(today: date, year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=today.day - 1), following - timedelta(days=1))
