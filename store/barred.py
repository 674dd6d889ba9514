"""Whom agents keep out, and whether the channel was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.driver import Connection
from store.model import AccountId, CustomerId, Millis

_COLUMNS = "account_id, address, agent, at, lifted_at, told_at"


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody who is kept out, or was."""

    account_id: AccountId
    address: str
    agent: str
    """Who did it, or lifted it."""
    at: Millis
    lifted_at: Millis | None
    """None: still kept out."""
    told_at: Millis | None
    """None: the channel does not know yet."""


def bar(db: Connection, account_id: AccountId, address: str, agent: str, at: Millis) -> bool:
    """Keep somebody out; whether that is news. The channel is still to be told."""
    cursor = db.execute(
        "INSERT INTO barred AS b (account_id, address, agent, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET agent = excluded.agent, at = excluded.at, lifted_at = NULL,"
        " told_at = NULL WHERE b.lifted_at IS NOT NULL",
        (account_id, address, agent, at),
    )
    return cursor.rowcount > 0


def lift(db: Connection, account_id: AccountId, address: str, agent: str, at: Millis) -> bool:
    """Let somebody in again; whether that is news. The channel is still to be told."""
    cursor = db.execute(
        "UPDATE barred SET agent = ?, lifted_at = ?, told_at = NULL"
        " WHERE account_id = ? AND address = ? AND lifted_at IS NULL",
        (agent, at, account_id, address),
    )
    return cursor.rowcount > 0


def among(db: Connection, account_id: AccountId, addresses: Sequence[str]) -> set[str]:
    """Which of these are kept out."""
    found: set[str] = set()
    for start in range(0, len(addresses), 500):
        part = addresses[start : start + 500]
        found.update(
            row[0]
            for row in db.execute(
                "SELECT address FROM barred WHERE account_id = ? AND lifted_at IS NULL"
                f" AND address IN ({','.join('?' * len(part))})",
                (account_id, *part),
            )
        )
    return found


def get(db: Connection, account_id: AccountId, address: str) -> Barred | None:
    """None: they never were."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM barred WHERE account_id = ? AND address = ?",
        (account_id, address),
    ).fetchone()
    return Barred(*row) if row else None


def of_customer(db: Connection, customer_id: CustomerId) -> list[Barred]:
    """Where a customer is kept out, the last first."""
    rows = db.execute(
        "SELECT b.account_id, b.address, b.agent, b.at, b.lifted_at, b.told_at FROM identities i"
        " JOIN accounts a ON a.channel = i.channel"
        " JOIN barred b ON b.account_id = a.id AND b.address = i.address"
        " WHERE i.customer_id = ? AND b.lifted_at IS NULL ORDER BY b.at DESC, b.address",
        (customer_id,),
    )
    return [Barred(*row) for row in rows]


def untold(db: Connection, account_id: AccountId) -> list[Barred]:
    """What the channel is still to be told, the first first."""
    return [
        Barred(*row)
        for row in db.execute(
            f"SELECT {_COLUMNS} FROM barred WHERE account_id = ? AND told_at IS NULL"
            " ORDER BY at, address",
            (account_id,),
        )
    ]


def told(db: Connection, known: Barred, at: Millis) -> None:
    """The channel knows it as it was `known`; it may have changed since."""
    db.execute(
        "UPDATE barred SET told_at = ? WHERE account_id = ? AND address = ? AND at = ?"
        " AND lifted_at IS ?",
        (at, known.account_id, known.address, known.at, known.lifted_at),
    )
