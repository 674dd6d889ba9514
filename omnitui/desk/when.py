"""Times as people type them: `2d`, `tomorrow 9`, `fri 14:00`, `3 may`, `2026-12-01`."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from config.day_names import short_weekday
from config.i18n import _
from omnitui.desk.command import CommandError, When
from store.calendar_words import LINKS, day_of, folded, hour_of, month_of, unit_of, weekday_of
from store.clock import now as wall_clock
from store.model import Millis

MORNING = time(9)
"""The hour of a day that was named without one."""

FARTHEST = 10 * 366 * 86_400_000
"""Milliseconds: what is later was mistyped."""

_SPAN = re.compile(r"(\d{1,5})\s*([^\W\d_]+)\.?\s*")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_YEAR = re.compile(r"\d{4}")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:\.|st|nd|rd|th|-?го)?")
_AHEAD = frozenset({"minutes", "hours", "days", "weeks"})


def parse_when(text: str, now: Millis, timezone: str = "") -> Millis:
    """The moment that `text` means, later than `now`, in UTC milliseconds.

    Days and weeks keep the wall clock across a change to summer time; hours and minutes
    count. `timezone` is an IANA name; "" is this machine's. Raises `CommandError` with a
    sentence when the text is no time, or one that has passed.
    """
    result = _moment(text, now, timezone)
    if result <= now:
        raise CommandError(_("“{text}” has already passed.").format(text=text.strip()))
    return result


def time_to_come(text: str) -> When:
    """`text` where it is a time at all, for the registry; whether it has passed depends on the
    zone and is told later. Raises `CommandError`."""
    _moment(text, wall_clock(), "")
    return When(text)


def _moment(text: str, now: Millis, timezone: str) -> Millis:
    zone = zone_of(timezone)
    today = datetime.fromtimestamp(now / 1000, zone)
    cleaned = folded(text)
    try:
        moment = _iso(cleaned, today) or _span(cleaned, today) or _named(cleaned, today)
        result = int(moment.timestamp() * 1000) if moment else None
    except (ValueError, OverflowError, OSError):
        result = None
    if result is not None and result > now + FARTHEST:
        result = None
    if result is None:
        raise CommandError(
            _("“{text}” is no time: try 30m, 4h, 2d, tomorrow 9, fri 14:00 or 2026-12-01.").format(
                text=text.strip()
            )
        )
    return result


def zone_of(timezone: str) -> tzinfo | None:
    """The zone by its IANA name; None, this machine's own, for "" and for one unknown here."""
    try:
        return ZoneInfo(timezone) if timezone else None
    except (KeyError, ValueError, OSError):
        return None


def shown(at: Millis, timezone: str) -> str:
    """`Mon 2026-12-01 09:00` in the zone: what a command says that it will do then."""
    moment = datetime.fromtimestamp(at / 1000, zone_of(timezone))
    return f"{short_weekday(moment.weekday())} {moment:%Y-%m-%d %H:%M}"


def _iso(text: str, now: datetime) -> datetime | None:
    """`2026-12-01t09:00z` (RFC 3339): with its own offset, or in the zone."""
    if not re.match(r"\d{4}-\d\d-\d\dt\d", text):
        return None
    moment = datetime.fromisoformat(text.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _span(text: str, now: datetime) -> datetime | None:
    """`1h30m`, `2 days`: a length of time from now."""
    for link in ("in ", "через ", "за ", "za "):
        text = text.removeprefix(link)
    position, counted, calendar = 0, timedelta(), timedelta()
    while position < len(text):
        match = _SPAN.match(text, position)
        unit = unit_of(match[2], ahead=True) if match else None
        if match is None or unit not in _AHEAD:
            return None
        step = timedelta(**{unit: int(match[1])})
        if unit in ("days", "weeks"):
            calendar += step
        else:
            counted += step
        position = match.end()
    if not position:
        return None
    # Whole days move the wall clock's date; the rest is real time.
    return datetime.fromtimestamp(
        (now + calendar).timestamp() + counted.total_seconds(), now.tzinfo
    )


def _named(text: str, now: datetime) -> datetime | None:
    """A day, a time of day, or both, in either order."""
    day: date | None = None
    clock: time | None = None
    forced = False
    words = [word for word in text.replace(",", " ").split() if word not in LINKS]
    words, day = _month_taken(words, now.date())
    forced = day is not None
    for word in _join_meridiem(words):
        if (match := _DATE.fullmatch(word)) and day is None:
            day, forced = date(int(match[1]), int(match[2]), int(match[3])), True
        elif (match := _DOTTED.fullmatch(word)) and day is None:
            day, forced = date(int(match[3]), int(match[2]), int(match[1])), True
        elif (offset := day_of(word)) is not None and offset >= 0 and day is None:
            day, forced = now.date() + timedelta(days=offset), True
        elif (weekday := weekday_of(word)) is not None and day is None:
            day = now.date() + timedelta(days=(weekday - now.weekday()) % 7)
        elif (hour := hour_of(word)) is not None and clock is None:
            clock = time(hour)
        elif (match := _CLOCK.fullmatch(word)) and clock is None:
            clock = _clock(match)
        else:
            return None
    if day is None and clock is None:
        return None
    at = datetime.combine(day or now.date(), clock or MORNING, now.tzinfo)
    if now.tzinfo is None:
        at = at.astimezone()
    if at.timestamp() <= now.timestamp() and not forced:
        # "fri" said on a Friday afternoon is the next one; "9:00" at noon is tomorrow's.
        at = datetime.combine(
            at.date() + timedelta(days=7 if day else 1), clock or MORNING, now.tzinfo
        )
    return at


def _month_taken(words: list[str], today: date) -> tuple[list[str], date | None]:
    """`3 may`, `may 3`, `3 травня 2027`: the words without it, and the day. Without a year it is
    the next such day."""
    at = next((n for n, word in enumerate(words) if month_of(word) is not None), None)
    if at is None:
        return words, None
    month = month_of(words[at]) or 0
    rest = list(words)
    before = _DAY_OF_MONTH.fullmatch(words[at - 1]) if at else None
    after = _DAY_OF_MONTH.fullmatch(words[at + 1]) if at + 1 < len(words) else None
    found = before or after
    if found is None:
        return words, None
    taken = slice(at - 1, at + 1) if before else slice(at, at + 2)
    del rest[taken]
    begin = taken.start
    year = today.year
    if begin < len(rest) and _YEAR.fullmatch(rest[begin]):
        year = int(rest.pop(begin))
        if begin < len(rest) and unit_of(rest[begin]) == "years":
            del rest[begin]
        return rest, date(year, month, int(found[1]))
    return rest, _next(month, int(found[1]), today)


def _next(month: int, day: int, today: date) -> date:
    """The next such day; 29 February is looked for where there is one."""
    for year in range(today.year, today.year + 9):
        with suppress(ValueError):
            if (found := date(year, month, day)) >= today:
                return found
    raise ValueError(day)


def _join_meridiem(words: list[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if word in ("am", "pm") and joined and joined[-1][-1].isdigit():
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _clock(match: re.Match[str]) -> time:
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            raise ValueError(match[0])
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return time(hour, minute)
