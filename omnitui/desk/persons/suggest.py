"""What may be so: kept for the customer's card, told in the log, decided by an agent alone.

Of two customers one suggestion is open at a time, for the best reason there is. What an agent
has dismissed comes back only for a better one, and two who were parted only by a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import suggestions
from store.model import ConversationId, CustomerId, MessageId, Suggestion

HEARSAY = ("claims-address", "same-email-claim", "same-phone", "same-name-and-order")
"""Reasons that anybody can make up by typing."""
MOST_CLAIMS = 3
"""Customers that one may say, or seem, to be: who names more is trying."""
MOST_CLAIMED = 10
"""Customers who may wait on one's card for an agent's decision: a flood of impostors must not
bury what else stands there."""
MOST_OPEN = 20
"""The same for all reasons but a proof: a link that went round, a mail that a list answers."""
_STRENGTH = {
    "same-name-and-order": 1,
    "same-email-claim": 2,
    "same-phone": 2,
    "claims-address": 3,
    "same-browser": 4,
    "answered-our-mail": 4,
    "opened-link": 5,
}
_PARTED = 5
"""An agent's word that two are not one outweighs all but a proof."""
_PROOF = 6
_PROOFS = frozenset({"code", "jwt", "contact", "link", "dmarc"})


def strength(reason: str, evidence: Mapping[str, Any]) -> int:
    """How much a reason says, to be compared; 0 for one that nobody has weighed."""
    if reason == "claims-address" and evidence.get("evidence") in _PROOFS:
        return _PROOF
    return _STRENGTH.get(reason, 0)


def waiting(desk: Desk, customer: CustomerId) -> list[Suggestion]:
    """What is suggested about a customer and undecided: the best reason first, then what stands
    there longest, so that nobody can put theirs before it by being the last."""
    return sorted(
        suggestions.of_customer(desk.db, customer),
        key=lambda one: (-strength(one.reason, one.evidence), one.id),
    )


def hearsay(
    desk: Desk,
    customer: CustomerId,
    same_as: CustomerId,
    reason: str,
    *,
    conversation: ConversationId | None = None,
    message: MessageId | None = None,
    **evidence: Any,
) -> None:
    """`same_person`, for a reason that anybody can make up: not without end."""
    if (
        suggestions.made_by(desk.db, customer, HEARSAY) >= MOST_CLAIMS
        or suggestions.open_about(desk.db, same_as, HEARSAY) >= MOST_CLAIMED
    ):
        return
    same_person(
        desk, customer, same_as, reason, conversation=conversation, message=message, **evidence
    )


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
    """Suggest that two customers are one person, unless an agent or a better reason has
    answered that. `evidence` must be JSON-able."""
    if customer == same_as:
        return
    now, at = strength(reason, evidence), desk.now()
    earlier = suggestions.between(desk.db, customer, same_as)
    if any(strength(one.reason, one.evidence) >= now for one in earlier if one.state != "accepted"):
        return
    if now <= _PARTED and suggestions.parted(desk.db, customer, same_as):
        return
    if (
        now < _PROOF
        and not earlier
        and suggestions.open_about(desk.db, same_as, tuple(_STRENGTH)) >= MOST_OPEN
    ):
        return
    weaker = [one for one in earlier if one.reason == reason] or [
        one for one in earlier if one.state == "open"
    ]
    if weaker:
        added = suggestions.strengthen(
            desk.db, weaker[0].id, reason, evidence=evidence, message_id=message, at=at
        )
    else:
        new = suggestions.same_person(
            desk.db, customer, same_as, reason, evidence=evidence, message_id=message, at=at
        )
        if new is None:
            return
        added = new
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
