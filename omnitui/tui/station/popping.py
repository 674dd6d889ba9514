"""`omnitui pop`: whoever calls is put on the screen, unless the agent is typing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.tui.text.safe_text import one_line
from store import claims, customers, identities
from store.driver import Connection
from store.errors import NotFound
from store.model import CustomerId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

MOST = 20
"""Customers that one address may be of: more are nobody."""
RINGS = 30.0
"""Seconds for which it is shown who calls."""
_URI = re.compile(r"(?:tel|sips?|callto|mailto):", re.IGNORECASE)
_SIP_NUMBER = re.compile(r"(\+?[0-9][0-9\s().-]{4,})@.*")


@dataclass(frozen=True, slots=True)
class Found:
    """Who has an address."""

    address: str
    """As it is kept, or as it was given."""
    ids: tuple[CustomerId, ...]
    name: str = ""
    """Of the only one, or of who said so last."""
    proven: bool = True
    """It is on the card; else they only said that it is theirs."""


def look_up(desk: Desk, text: str) -> Found:
    """Who has a telephone number, a mail address, a `#number` or anything else that names one
    customer. `tel:`, `sip:` and `mailto:` are understood."""
    given = _URI.sub("", text.strip()).partition(";")[0].partition("?")[0].strip()
    number = _SIP_NUMBER.fullmatch(given)
    if number is not None and text.strip().lower().startswith("sip"):
        given = number[1]
    if not given:
        raise CommandError(_("Write who it is: a telephone number or an address."))
    if re.fullmatch(r"#[0-9]{1,12}", given):
        return _of(desk, given, _existing(desk, int(given[1:])))
    if "@" in given.strip("@"):
        return _at(desk, "email", "email", identities.normalise("email", given))
    from omnitui.desk.persons.evidence import phones

    if phone := phones.international(given, phones.region(desk)):
        return _at(desk, "phone", "phone", phone)
    listed = customers.find(desk.db, given, limit=MOST)
    return _of(desk, given, [one.id for one in listed])


def _at(desk: Desk, channel: str, kind: claims.Kind, address: str) -> Found:
    known = identities.find(desk.db, channel, address)
    if known is not None:
        return _of(desk, address, [customers.current(desk.db, known.customer_id)])
    said = claims.said(desk.db, kind, address, MOST)
    return _of(desk, address, [claim.customer_id for claim in said], proven=False)


def _existing(desk: Desk, number: int) -> list[CustomerId]:
    try:
        return [customers.get(desk.db, customers.current(desk.db, CustomerId(number))).id]
    except NotFound:
        return []


def _of(desk: Desk, address: str, ids: list[CustomerId], *, proven: bool = True) -> Found:
    distinct = tuple(dict.fromkeys(ids))
    name = ""
    if len(distinct) == 1 or (distinct and not proven):
        name = one_line(customers.get(desk.db, distinct[0]).name) or f"#{distinct[0]}"
    return Found(address, distinct, name, proven)


async def pop(screen: Stage, text: str, *, busy: bool) -> None:
    """Put whoever has this address on the screen, with their card; while the agent types
    (`busy`), say who it is and have a key go there. Raises `CommandError` for nobody."""

    def read(db: Connection) -> Found:
        return look_up(screen.link.desk(db), text)

    found = await screen.link.store.read(read)
    where = one_line(found.address)
    if not found.ids:
        sentence = _("Nobody is known under {address}.").format(address=where)
        if not busy:
            screen.say(sentence, "warning")
        raise CommandError(sentence)
    if busy:
        _remember(screen, found)
        return
    n = len(found.ids)
    if n > 1 and found.proven:
        screen.people.find(found.address)
        screen.say(
            ngettext("{n} customer has {address}.", "{n} customers have {address}.", n).format(
                n=n, address=where
            )
        )
        return
    await show(screen, found)
    if n > 1:
        screen.say(
            ngettext(
                "{n} customer says that {address} is theirs; this one did last.",
                "{n} customers say that {address} is theirs; this one did last.",
                n,
            ).format(n=n, address=where),
            "warning",
        )


async def show(screen: Stage, found: Found) -> None:
    """Go to the customer of an address, and to their card where there is room beside."""
    await screen.people.visit(found.ids[0])
    if screen.focused_pane != "card" and not screen.card_visible:
        screen.focus_pane("card")
    words = _("{name} · {address}") if found.proven else _("{name} says that {address} is theirs.")
    screen.say(words.format(name=found.name, address=one_line(found.address)))


def _remember(screen: Stage, found: Found) -> None:
    screen.people.called = found.address
    key = screen.keymap.key_for("popped", ["reply", "global"])
    who = found.name or one_line(found.address)
    words = (
        _("{name} calls ({address}): {key} goes there.")
        if key
        else _("{name} calls ({address}): “:popped” goes there.")
    )
    sentence = words.format(name=who, address=one_line(found.address), key=key)
    screen.say(sentence)
    screen.status.say(sentence, "warning", RINGS)
    screen.desk_app.terminal.bell()
