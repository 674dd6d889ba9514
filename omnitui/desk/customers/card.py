"""A customer's card: what is known of them, put together by bounded work whatever their size.

The screen draws it, `omnitui customer --json` tells it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from omnitui.desk.context import Desk
from omnitui.desk.customers import people, preference
from omnitui.desk.customers.people import Person
from omnitui.desk.customers.preference import Preferred
from omnitui.desk.persons import suggest
from store import (
    accounts,
    barred,
    claims,
    conversations,
    customers,
    identities,
    merging,
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

__all__ = ["CardFacts", "FieldValue", "MaybeSame", "Person", "Preferred", "Standing", "card"]

OPEN_MATTERS = 8
"""Conversations, suggestions and merges that a card lists at most."""

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
    known = identities.of(db, customer_id)
    belonging, more_people = people.of(db, customer, known, PEOPLE)
    matters, more = conversations.unfinished(db, customer_id, OPEN_MATTERS)
    chats = {one.id: one for one in accounts.all(db) if one.capabilities.get("presence")}
    been = [one for one in visits.of_customer(db, customer_id) if one.account_id in chats]
    return CardFacts(
        customer,
        tuple(known),
        tuple(customers.notes(db, customer_id)),
        tuple(matters),
        tuple(_maybe(desk, customer_id)),
        been[0] if been else None,
        not been or chats[been[0].account_id].state == "online",
        tuple(barred.of_customer(db, customer_id)),
        fields=tuple(_fields(desk, customer)),
        language_by=_language_by(customer),
        preferred=preference.preferred(db, customer, known),
        claims=tuple(_unproven(desk, customer, known)),
        people=tuple(belonging),
        more_people=more_people,
        merges=tuple(merging.into(db, customer_id, OPEN_MATTERS)),
        matters_more=more,
    )


def _fields(desk: Desk, customer: Customer) -> Iterator[FieldValue]:
    """The configured ones first, those without a value only where one is asked for."""
    schema = desk.config.customers.fields
    if not schema and not customer.fields:
        return
    # What reads dates and telephone numbers: a screen that starts does not wait for it.
    from omnitui.desk.customers import field_types

    for key, one in schema.items():
        value = customer.fields.get(key)
        if value is not None:
            shown, problem = field_types.shown(one, value), field_types.problem(desk, one, value)
            yield FieldValue(key, one.label, one.type, value, shown, problem, one.required)
        elif one.required:
            yield FieldValue(key, one.label, one.type, None, "", "", one.required)
    for key, value in customer.fields.items():
        if key not in schema:
            yield FieldValue(str(key), str(key), "", value, field_types.spoken(value))


def _unproven(desk: Desk, customer: Customer, known: Sequence[Identity]) -> Iterator[Claim]:
    """What they say of themselves and the card does not say anyway."""
    addresses = {one.address for one in known}
    for one in claims.of(desk.db, customer.id):
        named = one.kind == "name" and one.shown.casefold() == customer.name.casefold()
        if one.value not in addresses and not named:
            yield one


def _language_by(customer: Customer) -> Literal["agent", "messages", ""]:
    if not customer.language:
        return ""
    return "agent" if customer.language_set else "messages"


def _maybe(desk: Desk, customer_id: CustomerId) -> Iterator[MaybeSame]:
    for one in suggest.waiting(desk, customer_id)[:OPEN_MATTERS]:
        other = one.other_id if one.customer_id == customer_id else one.customer_id
        with contextlib.suppress(NotFound):
            yield MaybeSame(one, customers.get(desk.db, other))
