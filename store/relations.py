"""Relations: customers who belong together by an agent's word (a household, an assistant)."""

from __future__ import annotations

from store.driver import Connection
from store.model import CustomerId, Millis, Relation

_COLUMNS = "customer_id, other_id, label, agent, at"


def of(db: Connection, customer_id: CustomerId) -> list[Relation]:
    """Those that a customer is an end of, whichever; the newest first.

    A relation is kept as it was said: `other_id` is `label` to `customer_id`. Where the customer
    asked for is `other_id`, the label says what they are to the other one.
    """
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM relations WHERE customer_id = ?1"
        f" UNION ALL SELECT {_COLUMNS} FROM relations WHERE other_id = ?1"
        " ORDER BY at DESC, customer_id, other_id",
        (customer_id,),
    )
    return [Relation(*row) for row in rows]


def between(db: Connection, one: CustomerId, other: CustomerId) -> list[Relation]:
    """Those of two customers, said from either end: at most two, that of `one` first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM relations WHERE (customer_id, other_id) IN"
        " (VALUES (?1, ?2), (?2, ?1)) ORDER BY customer_id <> ?1",
        (one, other),
    )
    return [Relation(*row) for row in rows]


def add(
    db: Connection,
    customer_id: CustomerId,
    other_id: CustomerId,
    *,
    label: str = "",
    agent: str,
    at: Millis,
) -> None:
    """The other one is `label` to the customer; what was said before from this end gives way."""
    db.execute(
        "INSERT INTO relations (customer_id, other_id, label, agent, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (customer_id, other_id) DO UPDATE SET"
        " label = excluded.label, agent = excluded.agent, at = excluded.at",
        (customer_id, other_id, label, agent, at),
    )


def remove(db: Connection, customer_id: CustomerId, other_id: CustomerId) -> bool:
    """Take back what was said from this end; whether something was."""
    cursor = db.execute(
        "DELETE FROM relations WHERE customer_id = ? AND other_id = ?", (customer_id, other_id)
    )
    return cursor.rowcount > 0
