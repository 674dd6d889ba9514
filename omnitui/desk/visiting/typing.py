"""An agent types: told to colleagues, and to the customer by channels that can show it."""

from __future__ import annotations

from dataclasses import dataclass

from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.replying.recipients import chat_of, choose_account
from omnitui.desk.replying.reply_stops import NoAddress
from store import accounts, conversations, messages, presence, typing
from store.errors import NotFound
from store.model import AccountId, Conversation, ConversationId, Millis

EVERY = 3.0
"""Seconds: how often a screen notes it at most while keys are pressed."""
FRESH = 6_000
"""Milliseconds in which somebody who touched a key counts as typing."""
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat in which an agent types."""

    account_id: AccountId
    chat: str
    at: Millis


def note(
    desk: Desk, conversation_id: ConversationId, account: str | None = None, *, inside: bool = False
) -> bool:
    """The desk's agent is writing a reply, over `account` (a name or channel; None: as usual).

    False where nobody would see it, neither the customer nor a colleague: nothing is written then.
    `inside`: colleagues alone may see it, it is a note. Raises `NotFound`.
    """
    conversation = conversations.get(desk.db, conversation_id)
    chosen = None if inside else _shown_by(desk, conversation, account)
    if chosen is None and not colleagues_here(desk):
        return False
    typing.note(desk.db, conversation_id, desk.agent, chosen, desk.now())
    return True


def colleagues_here(desk: Desk) -> bool:
    """Whether anybody else has a screen open who would see that the agent writes."""
    return any(
        one.agent != desk.agent for one in presence.screens(desk.db, desk.now() - presence.FRESH)
    )


def _shown_by(desk: Desk, conversation: Conversation, account: str | None) -> AccountId | None:
    """The account by which the customer sees it; None: by none."""
    try:
        chosen = choose_account(desk, conversation, account)
    except NoAddress:
        return None
    return chosen.id if capabilities(chosen).typing else None


def stop(desk: Desk, conversation_id: ConversationId) -> None:
    """The agent has sent or discarded what was being written."""
    typing.clear(desk.db, conversation_id, desk.agent)


def chats(desk: Desk) -> list[Chat]:
    """Where agents type this moment, each chat once."""
    found: dict[tuple[AccountId, str], Chat] = {}
    for row in typing.fresh(desk.db, desk.now() - FRESH):
        if not row.who or row.account_id is None:
            continue
        try:
            account = accounts.get(desk.db, row.account_id)
        except NotFound:
            continue
        history = messages.of_conversation(desk.db, row.conversation_id, last=_LOOKED_AT)
        chat = chat_of(account, history)
        if chat and capabilities(account).typing:
            key = (account.id, chat)
            if key not in found or found[key].at < row.at:
                found[key] = Chat(account.id, chat, row.at)
    return list(found.values())
