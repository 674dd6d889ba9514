"""The customer that a notice is from, made when nobody is known by the address."""

from __future__ import annotations

from connectors.contract import Inbound, Notice
from omnitui.desk.chats import handing_over
from omnitui.desk.chats.talk import Talk
from omnitui.desk.persons import identity
from store.model import CustomerId


def customer_of(talk: Talk, notice: Notice) -> CustomerId:
    """Whose notice it is, as if they had written: what it proves is noted, and may make two
    customers one, or give them the chat of another one. `notice.who` must have an address."""
    assert notice.who is not None
    talk.people.forget(notice.who)
    inbound = as_message(notice)
    if signed := handing_over.to_who_signed(talk, inbound, notice.who):
        return signed.customer_id
    found = talk.people.find(notice.who)
    customer_id = identity.customer_for(talk.desk, talk.account, inbound, notice.who, found)
    talk.people.forget()
    if found is not None and found.customer_id != customer_id:
        talk.given(found.customer_id, customer_id)
    return customer_id


def as_message(notice: Notice) -> Inbound:
    """As far as it says who somebody is, a notice is like a message of theirs."""
    assert notice.who is not None
    return Inbound(
        external_id=notice.external_id,
        message_key="",
        content_hash="",
        sender=notice.who,
        text="",
        arrived_at=notice.at,
        direction=notice.direction,
        chat=notice.chat,
        proofs=notice.proofs,
        aliases=tuple((str(channel), str(address)) for channel, address in notice.aliases),
        details=notice.details,
    )
