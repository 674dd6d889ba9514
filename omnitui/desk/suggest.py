"""What may be so: kept for the customer's card, told in the log, decided by an agent alone."""

from __future__ import annotations

from typing import Any

from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import suggestions
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
