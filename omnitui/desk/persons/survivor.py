"""Which of two customers who are one person the other becomes part of."""

from __future__ import annotations

from config.access import NO_AGENTS
from omnitui.desk.context import Desk
from store import customers, events, identities
from store.model import CustomerId

_ENOUGH = 50
"""Changes of a card that are looked at for one that an agent has made."""


def apart(desk: Desk, one: CustomerId, other: CustomerId) -> tuple[CustomerId, CustomerId]:
    """Of two customers who goes, and who stays: the one whose card agents have worked on, else
    the one who has been here longer. Colleagues know that number, and what stands on that card
    is not to give way to what a newcomer says of themselves.

    Raises `NotFound`.
    """
    first, second = sorted(
        (one, other), key=lambda id_: (not _has_agents_work(desk, id_), _since(desk, id_), id_)
    )
    return second, first


def _has_agents_work(desk: Desk, customer_id: CustomerId) -> bool:
    db = desk.db
    card = customers.get(db, customer_id)
    # What somebody is called in a channel is a field that nobody has typed.
    nicknames = {known.channel for known in identities.of(db, customer_id)}
    if card.tags or card.company or card.language_set or card.channel:
        return True
    if any(key not in nicknames for key in card.fields) or customers.notes(db, customer_id):
        return True
    changes = events.latest(db, customer_id, "customer.changed", _ENOUGH)
    return any(change.actor not in NO_AGENTS for change in changes)


def _since(desk: Desk, customer_id: CustomerId) -> int:
    card = customers.get(desk.db, customer_id)
    known = (card.first_contact_at, card.created_at)
    return min(at for at in known if at is not None)
