"""To whom a reply goes: the conversation's own customer, on the chosen account."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.i18n import _
from omnitui.desk.addresses import OwnAddresses, distinct, outside
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.reply_stops import NoAddress
from store import accounts, identities
from store.model import Account, Address, Conversation, Identity, Message

_MAIL_ADDRESS = re.compile(r'(?:[^\s@<>,;:"\\]+|"[^"\r\n]+")@[^\s@<>,;:"\\]+')


@dataclass(frozen=True, slots=True)
class Recipients:
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    new: tuple[str, ...]
    """Those that the customer never wrote from and that no agent confirmed here before."""
    chat: str = ""


def choose_account(desk: Desk, conversation: Conversation, wanted: str | None) -> Account:
    """The account named `wanted`, or the one of that channel; by default where the customer
    wrote last. Raises `NoAddress`."""
    known = accounts.all(desk.db)
    if wanted:
        for account in known:
            if account.name == wanted:
                return account
        of_channel = [a for a in known if a.channel == wanted]
        used = [a for a in of_channel if a.id == conversation.account_id]
        if of_channel:
            return (used or of_channel)[0]
        raise NoAddress(
            _("There is no account or channel “{name}”; there is {names}.").format(
                name=wanted, names=", ".join(a.name for a in known) or _("none yet")
            )
        )
    if conversation.account_id is not None:
        return accounts.get(desk.db, conversation.account_id)
    channels = [i.channel for i in _latest_first(identities.of(desk.db, conversation.customer_id))]
    for channel in channels:
        for account in known:
            if account.channel == channel:
                return account
    raise NoAddress(_("No account reaches this customer: add one to config.toml."))


def find(
    desk: Desk,
    conversation: Conversation,
    account: Account,
    history: Sequence[Message],
    to: Sequence[str] = (),
) -> Recipients:
    """Who gets the reply. `to` names every recipient instead; `history` is the conversation.

    By default the address that the customer last wrote from, and whoever their last message
    went to besides us. Where they ask for answers elsewhere (Reply-To), there, but as a new
    recipient. Raises `NoAddress`.
    """
    channel, own = account.channel, OwnAddresses(desk)
    theirs = [i for i in identities.of(desk.db, conversation.customer_id) if i.channel == channel]
    last = _last_heard(history, channel)
    if to:
        _check(channel, to)
        chosen = distinct(channel, [_named(address, theirs) for address in to])
        people: tuple[Address, ...] = tuple(chosen)
        copies: tuple[Address, ...] = ()
    else:
        people, copies = _default(desk, account, own, theirs, history, last)
    if not people:
        raise NoAddress(_("This customer has no {channel} address.").format(channel=channel))
    if not capabilities(account).cc:
        people, copies = people[:1], ()
    wrote_from = _confirmed(account, theirs, history)
    if last is not None and last.direction == "in" and last.details.get("proofs") and not to:
        # Provably the customer's own choice of whom to keep in the loop.
        wrote_from |= {identities.normalise(channel, person.address) for person in copies}
    new = tuple(
        person.address
        for person in (*people, *copies)
        if identities.normalise(channel, person.address) not in wrote_from
    )
    return Recipients(people, copies, new, _chat(account, history))


def _check(channel: str, to: Sequence[str]) -> None:
    """What is typed may be mistyped: better said now than by a server later."""
    for address in to:
        if channel == "email" and not _MAIL_ADDRESS.fullmatch(address.strip().strip("<>")):
            raise NoAddress(
                _("“{address}” is no mail address; correct it.").format(address=address)
            )


def _default(
    desk: Desk,
    account: Account,
    own: OwnAddresses,
    theirs: Sequence[Identity],
    history: Sequence[Message],
    last: Message | None,
) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    channel = account.channel
    mine = {i.address for i in theirs}
    by_customer = [
        m
        for m in history
        if m.direction == "in"
        and m.channel == channel
        and not m.details.get("bounce")
        and identities.normalise(channel, m.author_address) in mine
    ]
    here = [m for m in by_customer if m.account_id == account.id] or by_customer
    if here:
        newest = here[-1]
        to = _reply_to(own, channel, newest) or [Address(newest.author_address, newest.author)]
    elif theirs:
        best = _latest_first(theirs)[0]
        to = [Address(best.address, best.name)]
    else:
        return (), ()
    return tuple(to), tuple(_copies(own, channel, last, to))


def _reply_to(own: OwnAddresses, channel: str, message: Message) -> list[Address]:
    return outside(own, channel, people(message.details, "reply_to"))


def _copies(
    own: OwnAddresses, channel: str, last: Message | None, to: Sequence[Address]
) -> list[Address]:
    """Whoever else was in the last message: its author if it was not the customer, To and CC."""
    if last is None:
        return []
    others: list[Address] = []
    if last.direction == "in":
        others.append(Address(last.author_address, last.author))
    others += [*people(last.details, "to"), *people(last.details, "cc")]
    taken = {identities.normalise(channel, person.address) for person in to}
    if last.direction == "in" and people(last.details, "reply_to"):
        # They asked for answers elsewhere: not to the sending address as well.
        taken.add(identities.normalise(channel, last.author_address))
    return [
        person
        for person in outside(own, channel, others)
        if identities.normalise(channel, person.address) not in taken
    ]


def _confirmed(
    account: Account, theirs: Sequence[Identity], history: Sequence[Message]
) -> set[str]:
    """Addresses the customer wrote from (or was reached under), and those an agent wrote to."""
    channel = account.channel
    known = {i.address for i in theirs}
    for message in history:
        if message.channel == channel and message.direction == "out" and message.state in (
            "sent", "sending", "unknown", "queued",
        ):  # fmt: skip
            known.update(identities.normalise(channel, a.address) for a in message.recipients)
    return known


def _last_heard(history: Sequence[Message], channel: str) -> Message | None:
    """The last message that a person wrote on the channel, either side."""
    for message in reversed(history):
        if message.channel != channel or message.direction == "note":
            continue
        if message.details.get("bounce") or message.state == "cancelled":
            continue
        if message.direction == "in" and message.details.get("auto_reply"):
            continue
        return message
    return None


def _chat(account: Account, history: Sequence[Message]) -> str:
    for message in reversed(history):
        if message.account_id == account.id and message.details.get("chat"):
            return str(message.details["chat"])
    return ""


def _named(address: str, theirs: Sequence[Identity]) -> Address:
    for identity in theirs:
        if identity.address == identities.normalise(identity.channel, address):
            return Address(address.strip(), identity.name)
    return Address(address.strip())


def _latest_first(found: Sequence[Identity]) -> list[Identity]:
    """Addresses that work before those that fail, the last used first."""
    return sorted(found, key=lambda i: (bool(i.flag), -(i.last_used_at or 0)))


def people(details: Mapping[str, Any], field: str) -> list[Address]:
    """The addresses in a message's details."""
    found = details.get(field) or ()
    return [Address(str(p.get("address", "")), str(p.get("name", ""))) for p in found]


def problems(desk: Desk, account: Account, found: Sequence[Address]) -> tuple[str, ...]:
    """What an agent should know before sending: dead addresses, an account that is down."""
    sentences: list[str] = []
    dead = identities.flagged(desk.db, account.channel, [person.address for person in found])
    for address, why in dead.items():
        sentences.append(_("Mail to {address} failed: {why}").format(address=address, why=why))
    configured = desk.config.accounts
    if configured and account.name not in configured:
        sentences.append(
            _("The account “{name}” is not in config.toml any more.").format(name=account.name)
        )
    elif account.state == "failed":
        sentences.append(
            _("{account} is not working: {why}").format(
                account=account.name, why=account.state_reason
            )
        )
    return tuple(sentences)
