"""One-time links: by their digest alone, so that nobody can open one who reads the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from store.driver import Connection
from store.model import AccountId, ConversationId, CustomerId, MessageId, Millis

_COLUMNS = (
    "digest, conversation_id, customer_id, account_id, message_id, channel, address, agent,"
    " created_at, expires_at, used_at, used_by, used_in"
)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """One that was made, whatever became of it."""

    digest: str
    """SHA-256 of the payload, in hex."""
    conversation_id: ConversationId
    """Where it was made."""
    customer_id: CustomerId
    """For whom it was made."""
    account_id: AccountId
    """Where it leads."""
    message_id: MessageId | None
    """The message that carries it; None while it stands in a draft."""
    channel: str
    address: str
    """With `channel`, the address that this message goes to."""
    agent: str
    created_at: Millis
    expires_at: Millis
    used_at: Millis | None
    used_by: str
    """The address that opened it."""
    used_in: str
    """The chat in which it did."""


def add(
    db: Connection,
    digest: str,
    conversation_id: ConversationId,
    customer_id: CustomerId,
    account_id: AccountId,
    *,
    agent: str,
    at: Millis,
    expires_at: Millis,
) -> None:
    """One was made for a draft: no message carries it yet."""
    db.execute(
        "INSERT INTO one_time_links (digest, conversation_id, customer_id, account_id, agent,"
        " created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (digest, conversation_id, customer_id, account_id, agent, at, expires_at),
    )


def find(db: Connection, digests: Iterable[str]) -> list[OneTimeLink]:
    """Those of the links that exist, in the order of their digests as given."""
    wanted = list(dict.fromkeys(digests))
    found: dict[str, OneTimeLink] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        rows = db.execute(f"SELECT {_COLUMNS} FROM one_time_links WHERE digest IN ({marks})", part)
        found.update((row[0], OneTimeLink(*row)) for row in rows)
    return [found[digest] for digest in wanted if digest in found]


def carry(
    db: Connection,
    digest: str,
    message_id: MessageId,
    channel: str,
    address: str,
    *,
    expires_at: Millis,
) -> None:
    """A message to this address has the link in it."""
    db.execute(
        "UPDATE one_time_links SET message_id = ?, channel = ?, address = ?, expires_at = ?"
        " WHERE digest = ?",
        (message_id, channel, address, expires_at, digest),
    )


def use(db: Connection, digest: str, *, by: str, chat: str, at: Millis) -> bool:
    """Spend it; whether it was unused. Every message that there is was there before."""
    cursor = db.execute(
        "UPDATE one_time_links SET used_at = ?, used_by = ?, used_in = ?,"
        " used_after = ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0)"
        " WHERE digest = ? AND used_at IS NULL",
        (at, by, chat, digest),
    )
    return cursor.rowcount > 0


def chosen(
    db: Connection, customer_id: CustomerId, account_id: AccountId, chat: str
) -> ConversationId | None:
    """The customer's conversation that a link brought into this chat, or into the one that it is
    a topic of (`42/7`), until they write there: from then on the chat itself tells."""
    row = db.execute(
        "SELECT m.conversation_id FROM one_time_links l JOIN messages m ON m.id = l.message_id"
        " WHERE l.account_id = ?2 AND l.used_in IN (?3, ?4) AND l.used_in <> ''"
        " AND m.customer_id = ?1"
        " AND NOT EXISTS (SELECT 1 FROM messages n WHERE n.customer_id = ?1"
        "   AND n.position >= l.used_at << 12 AND n.id > l.used_after"
        "   AND n.account_id = ?2 AND n.direction = 'in'"
        "   AND n.details ->> '$.chat' IN (?3, ?4))"
        " ORDER BY l.used_at DESC LIMIT 1",
        (customer_id, account_id, chat, chat.partition("/")[0]),
    ).fetchone()
    return ConversationId(row[0]) if row else None


def led_into(db: Connection, account_id: AccountId, chats: Iterable[str]) -> set[str]:
    """Which of these chats of an account a link brought somebody into: themselves, or the chat
    that they are topics of."""
    wanted = {chat: chat.partition("/")[0] for chat in chats if chat}
    places = sorted({*wanted, *wanted.values()})
    used: set[str] = set()
    for start in range(0, len(places), _AT_ONCE):
        part = places[start : start + _AT_ONCE]
        used.update(
            row[0]
            for row in db.execute(
                "SELECT DISTINCT used_in FROM one_time_links WHERE account_id = ?"
                f" AND used_in IN ({','.join('?' * len(part))}) AND used_in <> ''",
                (account_id, *part),
            )
        )
    return {chat for chat, whole in wanted.items() if chat in used or whole in used}


def writers(db: Connection, customer_id: CustomerId, account_id: AccountId) -> list[str]:
    """The addresses from which a customer wrote over an account."""
    return [
        row[0]
        for row in db.execute(
            "SELECT DISTINCT author_address FROM messages"
            " WHERE customer_id = ? AND account_id = ? AND direction = 'in'",
            (customer_id, account_id),
        )
    ]


def forget_drafted(db: Connection, before: Millis) -> int:
    """Drop those made before that time which no message ever carried; how many."""
    return db.execute(
        "DELETE FROM one_time_links WHERE message_id IS NULL AND created_at < ?", (before,)
    ).rowcount
