"""What is left of a message that was taken back before it went out: a draft, and the status
that the conversation had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations, drafts, events, messages
from store.model import Draft, Message, Millis, OutboxEntry

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
    if conversation.status != "pending" or before is None:
        return
    history = messages.of_conversation(desk.db, conversation.id, last=100)
    going = [m for m in history if m.direction == "out" and m.state not in ("cancelled", "failed")]
    if any(other.position > message.position for other in going):
        return
    if before == "pending":
        before, until = _before_all(desk, history, going)
        if before == "pending":
            return
    if before == "snoozed" and (not until or until <= desk.now()):
        before, until = "open", None
    change_status(desk, conversation.id, "pending", before, why="reply-undone", snoozed_until=until)


def _before_all(
    desk: Desk, history: Sequence[Message], going: Sequence[Message]
) -> tuple[Any, Millis | None]:
    """The status before the first of several replies that were all taken back, whoever's was
    first, and until when it was snoozed; `pending` where that was not theirs alone."""
    came = max((m.position for m in history if m.direction == "in"), default=0)
    if any(one.position > came and not one.details.get("automatic") for one in going):
        return "pending", None
    for event in reversed(events.of_conversation(desk.db, history[-1].conversation_id)):
        said = event.data
        if event.kind != "conversation.status" or said.get("before") == said.get("status"):
            continue
        if said.get("why") != "replied":
            break
        gone = (m.details.get("snoozed_before") for m in reversed(history) if m.position > came)
        return said["before"], next(filter(None, gone), None)
    return "pending", None
