"""Telephone numbers as people write them, by the library that knows every country's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from zoneinfo import TZPATH

from omnitui.desk.context import Desk

_WRITTEN = re.compile(
    r"(?<![\w@/.=&-])(?:\+|00)?\(?\d(?:[ \t\u00a0\u2009().\-–/]{0,3}\d){6,16}(?![\w@/=])"
)
"""Digits with what people put between them; bounded, so that no text makes it slow."""
_CALLED = re.compile(
    r"(?:\b(?:tel|telef|phone|mobile|mob|cell|call|whatsapp|viber|signal|dzwo)|☎|📞"
    r"|телефон|тел\b|моб|дзвон|звон|номер)[^\n\d]{0,24}$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[^\d+]+")
_DATE = re.compile(r"\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4}|\d\d?:\d\d")
_LOOKED_AT = 6
"""Candidates of one text: a table of figures is nobody's number."""
_GROUPED = re.compile(r"\d[ \t\u00a0\u2009().\-–/]+\d")
_LANGUAGE = {"uk": "UA", "pl": "PL", "cs": "CZ", "sk": "SK", "de": "DE", "fr": "FR", "it": "IT"}
"""Languages that are spoken in one country, as far as telephones go."""


def international(written: str, region: str = "") -> str:
    """`+380671234567` for a number that exists in some country's plan, else "".

    `region` (ISO 3166) is whose numbers are written without the country's code; "": nobody's.
    """
    import phonenumbers  # 40 ms, which only texts with a number pay

    if any(map(str.isalpha, written)):
        return ""
    text = _BETWEEN.sub(" ", written).strip()
    if text.startswith("00") and not text.startswith("000"):
        text = f"+{text[2:]}"
    for attempt, where in ((text, region), (f"+{text}", "")):
        if attempt.startswith("++") or not (where or attempt.startswith("+")):
            continue
        try:
            read = phonenumbers.parse(attempt, where or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(read):
            told = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
            return str(told)
        if not region:
            break
    return ""


def in_text(text: str, region: str = "") -> Iterator[tuple[str, str]]:
    """The numbers in a text, as (international, as written). Digits that stand in one piece
    without a sign of what they are may be an order, a parcel, an account: they are none."""
    looked = 0
    for found in _WRITTEN.finditer(text):
        written = found[0].strip()
        if _DATE.search(written) or sum(map(str.isdecimal, written)) < 8:
            continue
        looked += 1
        if looked > _LOOKED_AT:
            return
        known = (
            written.startswith(("+", "00", "0"))
            or _GROUPED.search(written)
            or _CALLED.search(text[max(0, found.start() - 40) : found.start()])
        )
        if known and (number := international(written, region)):
            yield number, written


def region(desk: Desk) -> str:
    """Whose telephone numbers and dates are meant where nothing says it: ISO 3166, or ""."""
    settings = desk.config.desk
    return desk.config.customers.country or region_of(settings.timezone, settings.language)


@lru_cache(maxsize=32)
def region_of(timezone: str, language: str) -> str:
    """The time zone's country, else the language's."""
    return _countries().get(timezone) or _LANGUAGE.get(language.partition("-")[0].lower(), "")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Time zone → its only country, from the tz database's own table."""
    for directory in TZPATH:
        try:
            lines = (Path(directory) / "zone.tab").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
        return {row[2]: row[0] for row in rows if len(row) > 2}
    return {}
