"""What would wait for a time that is far away once more, because the clock was set back.

Something queued while the clock was a day ahead is due tomorrow, and nobody wants it to be. A time
that an agent has chosen is kept; one that had passed by the wrong clock alone is not waited for a
day longer.
"""

from __future__ import annotations

from store.driver import Connection
from store.model import Millis

SLACK: Millis = 60_000
"""Milliseconds by which a clock may be corrected without anybody noticing."""

_REPLIES = (
    "SELECT m.id FROM messages m INDEXED BY messages_unsettled"
    " CROSS JOIN outbox o ON o.message_id = m.id"
    " WHERE m.state IN ('queued', 'sending', 'failed', 'unknown')"
    " AND m.state = 'queued' AND o.due_at > ?1"
    " AND (o.attempts > 0 AND (o.first_attempt_at > ?1 + ?3 OR o.due_at > ?1 + ?2)"
    " OR o.attempts = 0 AND m.arrived_at > ?1 + ?3 AND NOT EXISTS (SELECT 1 FROM events e"
    " WHERE e.conversation_id = m.conversation_id AND e.message_id = m.id"
    " AND e.kind = 'message.queued' AND e.data ->> '$.send_at' > ?1))"
)
_CHANGES = (
    "SELECT id FROM alterations WHERE state = 'queued' AND due_at > ?1"
    " AND (created_at > ?1 + ?3 OR due_at > ?1 + ?2)"
)
_FILES = "SELECT id FROM attachments WHERE due_at > ?1 + ?2 AND ?3"
_OF = (("outbox", "message_id", _REPLIES), ("alterations", "id", _CHANGES),
       ("attachments", "id", _FILES))  # fmt: skip


def found(db: Connection, now: Millis, longest: Millis) -> bool:
    """Whether there is any. `longest`: milliseconds that nothing waits longer for its next try."""
    values = (now, longest, SLACK)
    if any(db.execute(f"{which} LIMIT 1", values).fetchone() for _t, _c, which in _OF):
        return True
    return bool(
        db.execute("SELECT 1 FROM last_seen WHERE at > ? LIMIT 1", (now + SLACK,)).fetchone()
    )


def release(db: Connection, now: Millis, longest: Millis) -> int:
    """Have it be due now; how many. An agent who was seen in the future was last seen now: they
    would not fall silent before that."""
    db.execute("UPDATE last_seen SET at = ? WHERE at > ?", (now, now + SLACK))
    values = (now, longest, SLACK)
    return sum(
        db.execute(f"UPDATE {table} SET due_at = ?1 WHERE {column} IN ({which})", values).rowcount
        for table, column, which in _OF
    )
