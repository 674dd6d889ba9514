"""A meeting as one line for people: `Invitation: Stand-up, 2024-05-06 10:00, Room 4`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from config.day_names import short_weekday
from config.i18n import _, ngettext

Kind = Literal[
    "invitation", "changed", "event", "cancelled", "accepted", "declined", "tentative",
    "answered", "proposal", "refused proposal", "asked again", "task",
]  # fmt: skip
MAX_LINE = 400


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime | date | None
    """Naive: the clock of `zone`, or of the sender where `zone` is empty too."""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    kind: Kind = "invitation"
    summary: str = ""
    start: Moment = Moment(None)
    end: Moment = Moment(None)
    repeats: str = ""
    """In words."""
    location: str = ""
    person: str = ""
    """Who invites; of an answer, who gives it."""
    description: str = ""
    all_day: bool = False

    def line(self) -> str:
        parts = [_one_line(self.summary, 150) or _("no subject"), self._when(), self.repeats,
                 _one_line(self.location, 100)]  # fmt: skip
        if self.person:
            parts.append(_("by {person}").format(person=_one_line(self.person, 80)))
        return f"{_title(self.kind)}: {', '.join(filter(None, parts))}"[:MAX_LINE]

    def _when(self) -> str:
        start, end = self.start.at, self.end.at
        if start is None:
            return ""
        if self.all_day or not isinstance(start, datetime):
            return self._days()
        shown = f"{start:%Y-%m-%d %H:%M}"
        if isinstance(end, datetime) and end > _like(start, end):
            same_day = end.date() == start.date()
            shown += f"–{end:%H:%M}" if same_day else f" – {end:%Y-%m-%d %H:%M}"
        if start.tzinfo is not None:
            return f"{shown} UTC"
        return f"{shown} ({self.start.zone})" if self.start.zone else shown

    def _days(self) -> str:
        first, last = _day(self.start.at), _day(self.end.at)
        if first is None:
            return ""
        if last is not None and last > first:
            last -= timedelta(days=1)  # the end is the day after (RFC 5545 §3.6.1)
        if last is None or last <= first:
            return _("{day}, all day").format(day=first)
        return _("{first} – {last}, all day").format(first=first, last=last)


def _like(start: datetime, end: datetime) -> datetime:
    """`start` made comparable with `end`: both are shown by their own clocks."""
    return start.replace(tzinfo=end.tzinfo)


def _day(at: datetime | date | None) -> date | None:
    return at.date() if isinstance(at, datetime) else at


def _title(kind: Kind) -> str:
    return {
        "invitation": _("Invitation"),
        "changed": _("Changed invitation"),
        "event": _("Event"),
        "cancelled": _("Cancelled"),
        "accepted": _("Accepted"),
        "declined": _("Declined"),
        "tentative": _("Accepted tentatively"),
        "answered": _("Answer to invitation"),
        "proposal": _("New time proposed"),
        "refused proposal": _("Proposed time refused"),
        "asked again": _("Asks for the newest invitation"),
        "task": _("Task"),
    }[kind]


def _one_line(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit]


def repetition(rule: str) -> str:
    """An RRULE (RFC 5545 §3.3.10) in words; empty when it is none."""
    parts = dict(
        piece.upper().split("=", 1) for piece in rule[:500].split(";") if piece.count("=") == 1
    )
    interval = _number(parts.get("INTERVAL", "1")) or 1
    unit = {
        "MINUTELY": ngettext("every minute", "every {n} minutes", interval),
        "HOURLY": ngettext("every hour", "every {n} hours", interval),
        "DAILY": ngettext("every day", "every {n} days", interval),
        "WEEKLY": ngettext("every week", "every {n} weeks", interval),
        "MONTHLY": ngettext("every month", "every {n} months", interval),
        "YEARLY": ngettext("every year", "every {n} years", interval),
    }.get(parts.get("FREQ", ""))
    if not unit:
        return ""
    shown = unit.format(n=interval)
    days = [_weekday(day) for day in parts.get("BYDAY", "").split(",")[:7]]
    if any(days) and parts["FREQ"] in ("DAILY", "WEEKLY", "MONTHLY"):
        shown += " " + _("on {days}").format(days=", ".join(filter(None, days)))
    elif (day := _number(parts.get("BYMONTHDAY", ""))) and parts["FREQ"] == "MONTHLY":
        shown += " " + _("on day {day}").format(day=day)
    count, until = _number(parts.get("COUNT", "")), parts.get("UNTIL", "")[:8]
    if count:
        shown += ", " + ngettext("{n} time", "{n} times", count).format(n=count)
    elif len(until) == 8 and until.isascii() and until.isdigit():
        last = f"{until[:4]}-{until[4:6]}-{until[6:]}"
        shown += " " + _("until {day}").format(day=last)
    return shown


_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""RFC 5545, 3.3.10."""


def _weekday(day: str) -> str:
    code = day[-2:]
    name = short_weekday(_WEEKDAYS.index(code)) if code in _WEEKDAYS else ""
    nth = day[:-2].lstrip("+")
    if not name or not nth:
        return name
    return _("last {day}").format(day=name) if nth == "-1" else f"{nth}. {name}"


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0
