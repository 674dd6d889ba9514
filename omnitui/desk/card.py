"""A customer's card: what is known of them, put together by bounded work whatever their size.

The screen draws it, `omnitui customer --json` tells it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from omnitui.desk.context import Desk
from store import (
    accounts,
    barred,
    conversations,
    customers,
    identities,
    merging,
    suggestions,
    visits,
)
from store.barred import Barred
from store.errors import NotFound
from store.merging import Standing
from store.model import (
    Claim,
    Conversation,
    Customer,
    CustomerId,
    CustomerNote,
    Identity,
    Suggestion,
)
from store.visits import Visit

OPEN_MATTERS = 8
"""Conversations, and suggestions, that a card lists at most."""

PEOPLE = 8
"""Customers who belong to one, that a card lists at most."""


@dataclass(frozen=True, slots=True)
class MaybeSame:
    suggestion: Suggestion
    other: Customer


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One custom field, set or to be set."""

    key: str
    label: str
    """What a person reads; the key where the settings know no such field."""
    type: str
    """`text`, `number`, `date`, …; empty: not in the settings."""
    value: Any
    """As stored; None: not set."""
    shown: str
    """The value in words."""
    problem: str = ""
    """Why the value does not fit the field's type; a sentence."""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Preferred:
    """The channel in which a customer is best reached."""

    channel: str
    by_hand: bool
    """An agent has set it; else it is what they use."""
    share: float
    """Its part in what they wrote lately, 0 to 1, where the latest counts most."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who belongs to the customer."""

    customer: Customer
    label: str
    """What they are to the customer, as an agent said; may be empty."""
    why: Literal["relation", "company", "domain"]


@dataclass(frozen=True, slots=True)
class CardFacts:
    customer: Customer
    identities: tuple[Identity, ...]
    notes: tuple[CustomerNote, ...]
    matters: tuple[Conversation, ...]
    """Conversations that are not closed, the latest first."""
    maybe: tuple[MaybeSame, ...] = ()
    """Who may be the same person; only an agent decides."""
    visit: Visit | None = None
    """Where they are on the site, or were last."""
    chat_works: bool = True
    """Its chat has a connection: whether they are there is known."""
    barred: tuple[Barred, ...] = ()
    """Where they are kept out."""
    fields: tuple[FieldValue, ...] = ()
    """Those of the settings first, in their order; then what else is set."""
    language_by: Literal["agent", "messages", ""] = ""
    """Who says what the language is; empty: it is not known."""
    preferred: Preferred | None = None
    claims: tuple[Claim, ...] = ()
    """What they say of themselves, as far as nothing proves it."""
    people: tuple[Person, ...] = ()
    """Who belongs to them, the last in contact first among those of one kind."""
    more_people: int = 0
    """Further ones, not listed; counted up to `people.COUNTED`."""
    merges: tuple[Standing, ...] = ()
    """Who became part of this customer, the last first."""
    matters_more: int = 0
    """Conversations that are not closed and not listed."""


def card(desk: Desk, customer_id: CustomerId) -> CardFacts:
    """What is known of a customer. Raises `NotFound`."""
    db = desk.db
    customer = customers.get(db, customer_id)
    matters, more = conversations.unfinished(db, customer_id, OPEN_MATTERS)
    chats = {one.id: one for one in accounts.all(db) if one.capabilities.get("presence")}
    been = [one for one in visits.of_customer(db, customer_id) if one.account_id in chats]
    kept_out = (barred.get(db, one.account_id, one.address) for one in been[:OPEN_MATTERS])
    return CardFacts(
        customer,
        tuple(identities.of(db, customer_id)),
        tuple(customers.notes(db, customer_id)),
        tuple(matters),
        tuple(_maybe(desk, customer_id)),
        been[0] if been else None,
        not been or chats[been[0].account_id].state == "online",
        tuple(one for one in kept_out if one is not None and one.lifted_at is None),
        fields=tuple(
            FieldValue(str(key), str(key), "", value, str(value))
            for key, value in customer.fields.items()
        ),
        language_by=_language_by(customer),
        merges=tuple(merging.into(db, customer_id, OPEN_MATTERS)),
        matters_more=more,
    )


def _language_by(customer: Customer) -> Literal["agent", "messages", ""]:
    if not customer.language:
        return ""
    return "agent" if customer.language_set else "messages"


def _maybe(desk: Desk, customer_id: CustomerId) -> Iterator[MaybeSame]:
    for one in suggestions.of_customer(desk.db, customer_id)[:OPEN_MATTERS]:
        other = one.other_id if one.customer_id == customer_id else one.customer_id
        with contextlib.suppress(NotFound):
            yield MaybeSame(one, customers.get(desk.db, other))
