"""How chats go on: in the customer's conversation there, or from another channel in it.

A chat is one line of talk: what is written in it belongs to the customer's conversation in
that chat while it is open, or closed not long ago (setting `reopen_window`). Whoever came by
a one-time link goes on with the conversation that it was sent in. And the same
customer's open conversation on another channel goes on wherever they write next, when both
ends are proven (setting `continuity`): of several the one that was touched last. Where they
wrote in it already on that channel, a mail that answers nothing is a new matter. What is closed
is gone on with only where it was (docs/continuity.md).
"""

from __future__ import annotations

from connectors.contract import Inbound
from omnitui.desk.arriving.ongoing import Ongoing
from omnitui.desk.context import Desk
from store import conversations, identities, merging, message_keys, messages
from store.message_keys import KnownConversation
from store.model import Account, Conversation, ConversationId, CustomerId, Identity, Millis

OPEN_MATTERS = 20
"""How many of a customer's open conversations are looked at, the last touched first."""
_LAST = 30
"""How many of a conversation's messages tell where its customer wrote from."""


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
    desk: Desk,
    account: Account,
    inbound: Inbound,
    customer: CustomerId,
    *,
    touched_after: Millis | None = None,
) -> tuple[ConversationId, str] | None:
    """The open conversation that the customer goes on with from another channel, and why:
    `continued`, or `continued-last` when it is the last touched of several.

    `touched_after`: only one in which something came later.
    """
    if desk.config.desk.continuity != "customer" or inbound.direction == "out":
        return None
    if inbound.history or inbound.auto_reply or inbound.bounce:
        return None
    here = identities.find(desk.db, account.channel, inbound.sender.address)
    if not _proven_here(inbound, here):
        return None
    found: list[ConversationId] = []
    for conversation in conversations.unfinished(desk.db, customer, OPEN_MATTERS)[0]:
        if touched_after is not None and conversation.last_message_at <= touched_after:
            break
        if _goes_on(desk, account, conversation, here):
            found.append(conversation.id)
            if len(found) > 1:
                return found[0], "continued-last"
    return (found[0], "continued") if found else None


def _goes_on(
    desk: Desk, account: Account, conversation: Conversation, here: Identity | None
) -> bool:
    """Whether another channel may go on with it: they wrote in it from where it is proven that
    it is them (an agent may have said so), and not yet on that channel."""
    if account.channel in conversation.channels and message_keys.wrote_on(
        desk.db, conversation.id, account.channel
    ):
        return False
    for message in reversed(messages.of_conversation(desk.db, conversation.id, last=_LAST)):
        if message.direction != "in" or message.details.get("bounce"):
            continue
        there = identities.find(desk.db, message.channel, message.author_address)
        if there is not None and there.customer_id == conversation.customer_id:
            # Anybody can write a known address into a mail: that one has to be proven itself.
            if there.proof and (message.details.get("chat") or message.details.get("proofs")):
                return True
            return here is not None and merging.brought_by_agent(
                desk.db, conversation.customer_id, here.id, there.id, message.arrived_at
            )
    return False


def _proven_here(inbound: Inbound, here: Identity | None) -> bool:
    """The address is proven by this very message, or by a channel that never lies about it."""
    return bool(inbound.proofs) or (bool(inbound.chat) and here is not None and bool(here.proof))
