"""Changing the status of a conversation: here alone, so that the log always says so."""

from __future__ import annotations

from typing import Any

from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import conversations
from store.model import ConversationId, Millis, Status


def change_status(
    desk: Desk,
    conversation_id: ConversationId,
    before: Status,
    status: Status,
    *,
    why: str,
    actor: str = "",
    snoozed_until: Millis | None = None,
) -> None:
    """Change a status and say so in the log."""
    conversations.set_status(
        desk.db, conversation_id, status, at=desk.now(), snoozed_until=snoozed_until
    )
    until: dict[str, Any] = {"until": snoozed_until} if snoozed_until else {}
    journal.record(
        desk,
        "conversation.status",
        actor=actor,
        conversation=conversation_id,
        before=before,
        status=status,
        why=why,
        **until,
    )
