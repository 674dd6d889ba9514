"""Splitting, joining and moving: a conversation is one matter, and mail does not know that."""

from __future__ import annotations

from collections.abc import Sequence

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.arrival import change_status
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from store import conversations, message_keys, messages
from store.model import ConversationId, Message, MessageId


def split(
    desk: Desk, conversation_id: ConversationId, from_message: MessageId, subject: str = ""
) -> tuple[ConversationId, list[MessageId]]:
    """Put a message and all after it into a conversation of their own, linked to this one.

    Returns the new conversation and what went there. Raises `CommandError`, `NotFound`.
    """
    before = conversations.get(desk.db, conversation_id)
    history = messages.of_conversation(desk.db, conversation_id)
    first = _one(history, from_message)
    moved = [m for m in history if m.position >= first.position]
    if len(moved) == len(history):
        raise CommandError(_("Nothing would stay: split at a later message."))
    new = conversations.create(
        desk.db,
        before.customer_id,
        subject=subject or first.subject or before.subject,
        status=before.status if before.status != "snoozed" else "open",
        assignee=before.assignee,
        account_id=first.account_id or before.account_id,
        at=first.arrived_at,
        related_id=conversation_id,
    )
    journal.record(
        desk, "conversation.created", customer=before.customer_id, conversation=new,
        related=conversation_id,
    )  # fmt: skip
    ids = [m.id for m in moved]
    messages.move(desk.db, ids, new)
    _tell(desk, conversation_id, new, ids)
    return new, ids


def move(desk: Desk, ids: Sequence[MessageId], target: ConversationId) -> list[ConversationId]:
    """Put messages into another conversation; what it leaves empty is closed, with a link there.

    Returns where they came from. Raises `NotFound`.
    """
    conversations.get(desk.db, target)
    moved = [messages.get(desk.db, id_) for id_ in ids]
    sources = list(dict.fromkeys(m.conversation_id for m in moved if m.conversation_id != target))
    messages.move(desk.db, ids, target)
    for source in sources:
        gone = [m.id for m in moved if m.conversation_id == source]
        _tell(desk, source, target, gone)
        left = conversations.get(desk.db, source)
        if not left.messages:
            conversations.set_related(desk.db, source, target)
            message_keys.follow(desk.db, source, target)
            if left.status != "closed":
                change_status(desk, source, left.status, "closed", why="joined")
    return sources


def _one(history: Sequence[Message], message_id: MessageId) -> Message:
    for message in history:
        if message.id == message_id:
            return message
    raise CommandError(_("Message {id} is not in this conversation.").format(id=message_id))


def _tell(
    desk: Desk, source: ConversationId, target: ConversationId, ids: Sequence[MessageId]
) -> None:
    """Both conversations show it, so both have it in their log."""
    for conversation in (source, target):
        journal.record(
            desk,
            "messages.moved",
            conversation=conversation,
            source=source,
            target=target,
            messages=list(ids),
        )
