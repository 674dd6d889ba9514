"""Conversations whose customer waits for an assignee who is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.driver import Connection
from store.model import ConversationId, Millis
from store.parts import in_parts

HOLDS = "s.agent = v.assignee AND v.waiting_since IS NOT NULL AND v.status IN ('open', 'pending')"
"""What a row `s` says is still so of its conversation `v`: it was written a moment ago."""


@dataclass(frozen=True, slots=True)
class Silence:
    conversation_id: ConversationId
    agent: str
    """The assignee."""
    since: Millis
    """When they were last at work; 0: never seen here."""


def waiting(db: Connection, agent: str, since: Millis) -> list[ConversationId]:
    """An agent's open conversations whose customers have waited since then or longer."""
    rows = db.execute(
        "SELECT id FROM conversations WHERE assignee = ? AND inbox_group = 'active'"
        " AND inbox_first <= ? ORDER BY inbox_first, id",
        (agent, since),
    )
    return [ConversationId(row[0]) for row in rows]


def first_waiting(db: Connection, agent: str) -> Millis | None:
    """Since when the customer of theirs waits who waits longest and is on no list."""
    row = db.execute(
        "SELECT min(v.waiting_since) FROM conversations v WHERE v.assignee = ?"
        " AND v.inbox_group = 'active' AND NOT EXISTS (SELECT 1 FROM silences s"
        " WHERE s.conversation_id = v.id AND s.agent = v.assignee)",
        (agent,),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def assignees(db: Connection) -> list[str]:
    """Who has anything open."""
    rows = db.execute(
        "SELECT DISTINCT assignee FROM conversation_counts WHERE assignee <> ''"
        " AND status IN ('open', 'pending') AND conversations > 0 ORDER BY assignee"
    )
    return [row[0] for row in rows]


def listed(db: Connection) -> list[Silence]:
    """Every row, whether it still holds or not."""
    rows = db.execute("SELECT conversation_id, agent, since FROM silences ORDER BY 1")
    return [Silence(*row) for row in rows]


def put(db: Connection, found: Silence) -> None:
    db.execute(
        "INSERT OR REPLACE INTO silences (conversation_id, agent, since) VALUES (?, ?, ?)",
        (found.conversation_id, found.agent, found.since),
    )


def remove(db: Connection, conversation_id: ConversationId) -> None:
    db.execute("DELETE FROM silences WHERE conversation_id = ?", (conversation_id,))


def among(db: Connection, ids: Sequence[ConversationId]) -> frozenset[ConversationId]:
    """In which of these conversations nobody is there for the customer who waits."""
    return frozenset(
        ConversationId(row[0])
        for marks, part in in_parts(ids)
        for row in db.execute(
            "SELECT v.id FROM silences s JOIN conversations v ON v.id = s.conversation_id"
            f" WHERE {HOLDS} AND v.id IN ({marks})",
            part,
        )
    )


def next_for(
    db: Connection, agent: str, without: ConversationId | None = None
) -> ConversationId | None:
    """The one to take over: who waits longest for somebody else."""
    row = db.execute(
        "SELECT v.id FROM silences s JOIN conversations v ON v.id = s.conversation_id"
        f" WHERE {HOLDS} AND v.assignee <> ?1 AND v.id IS NOT ?2"
        " ORDER BY v.waiting_since, v.id LIMIT 1",
        (agent, without),
    ).fetchone()
    return ConversationId(row[0]) if row else None
