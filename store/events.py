"""The append-only log: who did what to what, when. Audit, change feed and reports read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store import json_column
from store.driver import Connection
from store.model import ConversationId, CustomerId, Event, EventId, MessageId, Millis, NewEvent

_INSERT = (
    "INSERT INTO events (at, actor, kind, customer_id, conversation_id, message_id, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS = "id, at, actor, kind, customer_id, conversation_id, message_id, data"


def _events(rows: Iterable[Sequence[Any]]) -> list[Event]:
    return [Event(*(*row[:7], json_column.load(row[7]))) for row in rows]


def append(
    db: Connection,
    actor: str,
    kind: str,
    *,
    at: Millis,
    customer_id: CustomerId | None = None,
    conversation_id: ConversationId | None = None,
    message_id: MessageId | None = None,
    data: Mapping[str, Any] | None = None,
) -> EventId:
    new = NewEvent(at, actor, kind, customer_id, conversation_id, message_id, data or {})
    return EventId(db.execute(_INSERT, _row(new)).lastrowid or 0)


def append_many(db: Connection, batch: Iterable[NewEvent]) -> None:
    """Several at once, in order."""
    db.executemany(_INSERT, map(_row, batch))


def _row(new: NewEvent) -> tuple[Any, ...]:
    return (
        new.at,
        new.actor,
        new.kind,
        new.customer_id,
        new.conversation_id,
        new.message_id,
        json_column.dump(dict(new.data)),
    )


def after(db: Connection, event_id: int, limit: int = 1000) -> list[Event]:
    """What happened after that event, in order. Ids follow the order of commits."""
    return _events(
        db.execute(
            f"SELECT {_COLUMNS} FROM events WHERE id > ? ORDER BY id LIMIT ?", (event_id, limit)
        )
    )


def last_id(db: Connection) -> EventId:
    """0 while nothing has happened."""
    return EventId(db.execute("SELECT ifnull(max(id), 0) FROM events").fetchone()[0])


def of_conversation(db: Connection, conversation_id: ConversationId) -> list[Event]:
    """In order."""
    return _events(
        db.execute(
            f"SELECT {_COLUMNS} FROM events WHERE conversation_id = ? ORDER BY id",
            (conversation_id,),
        )
    )


def of_customer(db: Connection, customer_id: CustomerId) -> list[Event]:
    """In order."""
    return _events(
        db.execute(
            f"SELECT {_COLUMNS} FROM events WHERE customer_id = ? ORDER BY id", (customer_id,)
        )
    )
