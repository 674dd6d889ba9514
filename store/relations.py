"""Relations: customers who belong together by an agent's word (a household, an assistant)."""

from __future__ import annotations

from store.customers import current
from store.driver import Connection
from store.model import CustomerId, Millis, Relation

_THEIRS = (
    "WITH RECURSIVE theirs (id) AS (SELECT ?1 UNION"
    " SELECT c.id FROM theirs CROSS JOIN customers c ON c.merged_into = theirs.id)"
)
"""A customer, and everybody who became part of them: a relation stays with whom it was said of,
so that one who is a customer of their own again has theirs."""


def of(db: Connection, customer_id: CustomerId) -> list[Relation]:
    """Those that a customer is an end of, whichever; the newest first.

    A relation is kept as it was said: `other_id` is `label` to `customer_id`. Where the customer
    asked for is `other_id`, the label says what they are to the other one. Who became part of
    somebody else is named as that one.
    """
    rows = db.execute(
        f"{_THEIRS}, known (mine, customer_id, other_id, label, agent, at) AS ("
        " SELECT 1, r.* FROM theirs CROSS JOIN relations r ON r.customer_id = theirs.id"
        " UNION ALL"
        " SELECT 0, r.* FROM theirs CROSS JOIN relations r ON r.other_id = theirs.id)"
        " SELECT mine, customer_id, other_id, label, agent, at FROM known"
        " ORDER BY at DESC, customer_id, other_id",
        (customer_id,),
    ).fetchall()
    found: dict[tuple[CustomerId, CustomerId], Relation] = {}
    for mine, one, other, label, agent, at in rows:
        far = current(db, CustomerId(other if mine else one))
        if far != customer_id:
            ends = (customer_id, far) if mine else (far, customer_id)
            found.setdefault(ends, Relation(*ends, label, agent, at))
    return list(found.values())


def between(db: Connection, one: CustomerId, other: CustomerId) -> list[Relation]:
    """Those of two customers, said from either end: at most two, that of `one` first."""
    found = [said for said in of(db, one) if other in (said.customer_id, said.other_id)]
    return sorted(found, key=lambda said: said.customer_id != one)


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
    """Take back what was said from this end, also of those who became part of either; whether
    something was."""
    cursor = db.execute(
        f"{_THEIRS}, others (id) AS (SELECT ?2 UNION"
        " SELECT c.id FROM others CROSS JOIN customers c ON c.merged_into = others.id)"
        " DELETE FROM relations WHERE customer_id IN theirs AND other_id IN others",
        (customer_id, other_id),
    )
    return cursor.rowcount > 0
