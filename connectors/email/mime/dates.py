"""The Date header as a moment, or None: a moment is never guessed.

RFC 5322 §3.3 with its obsolete forms (§4.3), and ISO 8601 with a zone. A date without
a zone, with an unknown zone or with a day that does not exist is None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
_ZONES = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
}  # fmt: skip
_RFC = re.compile(
    r"(?:[A-Za-z]{3,9}\.?\s*,?\s*)?"
    r"(\d{1,2})(?:\s+|-)([A-Za-z]{3})[A-Za-z]{0,6}\.?(?:\s+|-)(\d{2,4})\s+"
    r"(\d{1,2})\s*:\s*(\d{2})(?:\s*:\s*(\d{2})(?:\.\d+)?)?"
    r"\s*(?:(?:GMT|UTC|UT)?\s*([+-])(\d{2}):?(\d{2})|([A-Za-z]{1,5}))\b"
)
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})"
)
_COMMENT = re.compile(r"\([^()]*\)")


def read_date(value: str) -> int | None:
    """UTC milliseconds since the epoch, or None when the value does not say a moment."""
    if not value or len(value) > 1000:
        return None
    moment = _rfc5322(value)
    if moment is None and "(" in value:
        moment = _rfc5322(_COMMENT.sub(" ", value))
    if moment is None:
        iso = _ISO.fullmatch(value.strip())
        if iso is None:
            return None
        try:
            moment = datetime.fromisoformat(iso.group().replace(" ", "T"))
        except ValueError:
            return None
    try:
        return round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None


def _rfc5322(value: str) -> datetime | None:
    match = _RFC.match(value.strip())
    if match is None:
        return None
    day, month_name, year_digits, hour, minute, second, sign, zh, zm, zone = match.groups()
    month = _MONTHS.get(month_name.lower())
    if month is None:
        return None
    year = int(year_digits)
    if len(year_digits) == 2:
        year += 2000 if year < 50 else 1900
    elif len(year_digits) == 3:
        year += 1900
    if sign:
        offset = (int(zh) * 60 + int(zm)) * (-1 if sign == "-" else 1)
        if int(zm) > 59 or abs(offset) > 18 * 60:
            return None
    elif zone.upper() in _ZONES:
        offset = _ZONES[zone.upper()]
    elif len(zone) == 1 and zone.upper() != "J":
        offset = 0  # RFC 5322 §4.3: military zones mean -0000.
    else:
        return None
    seconds = int(second or 0)
    leap = seconds == 60
    try:
        moment = datetime(
            year, month, int(day), int(hour), int(minute), 59 if leap else seconds,
            tzinfo=_zone(offset),
        )  # fmt: skip
        return moment + timedelta(seconds=1) if leap else moment
    except (ValueError, OverflowError):
        return None


@cache
def _zone(minutes: int) -> timezone:
    """The few there are; 18 hours at most either way."""
    return timezone(timedelta(minutes=minutes))


def rfc3339(millis: int | None) -> str | None:
    """`2024-01-05T10:00:00Z`; None for None and for moments no calendar holds."""
    if millis is None:
        return None
    try:
        moment = datetime.fromtimestamp(millis / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
