"""Days gone by as people type them: `2026-03`, `march`, `3 weeks ago`, `yesterday`, `3.5.2025`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.when import zone_of
from store.model import Millis

_DAYS = {
    "today": 0, "now": 0, "сьогодні": 0, "сегодня": 0, "dziś": 0, "dzis": 0, "dzisiaj": 0,
    "yesterday": 1, "вчора": 1, "учора": 1, "вчера": 1, "wczoraj": 1,
    "позавчора": 2, "позавчера": 2, "przedwczoraj": 2,
}  # fmt: skip
# By the beginnings of the words: they are declined.
_MONTHS = (
    ("jan", "січ", "янв", "sty"), ("feb", "лют", "фев", "lut"),
    ("mar", "бер", "мар", "marz"), ("apr", "квіт", "апр", "kwi"),
    ("may", "трав", "май", "мая", "мае", "maj"), ("jun", "черв", "июн", "cze"),
    ("jul", "лип", "июл", "lip"), ("aug", "серп", "авг", "sie"),
    ("sep", "вер", "сен", "wrz"), ("oct", "жовт", "окт", "paź", "paz"),
    ("nov", "лист", "ноя", "lis"), ("dec", "груд", "дек", "gru"),
)  # fmt: skip
_WEEKDAYS = (
    ("mon", "monda", "понед", "пн", "pon"), ("tue", "вівт", "вторн", "вт", "wt"),
    ("wed", "серед", "сред", "ср", "śr", "środ", "srod"), ("thu", "четв", "чт", "czw"),
    ("fri", "п'ят", "пятн", "пт", "pią", "pia", "pt"), ("sat", "субот", "суббот", "сб", "sob"),
    ("sun", "неділ", "нд", "воскр", "вс", "niedz"),
)  # fmt: skip
_EXACT = frozenset({"mon", "пн", "вт", "ср", "чт", "пт", "сб", "нд", "вс", "wt", "śr", "pt"})
"""Short names that other words begin with."""

_UNITS = (
    (1, ("d", "д", "дн", "ден", "дне", "day", "dni", "dzie")),
    (7, ("w", "week", "т", "тиж", "нед", "tyg", "tydz")),
    (30, ("mo", "month", "міс", "мес", "mies", "мі")),
    (365, ("y", "year", "р", "рік", "рок", "год", "лет", "г", "rok", "lat")),
)
_AGO = frozenset({"ago", "тому", "назад", "temu", "back", "last", "минулий", "минулого", "минула",
                  "прошлый", "прошлая", "прошлого", "zeszły", "zeszła", "zeszłym", "on", "in",
                  "of", "the", "в", "у", "во", "на", "w", "we"})  # fmt: skip
_WORD = re.compile(r"\d{1,4}(?:[-/.]\d{1,4}){0,2}|[^\W\d_]+(?:'[^\W\d_]+)?")


def parse_past(text: str, now: Millis, timezone: str = "") -> Millis:
    """When the day, month or year that `text` means began, in UTC milliseconds.

    Without a year it is the last such day before tomorrow. `timezone` is an IANA name; "" is this
    machine's. Raises `CommandError` with a sentence when the text is no date.
    """
    zone = zone_of(timezone)
    today = datetime.fromtimestamp(now / 1000, zone).date()
    words = _WORD.findall(text.strip().lower().replace("’", "'"))
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
        if word not in _AGO or (at and words[at - 1].isdecimal() and len(word) == 1)
    ]
    if len(said) == 1 and said[0] in _DAYS:
        return today - timedelta(days=_DAYS[said[0]])
    weekday = _named(said[0], _WEEKDAYS) if len(said) == 1 else None
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
    names = [_named(word, _MONTHS) for word in words]
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
    return date(years[0], month + 1, day) if years else _latest(day, month + 1, today)


def _span(words: list[str], said: list[str], today: date) -> date | None:
    """`3 weeks ago`, `2w`, `a month ago`, `last year`."""
    if not words or len(words) > 2:
        return None
    number = int(words[0]) if words[0].isdecimal() else 1
    if len(words) == 2 and not words[0].isdecimal() and words[0] not in ("a", "an", "one"):
        return None
    if len(words) == 1 and len(said) == 1 and not words[0].isdecimal():
        return None
    unit = _unit(words[-1])
    if unit is None:
        return None
    if unit == 365:
        return _same_day(today, today.year - number, today.month)
    if unit == 30:
        months = today.year * 12 + today.month - 1 - number
        return _same_day(today, months // 12, months % 12 + 1)
    return today - timedelta(days=unit * number)


def _unit(word: str) -> int | None:
    best = [
        (len(begin), days)
        for days, begins in _UNITS
        for begin in begins
        if word == begin or (len(begin) > 1 and word.startswith(begin))
    ]
    return max(best)[1] if best else None


def _named(word: str, names: tuple[tuple[str, ...], ...]) -> int | None:
    for number, begins in enumerate(names):
        if word in begins or any(word.startswith(one) for one in begins if one not in _EXACT):
            return number
    return None


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
