"""Times as agents read them: how long ago, what day, in the desk's time zone and language."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.day_names import day_of_month, short_weekday, weekday
from config.i18n import _, ngettext, pgettext
from store.model import Millis

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@lru_cache(64)
def zone(name: str) -> dt.tzinfo | None:
    """The time zone called `name`; None (the machine's own) when empty or unknown."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local(at: Millis, tz: dt.tzinfo | None) -> dt.datetime:
    """`at` on the wall clock of `tz`; times no calendar holds end at its edges."""
    try:
        return dt.datetime.fromtimestamp(at / 1000, tz or dt.UTC).astimezone(tz)
    except (OverflowError, ValueError, OSError):
        return dt.datetime(9999 if at > 0 else 1, 1, 2, tzinfo=dt.UTC)


def ago(elapsed: Millis) -> str:
    """How long something lasts by now, in at most four cells: `now`, `3m`, `2h`, `5d`, `8w`."""
    if elapsed < MINUTE:
        return pgettext("age", "now")
    if elapsed < HOUR:
        return _("{n}m").format(n=elapsed // MINUTE)
    if elapsed < DAY:
        return _("{n}h").format(n=elapsed // HOUR)
    if elapsed < 60 * DAY:
        return _("{n}d").format(n=elapsed // DAY)
    if elapsed < 365 * DAY:
        return _("{n}w").format(n=elapsed // (7 * DAY))
    return _("{n}y").format(n=elapsed // (365 * DAY))


def clock(at: Millis, tz: dt.tzinfo | None) -> str:
    """The time of day: `14:05`."""
    moment = local(at, tz)
    return f"{moment.hour:02}:{moment.minute:02}"


def short_date(day: dt.date, today: dt.date) -> str:
    """A date where its weekday does not matter: `3 May`, in other years `3 May 2024`."""
    text = day_of_month(day.day, day.month)
    if day.year == today.year:
        return text
    return _("{date} {year}").format(date=text, year=day.year)


def day_label(day: dt.date, today: dt.date) -> str:
    """A day separator: `Today`, `Yesterday`, `Friday, 20 November`."""
    distance = (today - day).days
    date = short_date(day, today)
    if distance == 0:
        return _("Today, {date}").format(date=date)
    if distance == 1:
        return _("Yesterday, {date}").format(date=date)
    return _("{weekday}, {date}").format(weekday=weekday(day.weekday()), date=date)


def later(days: int) -> str:
    """How long a pause was: `3 weeks later`, `2 months later`, `1 year later`."""
    if days >= 365:
        n = days // 365
        return ngettext("{n} year later", "{n} years later", n).format(n=n)
    if days >= 60:
        n = days // 30
        return ngettext("{n} month later", "{n} months later", n).format(n=n)
    if days >= 14:
        n = days // 7
        return ngettext("{n} week later", "{n} weeks later", n).format(n=n)
    return ngettext("{n} day later", "{n} days later", days).format(n=days)


def period(first: dt.date, last: dt.date, today: dt.date) -> str:
    """`3 May`, `3–9 May`, `28 April – 9 May 2025`."""
    end = short_date(last, today)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        # The language's own form of the date may put the day anywhere.
        day = str(last.day)
        both = _("{first}–{last}").format(first=first.day, last=day)
        if end.count(day) == 1:
            return end.replace(day, both)
    return _("{first} – {last}").format(first=short_date(first, today), last=end)


def soon(at: Millis, now: Millis, tz: dt.tzinfo | None) -> str:
    """A time ahead, as short as it is clear: `14:05`, `Mon 09:00`, `3 May`."""
    moment, today = local(at, tz), local(now, tz).date()
    days = (moment.date() - today).days
    if days == 0:
        return clock(at, tz)
    if 0 < days < 7:
        return f"{short_weekday(moment.weekday())} {clock(at, tz)}"
    return short_date(moment.date(), today)


def stamp(at: Millis, now: Millis, tz: dt.tzinfo | None) -> str:
    """A past time in one short phrase: `14:05`, `3 May 14:05`."""
    moment, today = local(at, tz), local(now, tz).date()
    if moment.date() == today:
        return clock(at, tz)
    return f"{short_date(moment.date(), today)} {clock(at, tz)}"
