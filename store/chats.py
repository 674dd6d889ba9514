"""What the store knows about chats: their ids in messages' details."""

from __future__ import annotations

from store.driver import Connection
from store.model import AccountId, CustomerId, Identity, Millis


def rename(
    db: Connection, account_id: AccountId, customer_id: CustomerId, old: str, new: str
) -> int:
    """A customer's chat goes on under another id, its topics with it; the number of messages
    that were in it."""
    changed = db.execute(
        "UPDATE messages SET details = json_set(details, '$.chat',"
        "  ?4 || substr(details ->> '$.chat', length(?3) + 1)),"
        " author_address = iif(direction = 'in' AND author_address = ?3, ?4, author_address)"
        " WHERE customer_id = ?2 AND account_id = ?1 AND (details ->> '$.chat' = ?3"
        "  OR substr(details ->> '$.chat', 1, length(?3) + 1) = ?3 || '/')",
        (account_id, customer_id, old, new),
    ).rowcount
    db.execute(
        "UPDATE outbox SET recipients = replace(recipients, json_quote(?2), json_quote(?3))"
        " WHERE account_id = ?1 AND message_id IN (SELECT id FROM messages"
        "  WHERE customer_id = ?4 AND state IN ('queued', 'failed', 'unknown'))",
        (account_id, old, new, customer_id),
    )
    return changed


def last_with(
    db: Connection, customer_id: CustomerId, account_id: AccountId, address: str
) -> str | None:
    """The chat in which a customer last wrote over an account under an address, "" where the
    channel has none; None when they never did."""
    row = db.execute(
        "SELECT ifnull(details ->> '$.chat', '') FROM messages"
        " WHERE customer_id = ? AND account_id = ? AND direction = 'in' AND author_address = ?"
        " ORDER BY position DESC LIMIT 1",
        (customer_id, account_id, address),
    ).fetchone()
    return str(row[0]) if row else None


def wrote(db: Connection, customer_id: CustomerId, channel: str, address: str) -> bool:
    """Whether a customer ever wrote on a channel under an address, over whatever account."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE customer_id = ? AND channel = ?"
        " AND direction = 'in' AND author_address = ?)",
        (customer_id, channel, address),
    ).fetchone()
    return bool(row[0])


def started(db: Connection, customer_id: CustomerId, account: str, address: str) -> str | None:
    """The chat that a customer opened last with an account, written in or not."""
    row = db.execute(
        "SELECT data ->> '$.chat' FROM events WHERE customer_id = ? AND kind = 'chat.started'"
        " AND data ->> '$.account' = ? AND data ->> '$.address' = ? ORDER BY id DESC LIMIT 1",
        (customer_id, account, address),
    ).fetchone()
    return str(row[0]) if row and row[0] else None


def blocked_at(db: Connection, identity: Identity) -> Millis:
    """When the owner of an address blocked us last, by the channel's clock; 0: nobody says."""
    row = db.execute(
        "SELECT data ->> '$.at' FROM events WHERE customer_id = ? AND kind = 'customer.blocked'"
        " AND data ->> '$.channel' = ? AND data ->> '$.address' = ? ORDER BY id DESC LIMIT 1",
        (identity.customer_id, identity.channel, identity.address),
    ).fetchone()
    return int(row[0] or 0) if row else 0
