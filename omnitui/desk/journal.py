"""One line in the event log for everything that happens: audit, change feed and reports read it."""

from __future__ import annotations

from typing import Any

from config import access
from omnitui.desk.context import Desk
from store import conversations, events
from store.model import ConversationId, CustomerId, MessageId, Millis

CUSTOMER = access.CUSTOMER
"""The actor of what customers do."""


def record(
    desk: Desk,
    kind: str,
    *,
    actor: str = "",
    at: Millis | None = None,
    customer: CustomerId | None = None,
    conversation: ConversationId | None = None,
    message: MessageId | None = None,
    happened: Millis | None = None,
    **data: Any,
) -> None:
    """Append an event; the actor is the desk's agent unless told. `data` must be JSON-able.
    `happened` is when it did in the channel, where that told: the event's data has it as `at`.

    What happens to a conversation happens to its customer: docs/events.md has the kinds.
    """
    if customer is None and conversation is not None:
        customer = conversations.get(desk.db, conversation).customer_id
    if desk.hook:
        data = {**data, "hook": desk.hook}
    events.append(
        desk.db,
        actor or desk.agent,
        kind,
        at=desk.now() if at is None else at,
        customer_id=customer,
        conversation_id=conversation,
        message_id=message,
        data=data if happened is None else {**data, "at": happened},
        source=desk.source,
    )


def restored(desk: Desk) -> None:
    """Append that a backup was put back: after its last event, whose number `upto` is."""
    record(desk, "desk.restored", upto=events.last_id(desk.db))


def in_chat(
    desk: Desk,
    event: str,
    *,
    account: str,
    customer: CustomerId,
    conversation: ConversationId | None,
    at: Millis,
    actor: str = CUSTOMER,
    text: str = "",
    author: str = "",
    **data: Any,
) -> None:
    """Append what happened in a chat and is no message.

    Args:
        event: what it was, as docs/events.md has it under `chat.event`.
        account: its name.
        at: when that was in the channel.
        author: who did it, where somebody is named.
    """
    record(
        desk,
        "chat.event",
        actor=actor,
        customer=customer,
        conversation=conversation,
        happened=at,
        account=account,
        event=event,
        text=text,
        author=author,
        **data,
    )
