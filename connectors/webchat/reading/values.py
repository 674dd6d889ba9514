"""Values of JSON that somebody else wrote, taken only when they are what they should be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.contract import Millis

_NOTHING: Mapping[str, Any] = {}
_LARGEST = 2**53
_FIRST = 1_500_000_000_000
_LAST = 253_402_300_799_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,3}")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+")
_LONGEST_EMAIL = 254
MOST_DIGITS = 1000
LONGEST_URL = 2000
LONGEST_NAME = 200


class Unreadable(Exception):
    """Not what the protocol says; `str()` says what is missing."""


def read_json(data: str) -> Any:
    """Raises `ValueError`, whatever is wrong with it."""
    try:
        return json.loads(data, parse_int=_whole)
    except RecursionError:
        raise ValueError("too deep") from None


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) < MOST_DIGITS else None


def whole(value: object) -> int | None:
    """A number of things, an id: an integer that any JSON reader can hold, not negative."""
    return value if type(value) is int and 0 <= value < _LARGEST else None


def string(value: object) -> str:
    """A text that UTF-8 has a place for; "" for anything else."""
    if type(value) is not str:
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        # Halves of surrogate pairs.
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def object_of(value: object) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else _NOTHING


def objects(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a JSON array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else ()


def moment(value: object) -> Millis | None:
    """UTC milliseconds; None for no date."""
    found = whole(value)
    return found if found is not None and _FIRST < found < _LAST else None


def line(value: object, limit: int = LONGEST_NAME) -> str:
    """A short text as one line; what it holds is made safe where it is shown."""
    return " ".join(string(value)[: 4 * limit].split())[:limit].rstrip()


def web_address(value: object) -> str:
    """A page's address; "" for what leads to no page."""
    found = string(value)
    if not found or len(found) > LONGEST_URL or not found.isprintable() or " " in found:
        return ""
    try:
        parts = urlsplit(found)
        return found if parts.scheme.lower() in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


def email(value: object) -> str:
    """An e-mail address; "" for anything else."""
    found = string(value)
    return found if len(found) <= _LONGEST_EMAIL and _EMAIL.fullmatch(found) else ""


def language(value: object) -> str:
    """A language tag (BCP 47); "" for anything else."""
    found = string(value)
    return found if len(found) <= 35 and _LANGUAGE.fullmatch(found) else ""


def timezone(value: object) -> str:
    """A name as in the IANA time zone database; "" for anything else."""
    found = string(value)
    return found if len(found) <= 64 and _TIMEZONE.fullmatch(found) else ""
