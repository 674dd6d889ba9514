"""Conversations that turn out to be one when the mail between them comes.

An answer may arrive before the mail that it answers, and names nothing but that one: it
starts a conversation, which is put back where it belongs as soon as the mail in between is
here. Only while nobody has worked on it.
"""

from __future__ import annotations

from omnitui.desk import organise
from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations, messages
from store.model import ConversationId


def reunite(desk: Desk, waiting: ConversationId, target: ConversationId) -> bool:
    """Put a conversation that waited for a mail into the one where that mail now is; whether
    that was done."""
    before, there = conversations.get(desk.db, waiting), conversations.get(desk.db, target)
    if before.customer_id != there.customer_id or before.assignee or before.tags:
        return False
    moved = messages.of_conversation(desk.db, waiting)
    if not moved or any(m.direction == "note" or m.state != _SETTLED[m.direction] for m in moved):
        return False
    organise.move(desk, [m.id for m in moved], target)
    if before.status == "open" and there.status != "open":
        change_status(desk, target, there.status, "open", why="joined")
    return True


_SETTLED = {"in": "received", "out": "sent", "note": ""}
