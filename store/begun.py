"""Conversations that one of us has begun and that have no message yet.

There is one from the moment when an agent says whom to write to, so that the draft has a place
that outlives a crash; it goes again when nothing is written.
"""

from __future__ import annotations

from store.driver import Connection
from store.model import ConversationId, Millis

_EMPTY = (
    "messages = 0 AND NOT EXISTS (SELECT 1 FROM events e WHERE e.conversation_id = v.id"
    " AND e.kind = 'messages.moved')"
)
"""What a move has emptied stays: it can be taken back."""


def is_begun(db: Connection, conversation_id: ConversationId) -> bool:
    """Whether it was begun and has no message yet."""
    row = db.execute(
        f"SELECT 1 FROM conversations v WHERE v.id = ? AND {_EMPTY}", (conversation_id,)
    ).fetchone()
    return row is not None


def drafted(db: Connection, conversation_id: ConversationId) -> bool:
    """Whether somebody has written a draft in it, however short, or put a file to it."""
    row = db.execute(
        "SELECT 1 FROM drafts WHERE conversation_id = ? AND (trim(text) <> ''"
        " OR attachments <> '[]') LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return row is not None


def discard(db: Connection, conversation_id: ConversationId) -> bool:
    """Remove one without a message; False, and nothing done, for others."""
    if not is_begun(db, conversation_id):
        return False
    for sql in (
        "DELETE FROM awaited_messages WHERE conversation_id = ?",
        "UPDATE conversations SET related_id = NULL WHERE related_id = ?",
        "UPDATE presence SET conversation_id = NULL WHERE conversation_id = ?",
        "DELETE FROM conversations WHERE id = ?",
    ):
        db.execute(sql, (conversation_id,))
    return True


def left(db: Connection, before: Millis) -> list[ConversationId]:
    """Those begun before a time in which nothing is written, not even a draft."""
    rows = db.execute(
        f"SELECT v.id FROM conversations v WHERE v.created_at < ? AND {_EMPTY}"
        " AND NOT EXISTS (SELECT 1 FROM drafts d WHERE d.conversation_id = v.id"
        "  AND (trim(d.text) <> '' OR d.attachments <> '[]'))",
        (before,),
    )
    return [ConversationId(row[0]) for row in rows]
