"""To whom a reply goes: the conversation's own customer, on the chosen account."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.i18n import _
from omnitui.desk import account_state
from omnitui.desk.addresses import OwnAddresses, distinct, outside
from omnitui.desk.channel import capabilities
from omnitui.desk.channel_names import channel_first, channel_name
from omnitui.desk.chats import health
from omnitui.desk.chats.reach import chat_of, chat_with
from omnitui.desk.context import Desk
from omnitui.desk.replying.proposal import address_of, instead_of, latest_first, propose
from omnitui.desk.replying.reply_stops import NoAddress
from store import accounts, identities
from store.model import AS_USUAL, Account, Address, Conversation, Delivery, Identity, Message

_MAIL_ADDRESS = re.compile(r'(?:[^\s@<>,;:"\\]+|"[^"\r\n]+")@[^\s@<>,;:"\\]+')

__all__ = [
    "Recipients",
    "chat_of",
    "check_addresses",
    "choose_account",
    "find",
    "people",
    "problems",
]


@dataclass(frozen=True, slots=True)
class Recipients:
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    new: tuple[str, ...]
    """Those that the customer never wrote from and that no agent confirmed here before."""
    problems: tuple[str, ...] = ()
    chat: str = ""


def no_address(account: Account) -> str:
    """Why a customer cannot be reached over an account, and what to do."""
    able, called = capabilities(account), channel_name(account.channel)
    if able.write_first:
        return _("This customer has no {channel} address.").format(channel=called)
    if not able.link:
        return _(
            "This customer has no {channel} address, and nobody can write first there."
        ).format(channel=called)
    return _(
        "This customer has no {channel} address, and nobody can write first there: send them a"
        " link with “link {account}”."
    ).format(channel=called, account=account.name)


def choose_account(desk: Desk, conversation: Conversation, wanted: str | None) -> Account:
    """The account named `wanted`, or the one of that channel; by default where the customer is
    now (`proposal`). Raises `NoAddress`."""
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
    return propose(desk, conversation).account


def find(
    desk: Desk,
    conversation: Conversation,
    account: Account,
    history: Sequence[Message],
    delivery: Delivery = AS_USUAL,
) -> Recipients:
    """Who gets the reply; `history` is the conversation.

    By default the address that the customer last wrote from (another one, proven to be theirs,
    where messages to that one fail), and whoever their last message went to besides us. Where
    they ask for answers elsewhere (Reply-To), there, but as a new recipient. `delivery` is what
    the agent wants otherwise. Raises `NoAddress`.
    """
    channel, own = account.channel, OwnAddresses(desk)
    theirs = [i for i in identities.of(desk.db, conversation.customer_id) if i.channel == channel]
    check_addresses(own, channel, (*delivery.to, *delivery.cc, *delivery.bcc))
    if delivery.to:
        people = tuple(distinct(channel, [_named(address, theirs) for address in delivery.to]))
        copies: tuple[Address, ...] = ()
    else:
        people, copies = _default(account, own, theirs, history)
    if not people:
        raise NoAddress(no_address(account))
    blind: tuple[Address, ...] = ()
    said: tuple[str, ...] = ()
    if capabilities(account).cc:
        copies = (*copies, *(_named(address, theirs) for address in delivery.cc))
        blind = tuple(_named(address, theirs) for address in delivery.bcc)
        people, copies, blind = _each_once(channel, delivery.without, people, copies, blind)
    else:
        people, copies = people[:1], ()
        if delivery.cc or delivery.bcc:
            words = _("{channel} has no copies: they are left out.")
            said = (words.format(channel=channel_first(channel)),)
    if not (people or copies or blind):
        raise NoAddress(_("Everybody was taken off: name somebody with “reply to ADDRESS”."))
    if not people:
        people, copies = copies, ()
    chat = (
        ""
        if capabilities(account).cc
        else chat_with(desk, conversation, account, people[0], history)
    )
    known = _confirmed(account, theirs, history)
    new = tuple(
        person.address
        for person in (*people, *copies, *blind)
        if identities.normalise(channel, person.address) not in known
    )
    return Recipients(people, copies, blind, new, said, chat)


def _each_once(
    channel: str, without: Sequence[str], *groups: Sequence[Address]
) -> tuple[tuple[Address, ...], ...]:
    """Nobody twice, and nobody whom the agent took off."""
    taken = {identities.normalise(channel, address) for address in without}
    found: list[tuple[Address, ...]] = []
    for group in groups:
        kept = []
        for person in group:
            address = identities.normalise(channel, person.address)
            if address not in taken:
                taken.add(address)
                kept.append(person)
        found.append(tuple(kept))
    return tuple(found)


def check_addresses(own: OwnAddresses, channel: str, addresses: Sequence[str]) -> None:
    """What is typed may be mistyped, or our own: better said now than by a server later.
    Raises `NoAddress`."""
    for address in addresses:
        if channel == "email" and not _MAIL_ADDRESS.fullmatch(address.strip().strip("<>")):
            raise NoAddress(
                _("“{address}” is no mail address; correct it.").format(address=address)
            )
        if (channel, address) in own:
            raise NoAddress(
                _("{address} is this desk's own address; leave it out.").format(address=address)
            )


def _default(
    account: Account,
    own: OwnAddresses,
    theirs: Sequence[Identity],
    history: Sequence[Message],
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
        other = instead_of(theirs, channel, newest.author_address)
        to = _reply_to(own, channel, newest) or [
            address_of(other) if other else Address(newest.author_address, newest.author)
        ]
    elif theirs:
        best = latest_first(theirs)[0]
        to = [Address(best.address, best.name)]
    else:
        return (), ()
    theirs_too = mine | {identities.normalise(channel, person.address) for person in to}
    together = _with_the_customer(history, channel, theirs_too)
    return tuple(to), tuple(_copies(own, channel, _last_heard(together, channel), to))


def _with_the_customer(history: Sequence[Message], channel: str, theirs: set[str]) -> list[Message]:
    """`history` without what we wrote to others alone, and their answers to that: somebody who
    was asked aside gets no copy of what the customer is told."""
    kept: list[Message] = []
    aside: set[str] = set()
    for message in history:
        people = (message.author_address, *(r.address for r in message.recipients))
        apart = message.channel == channel and not any(
            identities.normalise(channel, address) in theirs for address in people if address
        )
        if apart and (
            message.direction == "out"
            or (message.direction == "in" and message.details.get("in_reply_to") in aside)
        ):
            aside.add(message.external_id)
        else:
            kept.append(message)
    return kept


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
    if last.details.get("list_post"):
        # A person wrote through the list; everybody on it did not ask us.
        taken.add(identities.normalise(channel, str(last.details["list_post"])))
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
    """Addresses the customer wrote from (or was reached under), those who wrote in this
    conversation, and those an agent wrote to."""
    channel = account.channel
    known = {i.address for i in theirs}
    for message in history:
        if message.channel == channel and message.direction == "in":
            if not (message.details.get("bounce") or message.details.get("auto_reply")):
                known.add(identities.normalise(channel, message.author_address))
            continue
        if message.details.get("code"):
            continue  # it may have gone to anybody
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


def _named(address: str, theirs: Sequence[Identity]) -> Address:
    for identity in theirs:
        if identity.address == identities.normalise(identity.channel, address):
            return Address(address.strip(), identity.name)
    return Address(address.strip())


def _refused_last(history: Sequence[Message]) -> dict[str, str]:
    """Addresses that the server would not take the last time, with its words."""
    refused: dict[str, str] = {}
    for message in history:
        if message.direction == "out" and message.state == "sent":
            said = message.details.get("refused", {})
            for person in message.recipients:
                refused.pop(person.address, None)
            refused.update(said)
    return refused


def people(details: Mapping[str, Any], field: str) -> list[Address]:
    """The addresses in a message's details; in a chat `reply_to` is the message it answers."""
    found = details.get(field) or ()
    if not isinstance(found, list | tuple):
        return []
    return [Address(str(p.get("address", "")), str(p.get("name", ""))) for p in found]


def problems(
    desk: Desk, account: Account, found: Sequence[Address], history: Sequence[Message]
) -> tuple[str, ...]:
    """What an agent should know before sending: dead addresses, an account that is down."""
    sentences: list[str] = []
    dead = identities.flagged(desk.db, account.channel, [person.address for person in found])
    going = {person.address for person in found}
    dead = {**{a: why for a, why in _refused_last(history).items() if a in going}, **dead}
    names = {person.address: person.name for person in found}
    for address, why in dead.items():
        if why == health.BLOCKED:
            sentences.append(
                _("{name} has blocked us and gets nothing until they write again.").format(
                    name=names.get(address) or address
                )
            )
            continue
        sentences.append(_("Mail to {address} failed: {why}").format(address=address, why=why))
    configured = desk.config.accounts
    if configured and account.name not in configured:
        sentences.append(
            _("The account “{name}” is not in config.toml any more.").format(name=account.name)
        )
    elif account.state == "failed":
        sentences.append(
            _("{account} is not working: {why}").format(
                account=account.name, why=account_state.why(account)
            )
        )
    return tuple(sentences)
