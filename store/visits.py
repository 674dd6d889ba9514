"""Visits: who has a chat in front of them, where they are, what they filled in, and up to where
they have what is ours. The visit before is overwritten: it is no history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store import json_column
from store.driver import Connection
from store.model import AccountId, CustomerId, Millis
from store.parts import in_parts

Key = tuple[AccountId, str]
"""An account and a visitor's address."""

LEFT_AFTER = 60_000
"""Milliseconds after which somebody who has gone has left: pages are reloaded in less."""
FORGOTTEN_AFTER = 86_400_000
"""Milliseconds for which the visit of somebody is kept who never wrote."""

_COLUMNS = "v.account_id, v.address, v.chat, v.online, v.at, v.seen_at, v.details, v.form, v.marks"


@dataclass(frozen=True, slots=True)
class Visit:
    """The last one of somebody with an account."""

    account_id: AccountId
    address: str
    chat: str
    online: bool
    at: Millis
    """Since when they are there, or gone."""
    seen_at: Millis
    """When they last did anything."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """`page`, `title`, `referrer`, `browser`, `language`, `timezone`, each where known."""
    form: Mapping[str, str] = field(default_factory=dict)
    """What they filled in, by the fields' names: hearsay."""
    marks: Mapping[str, Any] = field(default_factory=dict)
    """`delivered`, `read`: [key, when] up to which they have our messages, or have seen them.
    `seen`: the key up to which they were told that we have read theirs."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a visit now."""

    address: str
    chat: str
    at: Millis
    online: bool | None = None
    """None: nothing was told of that."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What was told; the rest stays."""


def get(db: Connection, account_id: AccountId, address: str) -> Visit | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM visits v WHERE account_id = ? AND address = ?",
        (account_id, address),
    ).fetchone()
    return _visit(row) if row else None


def of_customer(db: Connection, customer_id: CustomerId) -> list[Visit]:
    """Those of all a customer's addresses: who is there first, then the latest."""
    return [
        _visit(row)
        for row in db.execute(
            f"SELECT {_COLUMNS} FROM identities i"
            " JOIN visits v ON v.address = i.address"
            " JOIN accounts a ON a.id = v.account_id AND a.channel = i.channel"
            " WHERE i.customer_id = ? ORDER BY v.online DESC, v.seen_at DESC",
            (customer_id,),
        )
    ]


def of_customers(db: Connection, customers: Sequence[CustomerId]) -> dict[CustomerId, Visit]:
    """The first of `of_customer` for each of several customers who has one."""
    found: dict[CustomerId, Visit] = {}
    for marks, part in in_parts(customers):
        for customer_id, *row in db.execute(
            f"SELECT i.customer_id, {_COLUMNS} FROM identities i"
            " JOIN visits v ON v.address = i.address"
            " JOIN accounts a ON a.id = v.account_id AND a.channel = i.channel"
            f" WHERE i.customer_id IN ({marks})"
            " ORDER BY v.online DESC, v.seen_at DESC",
            part,
        ):
            found.setdefault(CustomerId(customer_id), _visit(row))
    return found


def online(db: Connection, account_id: AccountId) -> list[Visit]:
    """Who is there now."""
    return [
        _visit(row)
        for row in db.execute(
            f"SELECT {_COLUMNS} FROM visits v WHERE account_id = ? AND online = 1 ORDER BY address",
            (account_id,),
        )
    ]


def note(db: Connection, account_id: AccountId, batch: Iterable[Seen], now: Millis) -> None:
    """Write down what is known of several visits, each address once.

    Who was there and is not any more leaves; `now` is by this machine's clock.
    """
    db.executemany(
        "INSERT INTO visits AS v (account_id, address, chat, online, at, seen_at, details)"
        " VALUES (?1, ?2, ?3, ifnull(?4, 0), ?5, ?5, ?6)"
        " ON CONFLICT DO UPDATE SET chat = iif(?3 = '', v.chat, ?3),"
        " at = iif(?4 IS NULL OR ?4 = v.online, v.at, ?5),"
        " left_due = CASE WHEN ?4 IS NULL OR ?4 = v.online THEN iif(?4 = 1, NULL, v.left_due)"
        "  WHEN ?4 = 1 THEN NULL ELSE ?7 END,"
        " online = ifnull(?4, v.online), seen_at = max(v.seen_at, ?5),"
        " details = json_patch(v.details, ?6)",
        [
            (
                account_id,
                seen.address,
                seen.chat,
                None if seen.online is None else int(seen.online),
                seen.at,
                json_column.dump({k: v for k, v in seen.details.items() if v is not None}),
                now + LEFT_AFTER,
            )
            for seen in batch
        ],
    )


def nobody(
    db: Connection, account_id: AccountId, now: Millis, *, but: Iterable[str] = ()
) -> list[str]:
    """Nobody is there any more, besides these addresses; who was until now."""
    kept = set(but)
    gone = [
        row[0]
        for row in db.execute(
            "SELECT address FROM visits WHERE account_id = ? AND online = 1", (account_id,)
        )
        if row[0] not in kept
    ]
    db.executemany(
        "UPDATE visits SET online = 0, at = ?1, left_due = ?2"
        " WHERE account_id = ?3 AND address = ?4",
        [(now, now + LEFT_AFTER, account_id, address) for address in gone],
    )
    return gone


def gone(db: Connection, account_id: AccountId, address: str, now: Millis) -> None:
    """Somebody is not there any more, and has not left by themselves."""
    db.execute(
        "UPDATE visits SET online = 0, at = ?, left_due = NULL"
        " WHERE account_id = ? AND address = ? AND online = 1",
        (now, account_id, address),
    )


def left(db: Connection, account_id: AccountId, now: Millis) -> list[Visit]:
    """Who has left and of whom it is not decided whether that is told, the first first."""
    return [
        _visit(row)
        for row in db.execute(
            f"SELECT {_COLUMNS} FROM visits v WHERE account_id = ? AND left_due <= ?"
            " ORDER BY left_due, address LIMIT 200",
            (account_id, now),
        )
    ]


def next_left(db: Connection, account_id: AccountId) -> Millis | None:
    """When somebody has left next."""
    row = db.execute(
        "SELECT min(left_due) FROM visits WHERE account_id = ? AND left_due IS NOT NULL",
        (account_id,),
    ).fetchone()
    return row[0] if row else None


def decided(db: Connection, account_id: AccountId, addresses: Iterable[str]) -> None:
    """Whether it is told that they left is decided."""
    db.executemany(
        "UPDATE visits SET left_due = NULL WHERE account_id = ? AND address = ?",
        [(account_id, address) for address in addresses],
    )


def fill_in(
    db: Connection,
    account_id: AccountId,
    address: str,
    chat: str,
    fields: Mapping[str, str],
    at: Millis,
) -> None:
    """Keep what somebody filled in; fields that were not in the form stay as they are."""
    db.execute(
        "INSERT INTO visits AS v (account_id, address, chat, at, seen_at, form)"
        " VALUES (?1, ?2, ?3, ?4, ?4, ?5) ON CONFLICT DO UPDATE SET"
        " form = json_patch(v.form, ?5), seen_at = max(v.seen_at, ?4)",
        (account_id, address, chat, at, json_column.dump(dict(fields))),
    )


def mark(
    db: Connection, account_id: AccountId, address: str, chat: str, at: Millis, **marks: Any
) -> None:
    """Keep up to where they have, or have seen, what is ours (`Visit.marks`)."""
    db.execute(
        "INSERT INTO visits AS v (account_id, address, chat, at, seen_at, marks)"
        " VALUES (?1, ?2, ?3, ?4, ?4, ?5) ON CONFLICT DO UPDATE SET"
        " marks = json_patch(v.marks, ?5)",
        (account_id, address, chat, at, json_column.dump(marks)),
    )


def become(db: Connection, account_id: AccountId, old: str, new: str) -> None:
    """Somebody goes on under another address: what is known of both is known of the new one,
    the later visit first."""
    before, there = get(db, account_id, old), get(db, account_id, new)
    if before is None or old == new:
        return
    db.execute("DELETE FROM visits WHERE account_id = ? AND address = ?", (account_id, old))
    if there is None:
        db.execute(
            "INSERT INTO visits (account_id, address, chat, online, at, seen_at, details, form)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account_id,
                new,
                new if before.chat == old else before.chat,
                int(before.online),
                before.at,
                before.seen_at,
                json_column.dump(dict(before.details)),
                json_column.dump(dict(before.form)),
            ),
        )
        return
    older, newer = sorted((before, there), key=lambda visit: visit.seen_at)
    db.execute(
        "UPDATE visits SET online = ?, at = ?, seen_at = ?, details = ?, form = ?"
        " WHERE account_id = ? AND address = ?",
        (
            int(before.online or there.online),
            newer.at,
            newer.seen_at,
            json_column.dump({**older.details, **newer.details}),
            json_column.dump({**older.form, **newer.form}),
            account_id,
            new,
        ),
    )


def forget_strangers(db: Connection, now: Millis) -> int:
    """Remove the visits of those who are gone for long and never wrote; how many."""
    return db.execute(
        "DELETE FROM visits WHERE online = 0 AND seen_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM accounts a JOIN identities i ON i.channel = a.channel"
        "  WHERE a.id = visits.account_id AND i.address = visits.address)",
        (now - FORGOTTEN_AFTER,),
    ).rowcount


def _visit(row: Sequence[Any]) -> Visit:
    return Visit(
        row[0],
        row[1],
        row[2],
        bool(row[3]),
        row[4],
        row[5],
        *(json_column.load(column) for column in row[6:9]),
    )
