"""Who a record of a file is: somebody who is known, somebody new, or not to be told.

A file is hearsay. It fills cards and finds people by their addresses; it never makes two
customers one, and it does not give one person's card another's address because a family shares
a telephone.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from config.i18n import _
from omnitui.desk.customers.understood import Address, Facts
from omnitui.desk.persons.evidence import names

IMAGINED = 1 << 40
"""Numbers from here on are nobody's: those of customers whom a rehearsal would make."""


@dataclass(slots=True)
class Card:
    """What is known of a customer, as far as a file could add to it."""

    id: int
    name: str = ""
    company: str = ""
    language: str = ""
    timezone: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    addresses: Set[Address] = frozenset()
    tags: Set[str] = frozenset()
    notes: Set[str] = frozenset()

    def __str__(self) -> str:
        who = self.name or next(iter(sorted(one for _channel, one in self.addresses)), "")
        number = f"#{self.id}" if self.id < IMAGINED else ""
        return f"{who} ({number})" if who and number else who or number


class Known(Protocol):
    """The customers that there are."""

    def owner(self, address: Address) -> int | None: ...

    def card(self, customer: int) -> Card: ...


@dataclass(frozen=True, slots=True)
class Likely:
    """Two customers whom a record calls one: an agent decides."""

    customer: int | None
    """None: the one that is new."""
    other: int
    address: Address
    """The other one's."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be done with a record."""

    customer: int | None = None
    """Whose card it adds to; None: a new one's, or nobody's."""
    news: Facts | None = None
    """What it adds; None: nothing is done."""
    likely: tuple[Likely, ...] = ()
    wrong: tuple[str, ...] = ()


def find(facts: Facts, known: Known, *, overwrite: bool) -> Finding:
    """What comes of a record. `overwrite` lets the file's word go before the card's."""
    owners = {
        address: owner for address in facts.addresses if (owner := known.owner(address)) is not None
    }
    if not facts.addresses:
        return Finding(
            wrong=(
                _("{name} has no mail address or telephone number to be known by.").format(
                    name=facts.name or _("this one")
                ),
            )
        )
    by_name = _distinct(owners, phones=False)
    by_phone = {
        id_: one for id_, one in _distinct(owners, phones=True).items() if id_ not in by_name
    }
    if not owners:
        return Finding(None, facts)
    if len(by_name) > 1 or (not by_name and len(by_phone) > 1):
        return _between(by_name or by_phone, known)
    if not by_name:
        ((owner, phone),) = by_phone.items()
        card = known.card(owner)
        if _is(facts, card) or overwrite:
            return _added(facts, card, overwrite)
        emails = [one for one in facts.addresses if one[0] != "phone"]
        said = _("{phone} is on the card of {owner} already.").format(phone=phone[1], owner=card)
        if not emails:
            return Finding(wrong=(f"{said} " + _("Nothing is taken."),))
        return Finding(None, _without(facts, {phone}), (Likely(None, owner, phone),), (said,))
    ((owner, address),) = by_name.items()
    card = known.card(owner)
    rest = _without(facts, set(by_phone.values()))
    news = set(rest.addresses) - card.addresses
    if news and not overwrite and facts.name and card.name and not _alike(facts.name, card.name):
        return Finding(
            wrong=(
                _("{address} is on the card of {owner}, and here it is {name}'s: nothing is taken;"
                  " --overwrite takes it.").format(
                    address=address[1], owner=card, name=facts.name
                ),
            )
        )  # fmt: skip
    found = _added(rest, card, overwrite)
    return replace(
        found,
        likely=tuple(Likely(owner, other, phone) for other, phone in by_phone.items()),
        wrong=tuple(
            _("{phone} is on the card of {owner} already.").format(
                phone=phone[1], owner=known.card(other)
            )
            for other, phone in by_phone.items()
        ),
    )


def _between(owners: Mapping[int, Address], known: Known) -> Finding:
    (first, address), *others = owners.items()
    return Finding(
        likely=tuple(Likely(first, other, theirs) for other, theirs in others),
        wrong=tuple(
            _("{address} is on the card of {one} and {theirs} on that of {other}: they may be one"
              " person, which an agent decides. Nothing is taken.").format(
                address=address[1], one=known.card(first), theirs=theirs[1],
                other=known.card(other),
            )
            for other, theirs in others
        ),
    )  # fmt: skip


def _added(facts: Facts, card: Card, overwrite: bool) -> Finding:
    """What a record says that the card does not."""

    def news(said: str, there: str) -> str:
        return said if said != there and (overwrite or not there) else ""

    found = Facts(
        news(facts.name, card.name),
        news(facts.company, card.company),
        news(facts.language, card.language),
        news(facts.timezone, card.timezone),
        {
            key: value
            for key, value in facts.fields.items()
            if card.fields.get(key) != value and (overwrite or key not in card.fields)
        },
        tuple(one for one in facts.addresses if one not in card.addresses),
        tuple(one for one in facts.tags if one not in card.tags),
        tuple(one for one in facts.notes if one not in card.notes),
    )
    return Finding(card.id, found if found != Facts() else None)


def _is(facts: Facts, card: Card) -> bool:
    """Whether who shares a telephone with somebody is that one."""
    if facts.name and card.name:
        return _alike(facts.name, card.name)
    here = {one for one in facts.addresses if one[0] == "email"}
    there = {one for one in card.addresses if one[0] == "email"}
    return not here or not there


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold() or names.similar(one, other)


def _distinct(owners: Mapping[Address, int], *, phones: bool) -> dict[int, Address]:
    """Each owner with the first of their addresses."""
    found: dict[int, Address] = {}
    for address, owner in owners.items():
        if (address[0] == "phone") == phones:
            found.setdefault(owner, address)
    return found


def _without(facts: Facts, taken: Set[Address]) -> Facts:
    return replace(facts, addresses=tuple(one for one in facts.addresses if one not in taken))
