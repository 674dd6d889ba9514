"""What the clock does to conversations, and to what waits when it is set back."""

from __future__ import annotations

from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations, set_back
from store.model import Millis

LONGEST: Millis = 7 * 3_600_000
"""Milliseconds: longer than any message or file waits until it is tried again."""


def wake_snoozed(desk: Desk) -> int:
    """Open the conversations whose snooze is over; how many."""
    due = conversations.due_snoozed(desk.db, desk.now())
    for conversation_id in due:
        change_status(desk, conversation_id, "snoozed", "open", why="snooze-over")
    return len(due)


def next_wake(desk: Desk) -> Millis | None:
    """When the next snooze is over; None when nothing is snoozed."""
    return conversations.next_snoozed(desk.db)


def waits_for_clock(desk: Desk) -> bool:
    """Whether something waits for a time that is far away again: the clock was set back."""
    return set_back.found(desk.db, desk.now(), LONGEST)


def wait_no_longer(desk: Desk) -> int:
    """Have that be due now; how many."""
    return set_back.release(desk.db, desk.now(), LONGEST)
