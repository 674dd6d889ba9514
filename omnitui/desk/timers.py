"""What the clock does to conversations."""

from __future__ import annotations

from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations
from store.model import Millis


def wake_snoozed(desk: Desk) -> int:
    """Open the conversations whose snooze is over; how many."""
    due = conversations.due_snoozed(desk.db, desk.now())
    for conversation_id in due:
        change_status(desk, conversation_id, "snoozed", "open", why="snooze-over")
    return len(due)


def next_wake(desk: Desk) -> Millis | None:
    """When the next snooze is over; None when nothing is snoozed."""
    return conversations.next_snoozed(desk.db)
