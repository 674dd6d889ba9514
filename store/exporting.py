"""Reading everything of one customer, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from store import claims, events, json_column, messages
from store.customers import everybody
from store.driver import Connection
from store.model import ConversationId, CustomerId, Event, EventId, Message, MessageId


def messages_of(
    db: Connection, conversation_id: ConversationId, limit: int
) -> Iterator[list[Message]]:
    """A conversation's, in order."""
    return _pages(db, "conversation_id", conversation_id, limit)


def messages_by(db: Connection, customer_id: CustomerId, limit: int) -> Iterator[list[Message]]:
    """All of a customer's, in the order of time."""
    return _pages(db, "customer_id", customer_id, limit)


def _pages(db: Connection, column: str, value: int, limit: int) -> Iterator[list[Message]]:
    after = -1
    while rows := db.execute(
        f"SELECT id, position FROM messages WHERE {column} = ? AND position > ?"
        " ORDER BY position LIMIT +?",
        (value, after, limit),
    ).fetchall():
        found = messages.many(db, [MessageId(row[0]) for row in rows])
        yield sorted(found, key=lambda message: message.position)
        after = rows[-1][1]


def file(db: Connection, attachment_id: int) -> tuple[str, str]:
    """An attachment's name and content; "" for one that is not here."""
    row = db.execute("SELECT name, blob FROM attachments WHERE id = ?", (attachment_id,)).fetchone()
    return (row[0], row[1]) if row else ("", "")


def files_of(db: Connection, message_id: MessageId) -> list[tuple[int, str]]:
    """All that a message has and had: number and content."""
    return db.execute(
        "SELECT id, blob FROM attachments WHERE message_id = ? ORDER BY place, id", (message_id,)
    ).fetchall()


def events_of(db: Connection, customer_id: CustomerId, limit: int) -> Iterator[Event]:
    """What happened to a customer, and to who became part of them, in order for each."""
    for one in everybody(db, customer_id):
        after = EventId(0)
        while page := events.of_customer_after(db, one, after, limit):
            yield from page
            after = page[-1].id


def rest_of(db: Connection, customer_id: CustomerId) -> dict[str, Any]:
    """What the card does not show: plain values, times in UTC milliseconds."""
    mine = "(SELECT id FROM conversations WHERE customer_id = ?)"
    return {
        "claims": [
            {name: getattr(one, name) for name in ("kind", "shown", "value", "source", "at")}
            for one in claims.of(db, customer_id)
        ],
        "relations": _rows(
            db,
            "SELECT other_id, label, agent, at FROM relations WHERE customer_id = ?",
            customer_id,
        ),
        "drafts": _rows(
            db,
            "SELECT conversation_id, agent, kind, text, updated_at FROM drafts"
            f" WHERE conversation_id IN {mine}",
            customer_id,
        ),
        "visits": [
            {**row, **{name: json_column.load(row[name]) for name in ("details", "form")}}
            for row in _rows(
                db,
                "SELECT v.address, v.at, v.seen_at, v.details, v.form FROM identities i"
                " JOIN visits v ON v.address = i.address JOIN accounts a ON a.id = v.account_id"
                " AND a.channel = i.channel WHERE i.customer_id = ?",
                customer_id,
            )
        ],
    }


def _rows(db: Connection, sql: str, customer_id: CustomerId) -> list[dict[str, Any]]:
    cursor = db.execute(sql, (customer_id,))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
