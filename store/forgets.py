"""Whom channels' servers are still to forget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.driver import Connection
from store.model import AccountId, CustomerId, Millis


@dataclass(frozen=True, slots=True)
class Forget:
    account_id: AccountId
    address: str
    at: Millis
    """When they were erased here."""
    tries: int
    due_at: Millis


def addresses(
    db: Connection, ids: Sequence[CustomerId], channel: str
) -> list[tuple[CustomerId, str]]:
    """Their addresses in a channel."""
    marks = ",".join("?" * len(ids))
    rows = db.execute(
        f"SELECT customer_id, address FROM identities WHERE channel = ?"
        f" AND customer_id IN ({marks}) ORDER BY id",
        (channel, *ids),
    )
    return [(CustomerId(row[0]), row[1]) for row in rows]


def add(db: Connection, account_id: AccountId, address: str, at: Millis) -> None:
    """Have the channel's server delete what it has of an address."""
    db.execute(
        "INSERT INTO forgets (account_id, address, at, due_at) VALUES (?1, ?2, ?3, ?3)"
        " ON CONFLICT DO UPDATE SET at = ?3, due_at = ?3, tries = 0",
        (account_id, address, at),
    )


def of_account(db: Connection, account_id: AccountId) -> list[Forget]:
    """The first due first."""
    return [
        Forget(*row)
        for row in db.execute(
            "SELECT account_id, address, at, tries, due_at FROM forgets WHERE account_id = ?"
            " ORDER BY due_at, address",
            (account_id,),
        )
    ]


def count(db: Connection) -> int:
    """How many there are, of all accounts."""
    return int(db.execute("SELECT count(*) FROM forgets").fetchone()[0])


def done(db: Connection, one: Forget) -> None:
    """The server has forgotten them; so do we."""
    db.execute(
        "DELETE FROM forgets WHERE account_id = ? AND address = ? AND at = ?",
        (one.account_id, one.address, one.at),
    )


def later(db: Connection, one: Forget, due_at: Millis) -> None:
    """It could not be told: again then."""
    db.execute(
        "UPDATE forgets SET tries = tries + 1, due_at = ? WHERE account_id = ? AND address = ?",
        (due_at, one.account_id, one.address),
    )
