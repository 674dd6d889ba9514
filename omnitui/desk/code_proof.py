"""What it does that a one-time code was right: whose the e-mail address is from now on."""

from __future__ import annotations

from typing import Any, Literal

from connectors.contract import Notice
from omnitui.desk import journal
from omnitui.desk.chats import handing_over
from omnitui.desk.chats.talk import Talk
from omnitui.desk.context import Desk
from omnitui.desk.persons import identity, merging, suggest
from omnitui.desk.persons.evidence import likeness
from store import customers, identities, message_keys, messages
from store.model import ConversationId, CustomerId, Identity, Millis
from store.one_time_codes import OneTimeCode

Result = Literal["linked", "proven", "known", "merged", "suggested", "handed-over"]
"""What a right code came to: docs/events.md, `chat.event`."""


def prove(talk: Talk, notice: Notice, known: Identity, row: OneTimeCode, at: Millis) -> None:
    """What a right code does (people are not merged on hearsay): an address that nobody has is
    theirs; one that is proven on another customer makes the two one; one that only sits on
    another is a suggestion. Who was proven to be somebody else before, in this browser, does not
    become who proves it now: the chat is theirs from now on (`handing_over`)."""
    desk, account, email = talk.desk, talk.account, row.email
    found = identities.find(desk.db, "email", email)
    more: dict[str, Any] = {}
    before = known.customer_id
    if _is_another_one(desk, known, found, row):
        customer_id = _newcomer(talk, notice) if found is None or not found.proof else None
        owner = customer_id or (found.customer_id if found else before)
        handing_over.give(talk, known, notice.chat, owner, ("email", email))
        known = identities.get(desk.db, known.id)
        more["before"] = before
    customer_id = known.customer_id
    room = message_keys.last_in_chat(desk.db, customer_id, account.id, notice.chat)
    result, merge = _settle(talk, known, found, email, room, at)
    if merge is not None:
        more["merge"] = merge
        customer_id = customers.current(desk.db, customer_id)
    talk.people.forget()
    if more.get("before"):
        result = "suggested" if result == "suggested" else "handed-over"
    if result in ("linked", "proven"):
        journal.record(
            desk,
            "identity.linked" if result == "linked" else "identity.proven",
            actor=journal.CUSTOMER,
            customer=customer_id,
            conversation=room,
            happened=at,
            channel="email",
            address=email,
            proof="code",
        )
    journal.in_chat(
        desk,
        "verified",
        account=account.name,
        customer=customer_id,
        conversation=room,
        at=at,
        email=email,
        result=result,
        **more,
    )


def _settle(
    talk: Talk,
    known: Identity,
    found: Identity | None,
    email: str,
    room: ConversationId | None,
    at: Millis,
) -> tuple[Result, int | None]:
    """Whose the address is now, and the number of the merge where two became one. `found`: who has
    it; `known`: who has proven it."""
    desk = talk.desk
    customer_id = known.customer_id
    if found is None:
        identities.add(desk.db, customer_id, "email", email, proof="code", at=at)
        likeness.has_address(desk, customer_id, "email", email)
        return "linked", None
    if found.customer_id == customer_id:
        if found.proof:
            return "known", None
        identities.prove(desk.db, found.id, "code")
        return "proven", None
    if found.proof:
        evidence = {
            "channel": "email",
            "address": found.address,
            "typed_by": {"channel": talk.account.channel, "address": known.address},
        }
        merge = merging.merge(
            desk, customer_id, found.customer_id, "code", evidence, conversation=room
        )
        talk.given(customer_id, found.customer_id)
        return "merged", merge
    suggest.same_person(
        desk,
        customer_id,
        found.customer_id,
        "claims-address",
        conversation=room,
        channel="email",
        address=found.address,
        evidence="code",
    )
    return "suggested", None


def _is_another_one(desk: Desk, known: Identity, found: Identity | None, row: OneTimeCode) -> bool:
    """Whether who proves the address cannot be taken for whom the chat was until now. An agent
    who asked for it takes them so; and who was known by no address gives their first."""
    if row.message_id and messages.get(desk.db, row.message_id).details.get("asked_by"):
        return False
    if found is None and not any(
        one.channel == "email" and one.proof for one in identities.of(desk.db, known.customer_id)
    ):
        return False
    owner = found.customer_id if found is not None else None
    return handing_over.is_somebody_else(desk, known, owner, [("email", row.email)])


def _newcomer(talk: Talk, notice: Notice) -> CustomerId:
    """A customer for somebody whom nobody knows by an address."""
    desk = talk.desk
    name = identity.display_name(notice.who.name) if notice.who else ""
    made = customers.create(desk.db, name=name, at=desk.now())
    journal.record(desk, "customer.created", actor=journal.CUSTOMER, customer=made, name=name)
    return made
