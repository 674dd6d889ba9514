"""What is left of a message that was taken back before it went out: a draft, and the status
that the conversation had."""

from __future__ import annotations

from typing import Any

from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations, drafts, messages
from store.model import Draft, Message, OutboxEntry

_WRITTEN_BY_NOBODY = ("resent_from", "follows", "code", "transcript")
"""Details of messages that repeat what was said before, or that a program wrote."""


def put_back(desk: Desk, entry: OutboxEntry, message: Message) -> None:
    """Its text is a draft again, above whatever the agent has begun to write since, to whom it
    was to go."""
    if any(message.details.get(name) for name in _WRITTEN_BY_NOBODY):
        return  # nothing was written for it
    agent = entry.agent or desk.agent
    begun = drafts.get(desk.db, message.conversation_id, agent)
    text = message.text
    files = tuple(message.details.get("files", ()))
    if begun is not None and begun.text.strip() and begun.text != text:
        text = f"{text}\n\n{begun.text}"
    if begun is not None:
        files = tuple(dict.fromkeys((*files, *begun.attachments)))
    drafts.save(
        desk.db,
        Draft(
            conversation_id=message.conversation_id,
            agent=agent,
            kind="reply",
            text=text,
            account_id=message.account_id,
            attachments=files,
            updated_at=desk.now(),
            delivery=drafts.from_json(message.details.get("delivery", {})),
        ),
    )


def restore_status(desk: Desk, message: Message) -> None:
    """The conversation's is as before the reply, unless somebody has changed it since or
    another reply went out."""
    conversation = conversations.get(desk.db, message.conversation_id)
    before: Any = message.details.get("status_before")
    until = message.details.get("snoozed_before")
    if conversation.status != "pending" or before in (None, "pending"):
        return
    if any(
        other.direction == "out"
        and other.position > message.position
        and other.state not in ("cancelled", "failed")
        for other in messages.of_conversation(desk.db, conversation.id, last=100)
    ):
        return
    if before == "snoozed" and (not until or until <= desk.now()):
        before, until = "open", None
    change_status(desk, conversation.id, "pending", before, why="reply-undone", snoozed_until=until)
