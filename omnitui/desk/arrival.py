"""What an arriving message does to its conversation: the status rules, in one place."""

from __future__ import annotations

from typing import Any

from connectors.contract import Inbound
from omnitui.desk import journal
from omnitui.desk.context import Desk
from store import conversations
from store.model import Conversation, ConversationId, Status


def speaks(inbound: Inbound) -> bool:
    """A person wrote it: not us, no auto-reply, no bounce, no bulk mail."""
    return inbound.direction == "in" and not inbound.auto_reply and not inbound.bounce


def generated(inbound: Inbound) -> bool:
    """Sent by a program on its own account, in answer to nothing (RFC 3834 §5, RFC 5436)."""
    automatic = inbound.auto_reply
    if automatic is None or automatic.kind == "out-of-office":
        return False
    return automatic.kind == "bulk" or automatic.evidence.lower().startswith(
        ("auto-submitted: auto-generated", "auto-submitted: auto-notified")
    )


def first_status(inbound: Inbound) -> Status:
    """The status of a conversation that this message starts.

    Bulk and generated mail is seen but waits for nobody, since mailing lists and programs
    carry customers' words too; automatic answers and bounces that belong to nothing here are
    kept, closed.
    """
    if inbound.history:
        return "open" if inbound.imported and speaks(inbound) else "closed"
    if inbound.direction == "out":
        return "pending"
    if inbound.bounce or (inbound.auto_reply and not generated(inbound)):
        return "closed"
    return "open"


def next_status(inbound: Inbound, before: Conversation) -> Status | None:
    """The status that this message gives to a conversation; None: it stays as it is."""
    newest = inbound.arrived_at >= before.last_message_at
    if inbound.history:
        if not newest or not (speaks(inbound) or inbound.direction == "out"):
            return None
        wanted: Status = "open" if inbound.imported and speaks(inbound) else "closed"
        return wanted if before.status != wanted else None
    if speaks(inbound):
        return "open" if before.status != "open" else None
    if inbound.direction == "out" and newest and before.status == "open":
        return "pending"
    return None


def set_status(
    desk: Desk, before: Conversation, status: Status, *, why: str, actor: str = ""
) -> None:
    """Change a status and say so in the log."""
    change_status(desk, before.id, before.status, status, why=why, actor=actor)


def change_status(
    desk: Desk,
    conversation_id: ConversationId,
    before: Status,
    status: Status,
    *,
    why: str,
    actor: str = "",
    snoozed_until: int | None = None,
) -> None:
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
