"""How chats go on: in the customer's conversation there, or from another channel in it.

A chat is one line of talk: what is written in it belongs to the customer's conversation in
that chat while it is open, or closed not long ago (setting `reopen_window`). Whoever came by
a one-time link goes on with the conversation that it was sent in. And the same
customer's open conversation on another channel goes on wherever they write next, when both
ends are proven (setting `continuity`).
"""

from __future__ import annotations

from connectors.contract import Inbound
from omnitui.desk.context import Desk
from omnitui.desk.ongoing import Ongoing
from store import conversations, identities, messages
from store.message_keys import KnownConversation
from store.model import Account, ConversationId, CustomerId


def in_chat(
    desk: Desk, inbound: Inbound, customer: CustomerId | None, ongoing: Ongoing
) -> tuple[KnownConversation, str] | None:
    """The conversation that a chat message goes on with, and why."""
    if customer is None:
        return None
    by_link = None
    if inbound.direction == "in" and not inbound.history:
        by_link = ongoing.linked(customer, inbound.chat)
    conversation = by_link or ongoing.last_in(customer, inbound.chat)
    if conversation is None:
        return None
    if conversation.status != "closed":
        return conversation, "link" if by_link else "chat"
    closed = conversation.closed_at or conversation.last_message_at
    arrived = min(inbound.arrived_at, desk.now())
    if arrived - closed <= desk.config.desk.reopen_window * 1000:
        return conversation, "reopened"
    return None


def elsewhere(
    desk: Desk, account: Account, inbound: Inbound, customer: CustomerId
) -> ConversationId | None:
    """The open conversation that the customer goes on with from another channel."""
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
            return conversation.id
    return None


def _proven_here(desk: Desk, account: Account, inbound: Inbound) -> bool:
    """The address is proven by this very message, or by a channel that never lies about it."""
    if inbound.proofs:
        return True
    if not inbound.chat:
        return False
    identity = identities.find(desk.db, account.channel, inbound.sender.address)
    return identity is not None and bool(identity.proof)
