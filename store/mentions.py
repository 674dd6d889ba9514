"""Mentions: which agents a note names, and whether they have seen it.

A mention goes where its note goes (moved to another conversation, erased) by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.driver import Connection
from store.model import ConversationId, MessageId, Millis
from store.parts import in_parts

LOOKED = 2000
"""Mentions of one agent that a list or a count looks at: the newest."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One agent named in one note."""

    agent: str
    conversation_id: ConversationId
    message_id: MessageId
    at: Millis
    """When the note was written."""
    seen_at: Millis | None
    """When they had it on the screen; None: not yet."""


_COLUMNS = "agent, conversation_id, message_id, at, seen_at"


def add(
    db: Connection,
    conversation_id: ConversationId,
    message_id: MessageId,
    agents: Iterable[str],
    at: Millis,
) -> None:
    """A note names these agents. Who is named already keeps what they have seen."""
    db.executemany(
        "INSERT OR IGNORE INTO mentions (agent, conversation_id, message_id, at)"
        " VALUES (?, ?, ?, ?)",
        [(agent, conversation_id, message_id, at) for agent in agents],
    )


def remove(db: Connection, message_id: MessageId, agents: Iterable[str] | None = None) -> None:
    """A note names these no longer; None: nobody."""
    if agents is None:
        db.execute("DELETE FROM mentions WHERE message_id = ?", (message_id,))
        return
    db.executemany(
        "DELETE FROM mentions WHERE agent = ? AND message_id = ?",
        [(agent, message_id) for agent in agents],
    )


def withdraw(db: Connection, agent: str, conversation_id: ConversationId) -> None:
    """What told an agent that a conversation was taken from them is not so any more: what they
    were told by no note, and have not seen."""
    db.execute(
        "DELETE FROM mentions WHERE agent = ? AND conversation_id = ? AND seen_at IS NULL"
        " AND message_id IN (SELECT id FROM messages WHERE conversation_id = ?"
        " AND direction <> 'note')",
        (agent, conversation_id, conversation_id),
    )


def of_agent(
    db: Connection, agent: str, *, unseen: bool = False, limit: int = LOOKED
) -> list[Mention]:
    """An agent's mentions, the newest first; `unseen`: only those."""
    which = " AND seen_at IS NULL" if unseen else ""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM mentions WHERE agent = ?{which}"
        " ORDER BY at DESC, conversation_id DESC, message_id DESC LIMIT +?",
        (agent, limit),
    )
    return [Mention(*row) for row in rows]


def of_conversation(db: Connection, conversation_id: ConversationId) -> list[Mention]:
    """Who is named in a conversation's notes, in the order in which they were."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM mentions WHERE conversation_id = ? ORDER BY at, message_id, agent",
        (conversation_id,),
    )
    return [Mention(*row) for row in rows]


def of_messages(db: Connection, ids: Sequence[MessageId]) -> dict[MessageId, list[Mention]]:
    """Whom notes name, by note; those that name nobody are not in it."""
    found: dict[MessageId, list[Mention]] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for row in db.execute(
            f"SELECT {_COLUMNS} FROM mentions WHERE message_id IN ({','.join('?' * len(part))})"
            " ORDER BY message_id, agent",
            part,
        ):
            mention = Mention(*row)
            found.setdefault(mention.message_id, []).append(mention)
    return found


def seen(db: Connection, agent: str, conversation_id: ConversationId, at: Millis) -> int:
    """The agent has a conversation on the screen; how many of their mentions were new."""
    cursor = db.execute(
        "UPDATE mentions INDEXED BY mentions_unseen SET seen_at = ?"
        " WHERE agent = ? AND conversation_id = ? AND seen_at IS NULL",
        (at, agent, conversation_id),
    )
    return cursor.rowcount


def unseen(db: Connection, agent: str) -> int:
    """In how many conversations an agent was named and has not looked since."""
    row = db.execute(
        "SELECT count(DISTINCT conversation_id) FROM (SELECT conversation_id FROM mentions"
        " INDEXED BY mentions_unseen WHERE agent = ? AND seen_at IS NULL LIMIT +?)",
        (agent, LOOKED),
    ).fetchone()
    return int(row[0])


def unseen_in(db: Connection, agent: str, ids: Sequence[ConversationId]) -> set[ConversationId]:
    """In which of these conversations an agent was named and has not looked since."""
    found: set[ConversationId] = set()
    for marks, part in in_parts(ids):
        rows = db.execute(
            "SELECT conversation_id FROM mentions INDEXED BY mentions_unseen WHERE agent = ?"
            f" AND seen_at IS NULL AND conversation_id IN ({marks})",
            (agent, *part),
        )
        found.update(row[0] for row in rows)
    return found
