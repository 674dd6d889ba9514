"""Claims: what customers say of themselves and nothing proves.

A claim stays with whom it was made by: a merge moves none, so that one who is a customer of
their own again has theirs. One that a message made goes where the message goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from store import customers
from store.customers import THEIRS
from store.driver import Connection
from store.model import Claim, CustomerId, MessageId

Kind = Literal["email", "phone", "order", "name"]

MOST: dict[Kind, int] = {"email": 5, "phone": 5, "order": 20, "name": 3}
"""Of one customer: the oldest go. Who names more is trying, or has a long history."""

_COLUMNS = "customer_id, kind, value, shown, source, message_id, at"


def keep(db: Connection, claims: Iterable[Claim]) -> list[Claim]:
    """Write claims down; those that are news. What was said before stays as it was said then."""
    fresh = [
        claim
        for claim in claims
        if db.execute(
            f"INSERT INTO claims ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                claim.customer_id,
                claim.kind,
                claim.value,
                claim.shown,
                claim.source,
                claim.message_id,
                claim.at,
            ),
        ).rowcount
    ]
    for customer_id, kind in {(claim.customer_id, claim.kind) for claim in fresh}:
        db.execute(
            "DELETE FROM claims WHERE (customer_id, kind, value) IN (SELECT customer_id, kind,"
            " value FROM claims WHERE customer_id = ? AND kind = ? ORDER BY at DESC, value"
            " LIMIT -1 OFFSET ?)",
            (customer_id, kind, MOST[kind]),
        )
    return fresh


def of(db: Connection, customer_id: CustomerId, kind: Kind | None = None) -> list[Claim]:
    """What a customer said, also under those who became part of them; each once, the newest
    first."""
    rows = db.execute(
        f"{THEIRS} SELECT {_COLUMNS} FROM claims WHERE customer_id IN theirs"
        " AND kind = ifnull(?2, kind) ORDER BY at DESC, kind, value",
        (customer_id, kind),
    )
    found: dict[tuple[str, str], Claim] = {}
    for row in rows:
        found.setdefault((row[1], row[2]), _claim(row, customer_id))
    return list(found.values())


def said(
    db: Connection, kind: Kind, value: str, limit: int, *, but: CustomerId | None = None
) -> list[Claim]:
    """Who says this, as the customers that they are now, but one; each once, the last first. What
    many say, nobody is known by: no more than `limit` are looked for."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM claims WHERE kind = ? AND value = ? LIMIT +?", (kind, value, limit)
    ).fetchall()
    found: dict[CustomerId, Claim] = {}
    for row in sorted(rows, key=lambda row: (-row[6], -row[0])):
        if row[0] != but and (holder := customers.current(db, row[0])) != but:
            found.setdefault(holder, _claim(row, holder))
    return list(found.values())


def follow(db: Connection, ids: Sequence[MessageId], customer_id: CustomerId) -> None:
    """Messages are another customer's now: so is what they say."""
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        db.execute(
            "UPDATE OR IGNORE claims SET customer_id = ?"
            f" WHERE message_id IN ({','.join('?' * len(part))})",
            (customer_id, *part),
        )


def _claim(row: Sequence[Any], customer_id: CustomerId | None = None) -> Claim:
    return Claim(row[0] if customer_id is None else customer_id, *row[1:])
