"""The settings of [customers] and of the fields on every card, [customers.fields.KEY]."""

from __future__ import annotations

from typing import Any

from config import values
from config.i18n import _
from config.patterns import pattern
from config.problems import BadValue
from config.setting import Setting
from config.values import Choice

OWN = ("name", "company", "language", "timezone", "channel", "tags", "notes")
"""What every card has by itself: no field may be called so."""


def choices(value: Any) -> tuple[str, ...]:
    """Texts that differ, also without regard to case."""
    read = tuple(values.one_line(item) for item in values.texts(value))
    seen: set[str] = set()
    for item in read:
        if item.casefold() in seen:
            raise BadValue(_("“{value}” is there twice.").format(value=values.shown(item)))
        seen.add(item.casefold())
    return read


def country(value: Any) -> str:
    """An ISO 3166 code of two letters; "" is none."""
    read = values.one_line(value).upper()
    if not read:
        return ""
    mistaken = {"UK": "GB", "EN": "GB", "UKR": "UA", "POL": "PL", "USA": "US", "DEU": "DE"}
    if read in mistaken or not (len(read) == 2 and read.isascii() and read.isalpha()):
        near = mistaken.get(read, "")
        raise BadValue(
            _("“{value}” is no country's code.").format(value=values.shown(read)),
            _("Did you mean “{near}”?").format(near=near)
            if near
            else _('Write its two letters: "UA", "PL", "GB".'),
        )
    return read


CUSTOMERS = (
    Setting(
        "order_number",
        pattern,
        "regular expression",
        r"'\bORD-\d{5,8}\b'",
        "What an order's, contract's or ticket's number looks like, in capitals or not. Two"
        " customers of one name who give the same number are suggested to be one. Not set: four"
        " digits or more after a number sign or a word for an order (English, Ukrainian, Russian,"
        " Polish).",
        default=False,
    ),
    Setting(
        "detect_language",
        values.boolean,
        "true or false",
        "true",
        "Learn a customer's language from what they write, until an agent has set it.",
    ),
    Setting(
        "country",
        country,
        "country code",
        '"UA"',
        "Whose telephone numbers are written without the country's code. Not set: the time"
        " zone's; where that has none, only numbers that begin with + or 00 are understood.",
        default=False,
    ),
)

FIELD = (
    Setting(
        "label",
        values.one_line,
        "text",
        '"Contract until"',
        "What the card calls it. Not set: the key.",
        default=False,
    ),
    Setting(
        "type",
        Choice("text", "number", "date", "yes-no", "choice", "url", "email", "phone"),
        "text, number, date, yes-no, choice, url, email or phone, in quotes",
        '"choice"',
        "What it may hold. Not set: text, or one of the `choices` where there are some. What agents"
        " type is checked and kept in one form; what was there before stays and is marked where it"
        " does not fit.",
        default=False,
    ),
    Setting(
        "choices",
        choices,
        "list of texts",
        '["basic", "business", "enterprise"]',
        "The values there are, where it is a choice.",
        default=False,
    ),
    Setting(
        "required",
        values.boolean,
        "true or false",
        "false",
        "Show it on the card also while it is empty, as something to ask for.",
    ),
)
"""What [customers.fields.KEY] may hold; KEY is what commands, templates and JSON call it."""
