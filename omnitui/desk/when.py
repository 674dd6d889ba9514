"""Times as people type them: `2d`, `4h`, `tomorrow 9`, `fri 14:00`, `2026-12-01`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from config.i18n import _
from omnitui.desk.command import CommandError, When
from store.clock import now as wall_clock
from store.model import Millis

MORNING = time(9)
"""The hour of a day that was named without one."""

FARTHEST = 10 * 366 * 86_400_000
"""Milliseconds: what is later was mistyped."""

_UNITS = {
    "m": "minutes", "min": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days",
    "w": "weeks", "week": "weeks", "weeks": "weeks",
    "хв": "minutes", "мин": "minutes", "год": "hours", "ч": "hours", "godz": "hours",
    "д": "days", "дн": "days", "дні": "days", "дня": "days", "dni": "days",
    "т": "weeks", "тиж": "weeks", "нед": "weeks", "tyg": "weeks",
}  # fmt: skip
_DAYS = {
    "today": 0, "сьогодні": 0, "сегодня": 0, "dziś": 0, "dzis": 0, "dzisiaj": 0,
    "tomorrow": 1, "tom": 1, "завтра": 1, "jutro": 1,
    "післязавтра": 2, "послезавтра": 2, "pojutrze": 2,
}  # fmt: skip
_WEEKDAYS = (
    ("mon", "monday", "пн", "понеділок", "понедельник", "pon", "poniedziałek"),
    ("tue", "tuesday", "вт", "вівторок", "вторник", "wt", "wtorek"),
    ("wed", "wednesday", "ср", "середа", "среда", "śr", "środa"),
    ("thu", "thursday", "чт", "четвер", "четверг", "czw", "czwartek"),
    ("fri", "friday", "пт", "п'ятниця", "пятница", "pt", "piątek"),
    ("sat", "saturday", "сб", "субота", "суббота", "sob", "sobota"),
    ("sun", "sunday", "нд", "вс", "неділя", "воскресенье", "niedz", "niedziela"),
)
_WEEKDAY = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
_SPAN = re.compile(r"(\d{1,5})\s*([^\W\d_]+)\.?\s*")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_LINKS = frozenset(("at", "on", "in", "next", "o", "w", "we", "za"))
_LINKS |= {"о", "в", "у", "во", "за", "через"}


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
    cleaned = text.strip().lower().replace("’", "'")
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
        unit = _UNITS.get(match[2]) if match else None
        if match is None or unit is None:
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
    words = [word for word in text.replace(",", " ").split() if word not in _LINKS]
    for word in _join_meridiem(words):
        if (match := _DATE.fullmatch(word)) and day is None:
            day, forced = date(int(match[1]), int(match[2]), int(match[3])), True
        elif word in _DAYS and day is None:
            day, forced = now.date() + timedelta(days=_DAYS[word]), True
        elif word in _WEEKDAY and day is None:
            day = now.date() + timedelta(days=(_WEEKDAY[word] - now.weekday()) % 7)
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
