"""Over which account a reply goes while the agent chose none: where the customer is now.

Whoever has the web chat open this moment is answered there; else where they wrote last in this
conversation; where they wrote nothing here, on the channel that they prefer. What is known to
fail is passed over for an address of theirs that works and is proven. Everybody who sends asks
this one function: the screen, `omnitui reply`, macros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from config.i18n import _
from omnitui.desk.channel import capabilities
from omnitui.desk.channel_names import channel_name
from omnitui.desk.chats import health
from omnitui.desk.context import Desk
from omnitui.desk.customers import preference
from omnitui.desk.replying.reply_stops import NoAddress
from store import accounts, barred, chats, identities, message_keys, messages, visits
from store import customers as store_customers
from store.model import (
    Account,
    AccountId,
    Address,
    Conversation,
    ConversationId,
    Identity,
    Message,
)

Reason = Literal["here", "last", "instead", "preferred", "known"]

_LAST = 50
"""How many of a conversation's messages tell where its customer wrote last."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The account that a reply goes over unless the agent chooses another."""

    account: Account
    reason: Reason
    """`here`: they are there this moment. `last`: they wrote there last in this conversation.
    `instead`: there they get nothing, or not at that address. `preferred`: they wrote nothing
    here. `known`: an address of theirs is all that is known."""
    said: str = ""
    """What an agent should know about it, without a full stop; "" where nothing is unusual."""


def propose(
    desk: Desk, conversation: Conversation, history: Sequence[Message] | None = None
) -> Proposal:
    """Where a reply goes if nobody says otherwise. `history`: the conversation's last messages,
    if the caller has them. Raises `NoAddress`."""
    known = accounts.all(desk.db)
    theirs = identities.of(desk.db, conversation.customer_id)
    if history is None:
        history = messages.of_conversation(desk.db, conversation.id, last=_LAST)
    last = wrote_last(theirs, history)
    used = _used(conversation, known, last, history)
    here = _in_the_chat(desk, conversation, known, theirs, last)
    if here is not None and (used is None or here.id != used.id):
        said = _("{name} is in the chat now").format(name=_name(conversation))
        return Proposal(here, "here", said)
    begun = not conversation.messages  # by one of us, who said where it goes
    if used is not None and (last is not None or here is not None or begun):
        return _as_before(desk, conversation, known, theirs, used, last)
    wanted = _wanted(desk, conversation, theirs)
    for channel in (wanted, used.channel if used else "", *_by_use(theirs)):
        if used is not None and channel == used.channel:
            return Proposal(used, "known")
        found = _reached(desk, conversation, known, theirs, channel) if channel else None
        if found is not None:
            return Proposal(found[0], "preferred" if channel == wanted else "known")
    for channel in _by_use(theirs):
        for account in known:
            if account.channel == channel:
                return Proposal(account, "known")
    raise NoAddress(_("No account reaches this customer: add one to config.toml."))


def wrote_last(theirs: Sequence[Identity], history: Sequence[Message]) -> Message | None:
    """The last message that the customer wrote themselves, in `history`."""
    mine = {(one.channel, one.address) for one in theirs}
    for message in reversed(history):
        if message.direction != "in" or message.account_id is None:
            continue
        if message.details.get("bounce") or message.details.get("auto_reply"):
            continue
        address = identities.normalise(message.channel, message.author_address)
        if (message.channel, address) in mine:
            return message
    return None


def instead_of(theirs: Sequence[Identity], channel: str, address: str) -> Identity | None:
    """Another address of the customer's on a channel, proven and working, where messages to this
    one fail; None where they do not, or there is none."""
    wanted = identities.normalise(channel, address)
    here = [one for one in theirs if one.channel == channel]
    if not any(one.address == wanted and one.flag for one in here):
        return None
    return next((one for one in latest_first(here) if one.proof and not one.flag), None)


def latest_first(found: Sequence[Identity]) -> list[Identity]:
    """Addresses that work before those that fail, the last used first."""
    return sorted(found, key=lambda i: (bool(i.flag), -(i.last_used_at or 0)))


def _used(
    conversation: Conversation,
    known: Sequence[Account],
    last: Message | None,
    history: Sequence[Message],
) -> Account | None:
    """The account that the conversation goes on over."""
    by_id = {account.id: account for account in known}
    if last is not None and last.account_id is not None:
        return by_id.get(last.account_id)
    if conversation.account_id is not None:
        return by_id.get(conversation.account_id)
    ours = (m for m in reversed(history) if m.direction == "out" and m.state != "cancelled")
    return next((by_id[m.account_id] for m in ours if m.account_id in by_id), None)


def _in_the_chat(
    desk: Desk,
    conversation: Conversation,
    known: Sequence[Account],
    theirs: Sequence[Identity],
    last: Message | None,
) -> Account | None:
    """The account in whose chat they are this moment, if it is them beyond doubt."""
    by_id = {account.id: account for account in known}
    for visit in visits.of_customer(desk.db, conversation.customer_id):
        account = by_id.get(visit.account_id)
        # Without a connection to the chat nobody knows who is there.
        if not visit.online or account is None or account.state != "online":
            continue
        identity = next(
            (o for o in theirs if (o.channel, o.address) == (account.channel, visit.address)), None
        )
        if identity is None or _fails(desk, account, identity):
            continue
        if not identity.proof and not _takes_part(desk, conversation.id, identity):
            continue
        if last is not None and _went_elsewhere(last, account, visit.seen_at, by_id):
            continue
        return account
    return None


def _takes_part(desk: Desk, conversation_id: ConversationId, identity: Identity) -> bool:
    people = message_keys.participants(desk.db, conversation_id)
    return (identity.channel, identity.address) in people


def _went_elsewhere(
    last: Message, account: Account, seen_at: int, by_id: dict[AccountId, Account]
) -> bool:
    """Whether they wrote in another chat since they last did anything in this one: a page may
    stand open for hours. A mail is answered in the chat by whoever is there, whenever it came."""
    if last.account_id is None or last.account_id == account.id:
        return False
    there = by_id.get(last.account_id)
    live = there is not None and not capabilities(there).subject
    return live and last.arrived_at > seen_at


def _as_before(
    desk: Desk,
    conversation: Conversation,
    known: Sequence[Account],
    theirs: Sequence[Identity],
    used: Account,
    last: Message | None,
) -> Proposal:
    """Where they wrote last, unless that fails and something else works."""
    if last is None:
        return Proposal(used, "last")
    address = identities.normalise(last.channel, last.author_address)
    mine = next((o for o in theirs if (o.channel, o.address) == (last.channel, address)), None)
    if mine is None or not _fails(desk, used, mine):
        return Proposal(used, "last", _prefers(desk, conversation, known, theirs, used))
    other = instead_of(theirs, used.channel, address)
    if other is not None:
        said = _("{address} gets nothing: it goes to {other}").format(
            address=mine.address, other=other.address
        )
        return Proposal(used, "instead", said)
    for channel in _by_use([o for o in theirs if o.proof and o.channel != used.channel]):
        found = _reached(desk, conversation, known, theirs, channel, proven=True)
        if found is not None:
            return Proposal(found[0], "instead", _passed_over(conversation, mine, channel))
    return Proposal(used, "last")


def _passed_over(conversation: Conversation, mine: Identity, channel: str) -> str:
    name = _name(conversation)
    if mine.flag == health.BLOCKED or not mine.flag:
        return _("{name} gets nothing {there}: it goes out {here}").format(
            name=name, there=_on(mine.channel), here=_on(channel)
        )
    return _("{address} gets nothing: it goes out {here}").format(
        address=mine.address, here=_on(channel)
    )


def _prefers(
    desk: Desk,
    conversation: Conversation,
    known: Sequence[Account],
    theirs: Sequence[Identity],
    used: Account,
) -> str:
    """That an agent wrote down another channel: told, not followed, where they wrote here."""
    wanted = store_customers.get(desk.db, conversation.customer_id).channel
    if wanted in ("", used.channel):
        return ""
    if _reached(desk, conversation, known, theirs, wanted) is None:
        return ""
    return _("{name} prefers to be answered {here}").format(
        name=_name(conversation), here=_on(wanted)
    )


def _wanted(desk: Desk, conversation: Conversation, theirs: Sequence[Identity]) -> str:
    """The channel that they prefer, by an agent's word, else by what they have used most; "" when
    unknown."""
    customer = store_customers.get(desk.db, conversation.customer_id)
    found = preference.preferred(desk.db, customer, list(theirs))
    return found.channel if found is not None else ""


def _by_use(theirs: Sequence[Identity]) -> list[str]:
    """Channels, the last used first, without those that fail."""
    return list(dict.fromkeys(one.channel for one in latest_first(theirs)))


def _reached(
    desk: Desk,
    conversation: Conversation,
    known: Sequence[Account],
    theirs: Sequence[Identity],
    channel: str,
    *,
    proven: bool = False,
) -> tuple[Account, Identity] | None:
    """An account that reaches them on a channel, at an address that works."""
    addresses = [o for o in latest_first(theirs) if o.channel == channel and not o.flag]
    configured = {name: number for number, name in enumerate(desk.config.accounts)}

    def nearness(account: Account) -> tuple[bool, int]:
        """Where they wrote before; else the first in the configuration."""
        customer = conversation.customer_id
        wrote = any(
            chats.last_with(desk.db, customer, account.id, one.address) is not None
            for one in addresses
        )
        return not wrote, configured.get(account.name, len(configured))

    able = [one for one in known if one.channel == channel and one.state != "failed"]
    for account in sorted(able, key=nearness):
        for identity in addresses:
            if proven and not identity.proof:
                continue
            if not _fails(desk, account, identity) and _gets(desk, conversation, account, identity):
                return account, identity
    return None


def _gets(desk: Desk, conversation: Conversation, account: Account, identity: Identity) -> bool:
    """Whether anybody may write to an address over an account: in a chat they wrote first."""
    if capabilities(account).write_first:
        return True
    customer = conversation.customer_id
    return (
        chats.last_with(desk.db, customer, account.id, identity.address) is not None
        or chats.started(desk.db, customer, account.name, identity.address) is not None
        or visits.get(desk.db, account.id, identity.address) is not None
    )


def _fails(desk: Desk, account: Account, identity: Identity) -> bool:
    if identity.flag:
        return True
    return bool(barred.among(desk.db, account.id, [identity.address]))


def _name(conversation: Conversation) -> str:
    return conversation.customer_name or _("The customer")


def _on(channel: str) -> str:
    words = {
        "email": _("by e-mail"),
        "telegram": _("in Telegram"),
        "webchat": _("in the web chat"),
    }
    return words.get(channel) or _("on {channel}").format(channel=channel_name(channel))


def address_of(identity: Identity) -> Address:
    """As a recipient."""
    return Address(identity.address, identity.name)
