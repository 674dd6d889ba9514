"""What the store knows about chats: their ids in messages' details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.driver import Connection
from store.model import AccountId, ConversationId, CustomerId, Identity, MessageId, Millis


@dataclass(frozen=True, slots=True)
class OursInChat:
    """A message of ours that is out."""

    id: MessageId
    conversation_id: ConversationId
    key: str


@dataclass(frozen=True, slots=True)
class ReadByUs:
    """Up to where an agent has read a chat."""

    at: Millis
    chat: str
    """"": it was no chat of this account."""
    address: str
    key: str
    """The message's."""
    position: int


def rename(
    db: Connection, account_id: AccountId, customer_id: CustomerId, old: str, new: str
) -> int:
    """A customer's chat goes on under another id, its topics with it; the number of messages
    that were in it."""
    changed = db.execute(
        "UPDATE messages SET details = json_set(details, '$.chat',"
        "  ?4 || substr(details ->> '$.chat', length(?3) + 1)),"
        " recipients = replace(recipients, json_quote(?3), json_quote(?4)),"
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


def rekey(db: Connection, account_id: AccountId, old: str, new: str, offset: int) -> None:
    """The messages `old:n` of a chat are called `new:n+offset` now; by their earlier keys they
    are found as well."""
    first, after = f"{old}:", f"{old};"  # ';' is what follows ':'
    rows = db.execute(
        "SELECT id, external_id FROM messages WHERE external_id > ? AND external_id < ?"
        " AND external_id <> '' AND account_id = ? ORDER BY id",
        (first, after, account_id),
    ).fetchall()
    moved = [(id_, key, key.removeprefix(first)) for id_, key in rows]
    numbered = [(id_, key, int(n)) for id_, key, n in moved if n.isascii() and n.isdecimal()]
    db.executemany(
        "INSERT OR IGNORE INTO message_aliases (account_id, external_id, message_id)"
        " VALUES (?, ?, ?)",
        [(account_id, key, id_) for id_, key, _n in numbered],
    )
    db.executemany(
        "UPDATE messages SET external_id = ? WHERE id = ?",
        [(f"{new}:{n + offset}", id_) for id_, _key, n in numbered],
    )


def messages_in(
    db: Connection, customer_id: CustomerId, account_id: AccountId, chat: str
) -> list[tuple[MessageId, ConversationId]]:
    """All of a customer's messages in a chat, the oldest first, and where each is."""
    rows = db.execute(
        "SELECT id, conversation_id FROM messages WHERE customer_id = ? AND account_id = ?"
        " AND details ->> '$.chat' = ? ORDER BY position",
        (customer_id, account_id, chat),
    )
    return [(MessageId(row[0]), ConversationId(row[1])) for row in rows]


def goes_on(db: Connection, account_id: AccountId, old: str, new: str) -> None:
    """Whoever was in a chat of their own is in another one now: what is kept by it goes along."""
    db.execute(
        "UPDATE follow_ups SET address = ?3 WHERE account_id = ?1 AND address = ?2",
        (account_id, old, new),
    )
    db.execute(
        "UPDATE one_time_codes SET address = ?3, chat = iif(chat = ?2, ?3, chat)"
        " WHERE account_id = ?1 AND address = ?2",
        (account_id, old, new),
    )
    db.execute(
        "UPDATE one_time_links SET used_by = ?3, used_in = iif(used_in = ?2, ?3, used_in)"
        " WHERE account_id = ?1 AND used_in <> '' AND used_by = ?2",
        (account_id, old, new),
    )


def ours(
    db: Connection, customer_id: CustomerId, account_id: AccountId, chat: str, most: int
) -> Iterator[OursInChat]:
    """What of ours is out in a chat, the newest first; of the customer's last `most` messages."""
    for row in db.execute(
        "SELECT id, conversation_id, external_id FROM"
        " (SELECT * FROM messages WHERE customer_id = ?1 ORDER BY position DESC LIMIT +?4)"
        " WHERE direction = 'out' AND account_id = ?2 AND external_id <> ''"
        " AND details ->> '$.chat' = ?3 ORDER BY position DESC",
        (customer_id, account_id, chat, most),
    ):
        yield OursInChat(*row)


def mark(db: Connection, ids: Sequence[MessageId], name: str, at: Millis) -> None:
    """Write a time into the details of messages that do not have it."""
    db.executemany(
        "UPDATE messages SET details = json_insert(details, ?1, ?2) WHERE id = ?3",
        [(f"$.{name}", at, id_) for id_ in ids],
    )


def read_since(
    db: Connection, account_id: AccountId, since: Millis, limit: int = 500
) -> list[ReadByUs]:
    """What agents have read at `since` or later in an account's chats, in that order: of each
    conversation the customer's newest message that was read."""
    found = []
    for conversation_id, message_id, at in db.execute(
        "SELECT conversation_id, message_id, at FROM read_marks WHERE at >= ? AND message_id > 0"
        " ORDER BY at, conversation_id LIMIT +?",
        (since, limit),
    ):
        row = db.execute(
            "SELECT details ->> '$.chat', author_address, external_id, position FROM messages"
            " WHERE conversation_id = ? AND direction = 'in' AND account_id = ? AND id <= ?"
            " AND external_id <> '' ORDER BY position DESC LIMIT 1",
            (conversation_id, account_id, message_id),
        ).fetchone()
        found.append(ReadByUs(at, *(row if row and row[0] else ("", "", "", 0))))
    return found


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
