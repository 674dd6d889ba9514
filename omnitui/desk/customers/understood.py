"""What a record of a file says of a customer, checked and in the form in which cards keep it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config import values
from config.i18n import _
from config.problems import BadValue
from omnitui.desk.addresses import OwnAddresses, normalised
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.customers import field_types
from omnitui.desk.customers.dates import parse_date
from omnitui.desk.customers.record import Raw
from omnitui.desk.persons.evidence import phones
from omnitui.desk.persons.identity import display_name
from omnitui.desk.tag_names import tag_name
from omnitui.desk.when import zone_of

Address = tuple[str, str]
"""Channel and address, as identities have them."""

_EMAIL = re.compile(
    r"[^\s@<>,;:\"()\[\]\\\x00-\x1f]{1,64}@[^\s@<>,;:\"()\[\]\\\x00-\x1f]{1,190}\.[^\s@<>,;:\"()\[\]\\.]+"
)
_NO_DATE = re.compile(r"0+[-./]0+[-./]0+")
_NOTE = 20_000
"""Characters of a note that are kept."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of somebody, or what of it is news."""

    name: str = ""
    company: str = ""
    language: str = ""
    timezone: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Which facts there are, as the log calls them."""
        own = ("name", "company", "language", "timezone", "tags", "notes")
        return [*(one for one in own if getattr(self, one)), *self.fields]


class Reading:
    """How a desk understands records."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._own = OwnAddresses(desk)
        self._region = phones.region(desk)
        zone = zone_of(desk.config.desk.timezone)
        self._today = datetime.fromtimestamp(desk.now() / 1000, zone).date()

    def understood(self, raw: Raw, wrong: list[str]) -> Facts:
        """What a record says; what of it is not understood goes, as sentences, to `wrong`."""
        parts = (raw.first(f"{part}-name") for part in ("first", "middle", "last"))
        name = display_name(raw.first("name")) or " ".join(filter(None, parts))
        return Facts(
            " ".join(name.split())[:200],
            " ".join(raw.first("company").split())[:200],
            self._language(raw, wrong),
            self._timezone(raw, wrong),
            dict(self._fields(raw, wrong)),
            tuple(dict.fromkeys(self._addresses(raw, wrong))),
            tuple(dict.fromkeys(_tags(raw))),
            tuple(text[:_NOTE] for text in raw.all("note")),
        )

    def _addresses(self, raw: Raw, wrong: list[str]) -> Iterator[Address]:
        for written in raw.all("email"):
            address = normalised("email", written.removeprefix("mailto:"))
            if not _EMAIL.fullmatch(address) or not address.isprintable():
                wrong.append(_("“{address}” is no mail address.").format(address=written[:60]))
            elif ("email", address) in self._own:
                wrong.append(_("{address} is our own address.").format(address=address))
            else:
                yield "email", address
        for written in raw.all("telegram"):
            if written.isascii() and written.isdecimal() and len(written) <= 20:
                yield "telegram", written
            elif not written.startswith("@"):
                wrong.append(
                    _("“{value}” is no number of a Telegram user.").format(value=written[:60])
                )
        for written in raw.all("phone"):
            number = phones.international(
                written.removeprefix("tel:").partition(";")[0], self._region
            )
            if number:
                yield "phone", number
            elif any(map(str.isdecimal, written)):
                wrong.append(
                    _("“{value}” is no telephone number that there is.").format(value=written[:60])
                )

    def _language(self, raw: Raw, wrong: list[str]) -> str:
        written = raw.first("language").replace("_", "-").casefold()
        if not written:
            return ""
        try:
            return str(values.language(written)).partition("-")[0]
        except BadValue as bad:
            near = re.search("“(..)”", bad.hint)
            if near and len(written) > 3:  # a language's name
                return near[1]
            wrong.append(_("“{value}” is no language.").format(value=written[:60]))
            return ""

    def _timezone(self, raw: Raw, wrong: list[str]) -> str:
        written = raw.first("timezone")
        if not written or zone_of(written) is not None:
            return written
        wrong.append(_("“{zone}” is no time zone like Europe/Kyiv.").format(zone=written[:60]))
        return ""

    def _fields(self, raw: Raw, wrong: list[str]) -> Iterator[tuple[str, Any]]:
        known = self._desk.config.customers.fields
        for username in raw.all("telegram"):
            if username.startswith("@"):
                yield "telegram", username
        for name, written in raw.fields():
            try:
                wanted = field_types.field_of(self._desk, name)
                if wanted.key in known:
                    yield wanted.key, field_types.read(self._desk, wanted, written)
                elif wanted.key == "birthday" and _NO_DATE.fullmatch(written):
                    continue
                elif wanted.key == "birthday":
                    day = parse_date(written, self._today, self._region)
                    yield wanted.key, day.isoformat() if day else written[:60]
                else:
                    yield wanted.key, field_types.read(self._desk, wanted, written)
            except CommandError as error:
                wrong.append(f"{name[:60]}: {error}")


def _tags(raw: Raw) -> Iterator[str]:
    for written in raw.all("tags"):
        try:
            yield tag_name(written)
        except CommandError:
            continue  # nothing but signs
