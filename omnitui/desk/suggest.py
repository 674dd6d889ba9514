"""What may be so: kept for the customer's card, told in the log, decided by an agent alone."""

from __future__ import annotations

from typing import Any

from connectors.contract import Address
from omnitui.desk import journal
from omnitui.desk.context import Desk
from omnitui.desk.threading import Answered
from store import messages, suggestions
from store.model import ConversationId, CustomerId, MessageId


def same_person(
    desk: Desk,
    customer: CustomerId,
    same_as: CustomerId,
    reason: str,
    *,
    conversation: ConversationId | None = None,
    message: MessageId | None = None,
    **evidence: Any,
) -> None:
    """Suggest that two customers are one person, unless that was suggested before for the same
    reason. `evidence` must be JSON-able."""
    added = suggestions.same_person(
        desk.db, customer, same_as, reason, evidence=evidence, message_id=message, at=desk.now()
    )
    if added is None:
        return
    journal.record(
        desk,
        "customer.suggested",
        actor=journal.CUSTOMER,
        customer=customer,
        conversation=conversation,
        message=message,
        suggestion=added.id,
        same_as=same_as,
        reason=reason,
        **evidence,
    )


def stranger(
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
    same_person(
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
