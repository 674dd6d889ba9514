"""Watches: who is told of whatever happens in a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from store.driver import Connection
from store.model import ConversationId, Millis
from store.parts import in_parts


def add(db: Connection, agent: str, conversation_id: ConversationId, at: Millis) -> bool:
    """Whether that is news."""
    done = db.execute(
        "INSERT OR IGNORE INTO watches (agent, conversation_id, at) VALUES (?, ?, ?)",
        (agent, conversation_id, at),
    )
    return done.rowcount > 0


def remove(db: Connection, agent: str, conversation_id: ConversationId) -> bool:
    """Whether they had watched it."""
    done = db.execute(
        "DELETE FROM watches WHERE agent = ? AND conversation_id = ?", (agent, conversation_id)
    )
    return done.rowcount > 0


def of_conversation(db: Connection, conversation_id: ConversationId) -> tuple[str, ...]:
    """Who watches it, by name."""
    rows = db.execute(
        "SELECT agent FROM watches WHERE conversation_id = ? ORDER BY agent", (conversation_id,)
    )
    return tuple(row[0] for row in rows)


def among(db: Connection, agent: str, ids: Sequence[ConversationId]) -> frozenset[ConversationId]:
    """Which of these conversations an agent watches."""
    return frozenset(
        ConversationId(row[0])
        for marks, part in in_parts(ids)
        for row in db.execute(
            f"SELECT conversation_id FROM watches WHERE agent = ? AND conversation_id IN ({marks})",
            (agent, *part),
        )
    )


def follow(db: Connection, source: ConversationId, target: ConversationId, at: Millis) -> list[str]:
    """Whoever watches the one watches the other, too; those for whom that is new."""
    return [one for one in of_conversation(db, source) if add(db, one, target, at)]


def drop(db: Connection, conversation_id: ConversationId, agents: Iterable[str]) -> None:
    """These watch it no longer."""
    for agent in agents:
        remove(db, agent, conversation_id)
