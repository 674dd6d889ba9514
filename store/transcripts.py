"""One chat of a customer, as it is copied for them."""

from __future__ import annotations

from store import messages
from store.driver import Connection
from store.model import AccountId, CustomerId, Message, MessageId, Millis


def of_chat(
    db: Connection,
    customer_id: CustomerId,
    account_id: AccountId,
    chat: str,
    *,
    upto: int,
    limit: int,
) -> list[Message]:
    """What a customer and we wrote to each other in a chat and was not taken back, up to a
    position; of more than `limit` the last ones. No notes, nothing that they never got."""
    rows = db.execute(
        "SELECT id FROM messages WHERE customer_id = ? AND account_id = ? AND position <= ?"
        " AND details ->> '$.chat' = ? AND details ->> '$.deleted_at' IS NULL"
        " AND (direction = 'in' OR (direction = 'out' AND state = 'sent'))"
        " ORDER BY position DESC LIMIT +?",
        (customer_id, account_id, upto, chat, limit),
    )
    return messages.many(db, [MessageId(row[0]) for row in rows])


def asked_since(db: Connection, customer_id: CustomerId, since: Millis) -> int:
    """How many transcripts were made for a customer since then."""
    row = db.execute(
        "SELECT count(*) FROM messages WHERE customer_id = ? AND position >= (? + 1) << 12"
        " AND direction = 'out' AND details ->> '$.automatic' = 'transcript'"
        " AND state <> 'cancelled'",
        (customer_id, since),
    ).fetchone()
    return int(row[0])
