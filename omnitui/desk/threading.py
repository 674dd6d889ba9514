"""Which conversation a message joins (docs/architecture.md, threading).

Mail: In-Reply-To, then References, against the Message-IDs of the same account; then the
signed reply token. The sender must take part in that conversation already, or else the
message starts a new one with a visible link to the quoted one: knowing a Message-ID, which
every recipient does, lets nobody into a conversation. Chats: the customer's conversation in
that chat while it is open, or closed not long ago. Then the same customer's open
conversation on another channel, when both ends are proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import Inbound
from omnitui.desk import reply_token
from omnitui.desk.addresses import normalised
from omnitui.desk.context import Desk
from store import conversations, identities, message_keys, messages
from store.errors import NotFound
from store.message_keys import KnownMessage
from store.model import Account, Conversation, ConversationId, CustomerId

REFERENCES = 30
"""How many quoted ids are looked at: a mail may bring thousands."""


@dataclass(frozen=True, slots=True)
class Placement:
    conversation_id: ConversationId | None
    """None: a new conversation."""
    related_id: ConversationId | None = None
    """The conversation it quotes without being part of it."""
    reason: str = ""


Known = Mapping[str, Sequence[KnownMessage]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the caller, who files a whole batch, has asked for already."""

    known: Known
    """The stored messages behind `quoted_ids`."""
    awaiting: Mapping[str, ConversationId]
    """The conversations that quote ids of messages that are not stored."""
    settle: Callable[[ConversationId], None]
    """Called before the store is asked about a conversation."""


def quoted_ids(inbound: Inbound) -> list[str]:
    """The ids a mail answers, the nearest first: In-Reply-To, then References from the end."""
    references = list(inbound.references)
    if len(references) > REFERENCES:
        references = [references[0], *references[-REFERENCES + 1 :]]
    return list(dict.fromkeys(i for i in (inbound.in_reply_to, *reversed(references)) if i))


def place(
    desk: Desk,
    account: Account,
    inbound: Inbound,
    customer: CustomerId | None,
    lookup: Lookup,
) -> Placement:
    """Where a message belongs; `customer` is None for a sender seen for the first time."""
    if inbound.chat:
        found = _chat(desk, account, inbound, customer)
    else:
        found = _mail(desk, account, inbound, customer, lookup)
    if found.conversation_id is None and found.related_id is None and customer is not None:
        return _continued(desk, account, inbound, customer) or found
    return found


def _mail(
    desk: Desk, account: Account, inbound: Inbound, customer: CustomerId | None, lookup: Lookup
) -> Placement:
    related: ConversationId | None = None
    tried: dict[ConversationId, bool] = {}

    def joins(conversation_id: ConversationId, of: CustomerId) -> bool:
        if conversation_id not in tried:
            if customer is None or customer != of:
                lookup.settle(conversation_id)
            tried[conversation_id] = takes_part(
                desk, account, inbound, customer, conversation_id, of
            )
        return tried[conversation_id]

    quoted = quoted_ids(inbound)
    for key in quoted:
        for message in lookup.known.get(key, ()):
            if message.account_id == account.id and joins(
                message.conversation_id, message.customer_id
            ):
                reason = "in-reply-to" if key == inbound.in_reply_to else "references"
                return Placement(message.conversation_id, reason=reason)
            related = related or message.conversation_id
    tokens = (*inbound.tokens, *(reply_token.token_of(key) for key in quoted))
    for token in dict.fromkeys(t for t in tokens if t):
        conversation = _tokened(desk, token)
        if conversation is not None:
            if joins(conversation.id, conversation.customer_id):
                return Placement(conversation.id, reason="reply-token")
            related = related or conversation.id
    if related is None:
        # A thread whose start is not here: its other mails quote the same ids.
        for key in sorted({inbound.message_key, *quoted} & lookup.awaiting.keys()):
            conversation_id = lookup.awaiting[key]
            lookup.settle(conversation_id)
            if joins(conversation_id, conversations.get(desk.db, conversation_id).customer_id):
                return Placement(conversation_id, reason="siblings")
    return Placement(None, related, "quoted" if related else "")


def takes_part(
    desk: Desk,
    account: Account,
    inbound: Inbound,
    customer: CustomerId | None,
    conversation_id: ConversationId,
    of: CustomerId,
) -> bool:
    """Whether the sender (of our own earlier mail: a recipient) is in the conversation."""
    if customer is not None and customer == of:
        return True
    people = message_keys.participants(desk.db, conversation_id)
    theirs = [*inbound.to, *inbound.cc] if inbound.direction == "out" else [inbound.sender]
    own = normalised(account.channel, account.address) if account.address else ""
    addresses = {normalised(account.channel, person.address) for person in theirs}
    return any((account.channel, address) in people for address in addresses - {own, ""})


def _tokened(desk: Desk, token: str) -> Conversation | None:
    """The conversation a token names; the one it was joined into, when it is empty."""
    conversation_id = reply_token.verify(desk, token)
    if conversation_id is None:
        return None
    try:
        conversation = conversations.get(desk.db, conversation_id)
        if not conversation.messages and conversation.related_id:
            conversation = conversations.get(desk.db, conversation.related_id)
    except NotFound:
        return None
    return conversation


def _chat(desk: Desk, account: Account, inbound: Inbound, customer: CustomerId | None) -> Placement:
    if customer is None:
        return Placement(None)
    last = message_keys.last_in_chat(desk.db, customer, account.id, inbound.chat)
    if last is None:
        return Placement(None)
    conversation = conversations.get(desk.db, last)
    if conversation.status != "closed":
        return Placement(last, reason="chat")
    closed = message_keys.closed_at(desk.db, last) or conversation.last_message_at
    arrived = min(inbound.arrived_at, desk.now())
    if arrived - closed <= desk.config.desk.reopen_window * 1000:
        return Placement(last, reason="reopened")
    return Placement(None)


def _continued(
    desk: Desk, account: Account, inbound: Inbound, customer: CustomerId
) -> Placement | None:
    """The same matter goes on over another channel (setting `continuity`)."""
    if desk.config.desk.continuity != "customer" or inbound.direction == "out":
        return None
    if inbound.history or inbound.auto_reply or inbound.bounce:
        return None
    if not _proven_here(desk, account, inbound):
        return None
    proven = {i.channel for i in identities.of(desk.db, customer) if i.proof}
    for conversation in conversations.of_customer(desk.db, customer)[:20]:
        if conversation.status == "closed" or account.channel in conversation.channels:
            continue
        newest = messages.newest_inbound(desk.db, conversation.id)
        if newest is None:
            continue
        last = messages.get(desk.db, newest)
        there = identities.find(desk.db, last.channel, last.author_address)
        if last.channel in proven and there and there.customer_id == customer and there.proof:
            return Placement(conversation.id, reason="continued")
    return None


def _proven_here(desk: Desk, account: Account, inbound: Inbound) -> bool:
    """The address is proven by this very message, or by a channel that never lies about it."""
    if inbound.proofs:
        return True
    if not inbound.chat:
        return False
    identity = identities.find(desk.db, account.channel, inbound.sender.address)
    return identity is not None and bool(identity.proof)
