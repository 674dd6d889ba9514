"""Whom one can write to first, as it is listed while an agent types."""

from __future__ import annotations

from dataclasses import dataclass

from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.customers import addresses
from omnitui.desk.replying import composing, ways
from omnitui.desk.replying.ways import Way
from store import begun, customers, erasing, identities
from store.model import Account, Conversation, ConversationId, Customer, CustomerId

CUSTOMERS = 12
"""Customers listed for what is typed: who wants others types more."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A customer, and the ways to write to them; none: an address that nobody has yet."""

    customer: Customer | None
    ways: tuple[Way, ...] = ()
    typed: str = ""
    accounts: tuple[Account, ...] = ()
    """Those that write to what is typed."""


def addressees(desk: Desk, query: str, here: CustomerId | None) -> list[Addressee]:
    """The customer in view while nothing is typed; else who is found, and what is typed itself."""
    if not query.strip():
        if here is None or erasing.is_erased(desk.db, here) is not None:
            return []
        return [_of(desk, customers.get(desk.db, customers.current(desk.db, here)))]
    found = [_of(desk, one, query) for one in customers.find(desk.db, query, limit=CUSTOMERS)]
    new = _new(desk, query.strip())
    return [*found, new] if new is not None else found


def matters(desk: Desk, who: str) -> list[Conversation]:
    """What is unfinished with somebody, as `compose` names them. Raises `CommandError`."""
    found, _identity = composing.find(desk, who)
    return composing.matters(desk, found) if found is not None else []


def name(desk: Desk, customer_id: CustomerId) -> str:
    """What a customer is called, or their number."""
    return customers.get(desk.db, customer_id).name or f"#{customer_id}"


def discard(desk: Desk, conversation_id: ConversationId) -> bool:
    """Take away what was begun and holds nothing; False, and nothing done, for others."""
    if not begun.is_begun(desk.db, conversation_id) or begun.drafted(desk.db, conversation_id):
        return False
    composing.discard(desk, conversation_id)
    return True


def _of(desk: Desk, customer: Customer, query: str = "") -> Addressee:
    """With the addresses first that the words of `query` stand in."""
    words = query.casefold().split()

    def meant(way: Way) -> bool:
        return any(word in way.identity.address.casefold() for word in words)

    found = sorted(ways.ways(desk, customer.id), key=lambda way: not meant(way))
    return Addressee(customer, tuple(found))


def _new(desk: Desk, typed: str) -> Addressee | None:
    kind = addresses.channel_of(typed)
    if not kind or identities.find(desk.db, kind, typed) is not None:
        return None
    able = [
        account
        for account in ways.configured(desk)
        if ways.takes(account, kind) and capabilities(account).write_first
    ]
    return Addressee(None, typed=typed, accounts=tuple(able)) if able else None
