"""What the fields of a card may hold: read as people write it, kept in one form, shown in words.

A number is kept as one, yes or no as true or false, a date as ISO 8601, a telephone number as
E.164, anything else as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from config.customer_settings import OWN
from config.i18n import _, language
from config.model import CustomerField
from config.problems import nearest
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.customers.dates import parse_date
from omnitui.desk.persons.evidence import phones
from omnitui.desk.when import zone_of
from store import identities

LONGEST = 2_000
"""Characters of a value."""
LONGEST_KEY = 60
FieldText = str | int | float | bool

_YES = frozenset(("yes", "y", "true", "on", "1", "+", "✓", "так", "да", "tak"))
_NO = frozenset(("no", "n", "false", "off", "0", "-", "✗", "ні", "нет", "nie"))
_SPACES = re.compile(r"(?<=\d)[\s'’\u00a0\u202f](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def field_of(desk: Desk, name: str) -> CustomerField:
    """The field that a key or a label means; one of type text where the settings know none.

    Raises `CommandError` for what cannot be a field's key.
    """
    known = desk.config.customers.fields
    if name in known:
        return known[name]
    folded = name.strip().casefold()
    for field in known.values():
        if folded in (field.key.casefold(), field.label.casefold()):
            return field
    if folded in OWN:
        raise CommandError(
            _("“{key}” is no field: see “customer {key}”.").format(key=folded)
            if folded not in ("tags", "notes")
            else _("“{key}” is no field: see “customer {command}”.").format(
                key=folded, command=folded.removesuffix("s")
            )
        )
    key = " ".join(name.split())
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise CommandError(
            _("A field's key is one line of {n} characters at most.").format(n=LONGEST_KEY)
        )
    return CustomerField(key, key)


def meant(desk: Desk, name: str, fields: Mapping[str, Any]) -> str:
    """The field of the settings that was probably meant; "" when `name` is one, or is on the
    card already, or is like none."""
    known = desk.config.customers.fields
    if not known or name in fields or field_of(desk, name).key in known:
        return ""
    return nearest(name, list(known))


def read(desk: Desk, field: CustomerField, text: str) -> FieldText:
    """The value that a text means. Raises `CommandError` with a sentence when it means none."""
    typed = text.strip()
    if not typed:
        raise CommandError(_("“{field}” is empty.").format(field=field.label))
    if len(typed) > LONGEST:
        raise CommandError(
            _("“{field}” takes {n} characters at most.").format(field=field.label, n=LONGEST)
        )
    match field.type:
        case "number":
            return _number(typed, desk.config.desk.language or language())
        case "date":
            return _date(desk, typed)
        case "yes-no":
            return _yes_or_no(typed)
        case "choice":
            return _choice(field, typed)
        case "url":
            return _url(typed)
        case "email":
            return _email(typed)
        case "phone":
            return phone(desk, typed)
        case _:
            return typed.replace("\0", "")


def shown(field: CustomerField, value: Any) -> str:
    """A stored value in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.type == "phone" and isinstance(value, str) and value.startswith("+"):
        return _spaced(value)
    return spoken(value)


def spoken(value: Any) -> str:
    """A stored value as `read` takes it again, whatever the interface's language."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def problem(desk: Desk, field: CustomerField, value: Any) -> str:
    """Why a stored value does not fit its field, as a sentence; "" when it does."""
    if field.type == "text":
        return ""
    try:
        read(desk, field, spoken(value))
    except CommandError as error:
        return str(error)
    return ""


def _number(typed: str, tongue: str) -> int | float:
    digits = _SPACES.sub("", typed.replace("−", "-"))
    for grouping, fraction in ((",", "."), (".", ",")):
        if re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{grouping}\d{{3}})+(?:\{fraction}\d+)?", digits):
            alone = digits.count(grouping) == 1 and fraction not in digits
            if not alone:
                digits = digits.replace(grouping, "").replace(fraction, ".")
            elif tongue.startswith("en"):
                digits = digits.replace(",", "")
            elif grouping == ",":
                digits = digits.replace(",", ".")
            else:
                raise CommandError(
                    _("“{value}” may be {one} or {other}: write one of these.").format(
                        value=typed, one=digits.replace(".", ""), other=digits.replace(".", ",")
                    )
                )
            break
    else:
        if digits.count(",") == 1 and "." not in digits:
            digits = digits.replace(",", ".")
    if not _NUMBER.fullmatch(digits) or len(digits) > 30:
        raise CommandError(_("“{value}” is no number.").format(value=_short(typed)))
    number = float(digits)
    whole = "." not in digits or number.is_integer()
    if len(digits.strip("+-").replace(".", "")) > 15:
        raise CommandError(
            _("“{value}” has too many digits for a number: make the field a text.").format(
                value=_short(typed)
            )
        )
    return int(number) if whole else number


def _date(desk: Desk, typed: str) -> str:
    today = datetime.fromtimestamp(desk.now() / 1000, zone_of(desk.config.desk.timezone)).date()
    found: date | None = parse_date(typed, today, phones.region(desk))
    if found is None:
        raise CommandError(
            _("“{value}” is no date: write it like {example}.").format(
                value=_short(typed), example="2026-12-01"
            )
        )
    return found.isoformat()


def _yes_or_no(typed: str) -> bool:
    word = typed.casefold()
    if word in _YES or word == _("yes").casefold():
        return True
    if word in _NO or word == _("no").casefold():
        return False
    raise CommandError(_("“{value}” is neither yes nor no.").format(value=_short(typed)))


def _choice(field: CustomerField, typed: str) -> str:
    folded = typed.casefold()
    for choice in field.choices:
        if choice.casefold() == folded:
            return choice
    beginning = [choice for choice in field.choices if choice.casefold().startswith(folded)]
    if len(beginning) == 1:
        return beginning[0]
    near = nearest(typed, field.choices)
    said = _("“{value}” is not one of {choices}.").format(
        value=_short(typed), choices=_short(", ".join(field.choices), 200)
    )
    raise CommandError(said + (" " + _("Did you mean “{near}”?").format(near=near) if near else ""))


def _url(typed: str) -> str:
    wrong = CommandError(
        _("“{value}” is no web address: write it like {example}.").format(
            value=_short(typed), example="https://acme.example"
        )
    )
    if re.search(r"[\s<>\"\x00-\x1f\x7f]", typed):
        raise wrong
    written = typed if _SCHEME.match(typed) and "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(written)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme.lower() not in ("http", "https") or not (
        "." in host.strip(".") or host == "localhost" or ":" in host
    ):
        raise wrong
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path, parts.query, parts.fragment))


def _email(typed: str) -> str:
    found = typed.removeprefix("mailto:").strip("<>")
    if not _EMAIL.fullmatch(found) or len(found) > 254:
        raise CommandError(_("“{address}” is no mail address.").format(address=_short(typed)))
    return identities.normalise("email", found)


def phone(desk: Desk, typed: str) -> str:
    """A telephone number as E.164. Raises `CommandError` when there is no such number."""
    found = phones.international(typed.removeprefix("tel:"), phones.region(desk))
    if found:
        return found
    raise CommandError(
        _("“{value}” is no telephone number that there is: write it like {example}.").format(
            value=_short(typed), example="+380 67 123 4567"
        )
    )


def _spaced(number: str) -> str:
    """`+380 67 123 4567`."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _short(value: str, most: int = 60) -> str:
    return value if len(value) <= most else value[: most - 1] + "…"
