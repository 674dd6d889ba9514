"""The addresses of a customer: added, removed, proven by word, and the one they prefer."""

from __future__ import annotations

import shlex
from typing import Any, Literal

from config.i18n import _
from config.problems import nearest
from omnitui.desk import journal, one_time_codes
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.customer import stop_if_changed
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.customers import addresses
from omnitui.desk.persons.evidence import likeness
from omnitui.desk.session import Session
from store import customers, identities, messages
from store.errors import NotFound
from store.model import Identity


@REGISTRY.command("customer address")
def address(session: Session, channel: str, address: Rest = Rest()) -> Done:  # noqa: B008
    """Add an address of the customer, on your word: `customer address ann@example.org`, or with
    its channel before it, `customer address phone +380671234567`."""
    desk, id_ = session.desk, session.customer_id
    found = addresses.written(desk, channel, address)
    owner = identities.find(desk.db, found.channel, found.address)
    if owner is not None and owner.customer_id == id_:
        return Done(_("The customer has this address already."))
    addresses.check_free(desk, found)
    added = identities.add(desk.db, id_, found.channel, found.address, proof="agent", at=desk.now())
    _tell(session, "identity.linked", added, proof="agent")
    likeness.has_address(desk, id_, added.channel, added.address)
    return Done(
        _("{address} added.").format(address=added.address),
        f"customer address remove {shlex.quote(added.address)} {added.channel}",
    )


@REGISTRY.command("customer address remove")
def remove(session: Session, address: str, channel: str = "") -> Done:
    """Take an address off the card; what was written to it and from it stays. Who begins a new
    matter from it is a new customer."""
    found = _identity(session, address, channel)
    identities.remove(session.desk.db, found.id)
    # What the undo puts back is read from here: nobody can claim another proof.
    _tell(
        session,
        "identity.removed",
        found,
        number=found.id,
        proof=found.proof,
        name=found.name,
        flag=found.flag,
        used=found.last_used_at,
    )
    return Done(
        _("{address} is off the card.").format(address=found.address),
        f"customer address restore {shlex.quote(found.address)} {found.channel}",
    )


@REGISTRY.command("customer address restore")
def restore(session: Session, address: str, channel: str = "") -> Done:
    """Put an address back that was taken off this card, as it was."""
    desk, id_ = session.desk, session.customer_id
    gone = addresses.removed(desk, id_, address, channel)
    if gone is None:
        raise NotFound(_("{address} was not on this card.").format(address=address))
    addresses.check_free(desk, gone)
    added = identities.add(
        desk.db,
        id_,
        gone.channel,
        gone.address,
        name=gone.name,
        proof=gone.proof,
        at=desk.now(),
        number=gone.number,
    )
    if gone.flag:
        identities.flag(desk.db, added.id, gone.flag)
    if gone.used is not None:
        identities.touch(desk.db, added.id, gone.used)
    _tell(session, "identity.linked", added, proof=gone.proof)
    return Done(
        _("{address} is on the card again.").format(address=added.address),
        f"customer address remove {shlex.quote(added.address)} {added.channel}",
    )


@REGISTRY.command("customer channel")
def channel(session: Session, channel: str) -> Done:
    """Say which channel the customer prefers; `auto`: the one that they use most."""
    desk, id_ = session.desk, session.customer_id
    before = customers.get(desk.db, id_).channel
    value = "" if channel == "auto" else channel.lower()
    if value:
        theirs = sorted({one.channel for one in identities.of(desk.db, id_)})
        if value not in theirs:
            near = nearest(value, theirs)
            said = _("The customer has no address in “{channel}”.").format(channel=channel)
            raise CommandError(
                f"{said} " + _("Did you mean “{near}”?").format(near=near) if near else said
            )
    if value == before:
        return Done(_("Nothing to change."))
    stop_if_changed(session, "channel", before)
    customers.update(desk.db, id_, channel=value)
    journal.record(
        desk,
        "customer.changed",
        customer=id_,
        conversation=session.conversation_id,
        field="channel",
        before=before,
        value=value,
    )
    return Done(_("Card changed."), f"customer channel {before or 'auto'}")


@REGISTRY.command("customer verify")
def verify(session: Session, address: str, how: Literal["agent", "as-before"] = "agent") -> Done:
    """Vouch that an address on the card is the customer's own: it may then link channels. To an
    e-mail address that is not there a code is sent, as by `customer code`. `as-before`: by what
    proved it until that was taken back."""
    if how == "as-before":
        return _prove(session, address, addresses.proof_before(session.desk, session.customer_id,
                      _identity(session, address)))  # fmt: skip
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


def _prove(session: Session, address: str, proof: str) -> Done:
    found = _identity(session, address)
    if proof and found.proof:
        return Done(_("It is proven already."))
    if not proof and not found.proof:
        return Done(_("Nothing to change."))
    identities.prove(session.desk.db, found.id, proof)
    kind = "identity.proven" if proof else "identity.unproven"
    _tell(session, kind, found, proof=proof or found.proof)
    word = shlex.quote(address)
    return Done(
        _("Noted."), f"customer unverify {word}" if proof else f"customer verify {word} as-before"
    )


def _identity(session: Session, address: str, channel: str = "") -> Identity:
    """The address of the customer that is meant. Raises `CommandError`."""
    for identity in identities.of(session.desk.db, session.customer_id):
        same = identities.normalise(identity.channel, address) == identity.address
        if same and channel in ("", identity.channel):
            return identity
    raise CommandError(_("The customer has no address {address}.").format(address=address))


def _tell(session: Session, kind: str, identity: Identity, **data: Any) -> None:
    journal.record(
        session.desk,
        kind,
        customer=session.customer_id,
        conversation=session.conversation_id,
        channel=identity.channel,
        address=identity.address,
        **data,
    )
