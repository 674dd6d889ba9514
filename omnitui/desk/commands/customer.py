"""The customer of the conversation: names, language, tags, notes, addresses."""

from __future__ import annotations

import shlex
from typing import Any

from config.i18n import _
from omnitui.desk import journal, one_time_codes
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.commands.tags import tag_name
from omnitui.desk.mail import forwarding
from omnitui.desk.session import Session
from store import customers, identities, messages
from store.model import CustomerId, MessageId


@REGISTRY.command("customer name")
def name(session: Session, text: Rest = Rest()) -> Done:  # noqa: B008
    """Correct the customer's name."""
    return _change(session, "name", " ".join(text.split())[:200])


@REGISTRY.command("customer company")
def company(session: Session, text: Rest = Rest()) -> Done:  # noqa: B008
    """Say where the customer works."""
    return _change(session, "company", " ".join(text.split())[:200])


@REGISTRY.command("customer language")
def language(session: Session, code: str = "") -> Done:
    """Say which language the customer writes: `uk`, `pl`, `en`, …"""
    code = code.lower().replace("_", "-")
    if code and not (2 <= len(code) <= 8 and code.replace("-", "").isalpha()):
        raise CommandError(_("“{code}” is no language code: en, uk, ru, pl, …").format(code=code))
    return _change(session, "language", code)


@REGISTRY.command("customer timezone")
def timezone(session: Session, zone: str = "") -> Done:
    """Say where the customer's clock is: `Europe/Kyiv`."""
    from omnitui.desk.when import zone_of

    if zone and zone_of(zone) is None:
        raise CommandError(_("“{zone}” is no time zone like Europe/Kyiv.").format(zone=zone))
    return _change(session, "timezone", zone)


@REGISTRY.command("customer field")
def field(session: Session, key: str, value: Rest = Rest()) -> Done:  # noqa: B008
    """Set a field of the customer's card; without a value, remove it."""
    desk, id_ = session.desk, session.customer_id
    fields = dict(customers.get(desk.db, id_).fields)
    before = fields.pop(key, None)
    if value:
        fields[key] = str(value)
    customers.update(desk.db, id_, fields=fields)
    _tell(session, id_, "customer.changed", field=key, before=before, value=str(value))
    line = f"customer field {shlex.quote(key)}"
    return Done(
        _("Card changed."), f"{line} {shlex.quote(str(before))}" if before is not None else line
    )


@REGISTRY.command("customer tag")
def tag(session: Session, tag: Rest) -> Done:
    """Put a tag on the customer."""
    word, id_ = tag_name(tag), session.customer_id
    if not customers.add_tag(session.desk.db, id_, word):
        return Done(_("The customer has this tag already."))
    _tell(session, id_, "customer.tagged", tag=word)
    return Done(_("Customer tagged {tag}.").format(tag=word), f"customer untag {word}")


@REGISTRY.command("customer untag")
def untag(session: Session, tag: Rest) -> Done:
    """Take a tag off the customer."""
    word, id_ = tag_name(tag), session.customer_id
    if not customers.remove_tag(session.desk.db, id_, word):
        raise CommandError(_("The customer has no tag “{tag}”.").format(tag=word))
    _tell(session, id_, "customer.untagged", tag=word)
    return Done(_("Tag {tag} removed.").format(tag=word), f"customer tag {word}")


@REGISTRY.command("customer note")
def note(session: Session, text: Rest) -> Done:
    """Keep a note on the customer's card."""
    id_ = session.customer_id
    if not text.strip():
        raise CommandError(_("The note is empty."))
    customers.add_note(session.desk.db, id_, session.desk.agent, text, session.desk.now())
    _tell(session, id_, "customer.noted")
    return Done(_("Note kept."))


@REGISTRY.command("customer verify")
def verify(session: Session, address: str) -> Done:
    """Vouch that an address on the card is the customer's own: it may then link channels. To an
    e-mail address that is not there a code is sent, as by `customer code`."""
    known = identities.of(session.desk.db, session.customer_id)
    theirs = any(identities.normalise(one.channel, address) == one.address for one in known)
    return _prove(session, address, "agent") if theirs or "@" not in address else code(
        session, address
    )  # fmt: skip


@REGISTRY.command("customer code")
def code(session: Session, email: str) -> Done:
    """Have the customer, who is in the chat, prove an e-mail address: a code goes there, which
    they type into the chat."""
    message_id = one_time_codes.asked_by_agent(session.desk, session.here, email)
    to = messages.get(session.desk.db, message_id).recipients[0].address
    return Done(_("A code goes to {address}; the chat asks for it.").format(address=to))


@REGISTRY.command("customer unverify")
def unverify(session: Session, address: str) -> Done:
    """Take back that an address is proven to be the customer's."""
    return _prove(session, address, "")


@REGISTRY.command("customer address")
def address(session: Session, channel: str, address: str) -> Done:
    """Add an address of the customer, on your word: `customer address email ann@example.org`."""
    desk, id_ = session.desk, session.customer_id
    taken = identities.find(desk.db, channel, address)
    if taken is not None:
        other = taken.customer_id
        if other == id_:
            return Done(_("The customer has this address already."))
        raise CommandError(
            _("{address} is customer {other}'s.").format(address=address, other=other)
        )
    if not identities.normalise(channel, address):
        raise CommandError(_("The address is empty."))
    added = identities.add(desk.db, id_, channel, address, proof="agent", at=desk.now())
    _tell(session, id_, "identity.linked", channel=channel, address=added.address, proof="agent")
    return Done(_("{address} added.").format(address=added.address))


@REGISTRY.command("customer switch")
def switch(session: Session, customer: int) -> Done:
    """Give the conversation to another customer, by their number."""
    before = forwarding.give(session.desk, session.here, CustomerId(customer))
    shown = customers.get(session.desk.db, CustomerId(customer)).name or f"#{customer}"
    return Done(
        _("This is {name}'s conversation now.").format(name=shown), f"customer switch {before}"
    )


@REGISTRY.command("customer from-forwarded")
def from_forwarded(session: Session, message: int = 0) -> Done:
    """Give the conversation to who first sent the mail that was forwarded here."""
    found = forwarding.first_sender(
        session.desk, session.here, MessageId(message) if message else None
    )
    if found == session.conversation().customer_id:
        return Done(_("The conversation is theirs already."))
    return switch(session, found)  # type: ignore[no-any-return]


def _prove(session: Session, address: str, proof: str) -> Done:
    id_ = session.customer_id
    for identity in identities.of(session.desk.db, id_):
        if identities.normalise(identity.channel, address) == identity.address:
            identities.prove(session.desk.db, identity.id, proof)
            _tell(
                session,
                id_,
                "identity.proven" if proof else "identity.unproven",
                channel=identity.channel,
                address=identity.address,
                proof=proof or identity.proof,
            )
            verb = "unverify" if proof else "verify"
            same = bool(identity.proof) == bool(proof)
            return Done(_("Noted."), "" if same else f"customer {verb} {shlex.quote(address)}")
    raise CommandError(_("The customer has no address {address}.").format(address=address))


def _change(session: Session, field: str, value: str) -> Done:
    desk, id_ = session.desk, session.customer_id
    before = str(getattr(customers.get(desk.db, id_), field))
    if before == value:
        return Done(_("Nothing to change."))
    customers.update(desk.db, id_, **{field: value})
    _tell(session, id_, "customer.changed", field=field, before=before, value=value)
    undo = f"customer {field} {shlex.quote(before)}" if before else f"customer {field}"
    return Done(_("Card changed."), undo)


def _tell(session: Session, customer_id: CustomerId, kind: str, **data: Any) -> None:
    journal.record(
        session.desk,
        kind,
        customer=customer_id,
        conversation=session.conversation_id,
        **data,
    )
