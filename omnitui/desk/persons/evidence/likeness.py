"""Who may be the same person by what they say: asked whenever somebody says something new, or has
a new address, so that it does not matter who comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.context import Desk
from omnitui.desk.domains import company_domains
from omnitui.desk.persons import suggest
from omnitui.desk.persons.evidence import names
from omnitui.desk.persons.evidence.ours import Ours
from omnitui.desk.persons.evidence.stated import Stated
from store import claims, customers, identities
from store.model import Claim, ConversationId, CustomerId, MessageId

SHARED = 5
"""By what more customers than that say, nobody is told apart: a switchboard's number, the
address of a shop, an order number from an advertisement."""
_ADDRESSES: dict[str, Literal["email", "phone"]] = {"email": "email", "phone": "phone"}
"""Channels whose addresses people type."""
_PAIRED = {"email": "same-email-claim", "phone": "same-phone"}


def keep(
    desk: Desk,
    customer_id: CustomerId,
    stated: Iterable[Stated],
    source: Literal["form", "message", "import"],
    *,
    message: MessageId | None = None,
    conversation: ConversationId | None = None,
    ours: Ours | None = None,
) -> None:
    """Write down what a customer says, and see who else that may be."""
    wanted = list(stated)
    if not wanted:
        return
    ours = ours or Ours(desk, OwnAddresses(desk))
    theirs = {(one.channel, one.address) for one in identities.of(desk.db, customer_id)}
    fresh = claims.keep(
        desk.db,
        [
            Claim(customer_id, one.kind, one.value, one.shown, source, message, desk.now())
            for one in wanted
            if (one.kind, one.value) not in theirs and one not in ours
        ],
    )
    for claim in fresh:
        _LOOK[claim.kind](desk, claim, conversation)


def has_address(desk: Desk, customer_id: CustomerId, channel: str, address: str) -> None:
    """A customer has an address that they had not: who said before that it is theirs?"""
    kind = _ADDRESSES.get(channel)
    if kind is None:
        return
    known = identities.normalise(channel, address)
    for claim in _said(desk, kind, known, customer_id):
        _owner(desk, claim, customer_id, known, None)


def is_named(desk: Desk, customer_id: CustomerId) -> None:
    """A customer has another name: it may be that of whoever gave the same order number."""
    for claim in claims.of(desk.db, customer_id, "order"):
        _same_order(desk, claim, None)


def _address(desk: Desk, claim: Claim, conversation: ConversationId | None) -> None:
    known = identities.find(desk.db, claim.kind, claim.value)
    if known is not None:
        if known.customer_id != claim.customer_id:
            _owner(desk, claim, known.customer_id, known.address, conversation)
        return
    for other in _said(desk, claim.kind, claim.value, claim.customer_id)[: suggest.MOST_CLAIMS]:
        if _are_colleagues(desk, claim.customer_id, other.customer_id):
            continue
        _suggest(
            desk,
            claim,
            other,
            _PAIRED[claim.kind],
            conversation,
            channel=claim.kind,
            address=claim.value,
            **({"phone": claim.shown} if claim.kind == "phone" else {}),
        )


def _owner(
    desk: Desk,
    claim: Claim,
    owner: CustomerId,
    address: str,
    conversation: ConversationId | None,
) -> None:
    """Somebody says that the address of another one is theirs."""
    if claim.source == "message" and _are_colleagues(desk, claim.customer_id, owner):
        return
    suggest.hearsay(
        desk,
        claim.customer_id,
        owner,
        "claims-address",
        conversation=conversation,
        message=claim.message_id,
        channel=claim.kind,
        address=address,
        evidence=claim.source,
        seen=claim.source,
    )


def _name(desk: Desk, claim: Claim, _conversation: ConversationId | None) -> None:
    is_named(desk, claim.customer_id)


def _same_order(desk: Desk, claim: Claim, conversation: ConversationId | None) -> None:
    others = _said(desk, "order", claim.value, claim.customer_id)
    if not others:
        return
    ours = _names(desk, claim.customer_id)
    for other in others:
        alike = names.pair(ours, _names(desk, other.customer_id))
        if alike is not None:
            _suggest(
                desk,
                claim,
                other,
                "same-name-and-order",
                conversation,
                order=claim.shown,
                name=alike[0],
                other_name=alike[1],
            )


def _suggest(
    desk: Desk,
    claim: Claim,
    other: Claim,
    reason: str,
    conversation: ConversationId | None,
    **evidence: Any,
) -> None:
    suggest.hearsay(
        desk,
        claim.customer_id,
        other.customer_id,
        reason,
        conversation=conversation,
        message=claim.message_id,
        seen=claim.source,
        other_seen=other.source,
        other_message=other.message_id,
        **evidence,
    )


def _are_colleagues(desk: Desk, one: CustomerId, other: CustomerId) -> bool:
    """Two of one house, under whose mails the same telephone and address of the house stand, and
    whose names are two."""
    houses = [set(company_domains(identities.of(desk.db, customer))) for customer in (one, other)]
    if not houses[0] & houses[1]:
        return False
    return names.pair(_names(desk, one), _names(desk, other)) is None


def _said(desk: Desk, kind: claims.Kind, value: str, but: CustomerId) -> list[Claim]:
    """Who else says so; nobody where too many do."""
    others = claims.said(desk.db, kind, value, SHARED + 2, but=but)
    return others if len(others) <= SHARED else []


def _names(desk: Desk, customer_id: CustomerId) -> list[str]:
    """What somebody is called, and calls themselves."""
    known = [customers.get(desk.db, customer_id).name]
    known += [one.name for one in identities.of(desk.db, customer_id)]
    known += [one.shown for one in claims.of(desk.db, customer_id, "name")]
    return list(dict.fromkeys(name for name in known if name))[:8]


_LOOK: dict[claims.Kind, Callable[[Desk, Claim, ConversationId | None], None]] = {
    "email": _address,
    "phone": _address,
    "order": _same_order,
    "name": _name,
}
