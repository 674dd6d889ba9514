"""The intake ledger: one row for everything a channel brought, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from store.driver import Connection
from store.model import AccountId, ConversationId, MessageId, Millis, Outcome, Receipt

_SELECT = (
    "SELECT a.name, l.external_id, l.outcome, l.reason, l.message_id, l.at, l.raw"
    " FROM ledger l JOIN accounts a ON a.id = l.account_id"
)

_RECORD = (
    "INSERT INTO ledger (account_id, external_id, outcome, reason, message_id, raw, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason,"
    "   message_id = excluded.message_id, at = excluded.at,"
    "   raw = iif(excluded.raw = '', ledger.raw, excluded.raw)"
    " WHERE ledger.outcome = 'quarantined'"
)


def _receipts(rows: Iterable[Sequence[Any]]) -> list[Receipt]:
    return [Receipt(*row) for row in rows]


def record(
    db: Connection,
    account_id: AccountId,
    external_id: str,
    outcome: Outcome,
    *,
    reason: str = "",
    message_id: MessageId | None = None,
    raw: str = "",
    at: Millis,
) -> bool:
    """Note how an item ended; False, and nothing changed, when it was known already.

    A quarantined item is the exception: a later try may give it its final outcome.
    """
    row = (account_id, external_id, outcome, reason, message_id, raw, at)
    return db.execute(_RECORD, row).rowcount > 0


def record_many(db: Connection, account_id: AccountId, receipts: Iterable[Receipt]) -> None:
    """`record` for several items of one account."""
    db.executemany(
        _RECORD,
        [
            (account_id, r.external_id, r.outcome, r.reason, r.message_id, r.raw, r.at)
            for r in receipts
        ],
    )


def redeem(
    db: Connection, account_id: AccountId, external_id: str, reason: str, message_id: MessageId
) -> None:
    """An item that was ignored for want of its message was put to it after all."""
    db.execute(
        "UPDATE ledger SET outcome = 'accepted', reason = ?, message_id = ?"
        " WHERE account_id = ? AND external_id = ? AND outcome = 'ignored'",
        (reason, message_id, account_id, external_id),
    )


def known(db: Connection, account_id: AccountId, ids: Iterable[str]) -> set[str]:
    """Which of these external ids the ledger has."""
    wanted = list(ids)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        found.update(
            row[0]
            for row in db.execute(
                "SELECT external_id FROM ledger WHERE account_id = ?"
                f" AND external_id IN ({','.join('?' * len(part))})",
                (account_id, *part),
            )
        )
    return found


def of_conversation(
    db: Connection, account_id: AccountId, conversation_id: ConversationId
) -> list[str]:
    """The external ids under which its received messages lie in an account's channel."""
    return [
        row[0]
        for row in db.execute(
            "SELECT l.external_id FROM messages m JOIN ledger l ON l.message_id = m.id"
            " WHERE m.conversation_id = ? AND m.direction = 'in' AND l.account_id = ?"
            " ORDER BY m.position, l.external_id",
            (conversation_id, account_id),
        )
    ]


def ids(db: Connection, account_id: AccountId, prefix: str) -> set[str]:
    """Every external id that starts with `prefix`."""
    return {
        row[0]
        for row in db.execute(
            "SELECT external_id FROM ledger WHERE account_id = ?"
            " AND external_id >= ? AND substr(external_id, 1, length(?)) = ?"
            " AND external_id < ? || char(1114111)",
            (account_id, prefix, prefix, prefix, prefix),
        )
    }


def all(
    db: Connection,
    account: str | None = None,
    outcome: Outcome | None = None,
    limit: int | None = None,
) -> list[Receipt]:
    """Oldest first; with a limit the newest ones."""
    rows = _receipts(
        db.execute(
            f"{_SELECT} WHERE (?1 IS NULL OR a.name = ?1) AND (?2 IS NULL OR l.outcome = ?2)"
            " ORDER BY l.at DESC, l.account_id DESC, l.message_id DESC, l.external_id DESC"
            " LIMIT +?3",
            (account, outcome, -1 if limit is None else limit),
        )
    )
    return rows[::-1]


def quarantined(db: Connection) -> list[Receipt]:
    """What could not be understood, oldest first."""
    return _receipts(db.execute(f"{_SELECT} WHERE l.outcome = 'quarantined' ORDER BY l.at"))


def release(db: Connection, account_id: AccountId, external_id: str) -> bool:
    """Forget that an item was quarantined, so that the same transaction can take it in anew."""
    cursor = db.execute(
        "DELETE FROM ledger WHERE account_id = ? AND external_id = ? AND outcome = 'quarantined'",
        (account_id, external_id),
    )
    return cursor.rowcount > 0
