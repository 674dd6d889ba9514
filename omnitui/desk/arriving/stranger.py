"""Who answers what we wrote to somebody else."""

from __future__ import annotations

from connectors.contract import Address
from omnitui.desk.arriving.threading import Answered
from omnitui.desk.context import Desk
from omnitui.desk.persons import suggest
from store import messages
from store.model import CustomerId, MessageId


def suggest_same(
    desk: Desk, who: Address, customer: CustomerId, message_id: MessageId, answered: Answered
) -> None:
    """Who answers what we wrote to somebody else may be the same person at another address;
    or a colleague, or whoever it was forwarded to: an agent will know."""
    if customer == answered.customer_id or not who.address.strip():
        return
    message = messages.get(desk.db, message_id)
    ours = messages.get(desk.db, answered.message.id) if answered.message else None
    if ours is not None and ours.details.get("code"):
        return  # who got a code that somebody else asked for is not that one
    suggest.same_person(
        desk,
        customer,
        answered.customer_id,
        "answered-our-mail",
        conversation=message.conversation_id,
        message=message_id,
        channel=message.channel,
        address=who.address,
        written_to=[one.address for one in ours.recipients][:5] if ours else [],
        answered=answered.conversation_id,
    )
