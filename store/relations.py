"""Relations: customers who belong together by an agent's word (a household, an assistant).

A relation stays with those of whom it was said: a merge moves none, so that one who is a customer
of their own again has theirs. Asked for, they are those of the customers that there are now.
"""

from __future__ import annotations

from dataclasses import replace

from store import customers
from store.customers import THEIRS
from store.driver import Connection
from store.model import CustomerId, Millis, Relation

_COLUMNS = "customer_id, other_id, label, agent, at"


def of(db: Connection, customer_id: CustomerId) -> list[Relation]:
    """Those that a customer is an end of, whichever; the newest first.

    A relation is kept as it was said: `other_id` is `label` to `customer_id`. Where the customer
    asked for is `other_id`, the label says what they are to the other one.
    """
    rows = db.execute(
        f"{THEIRS} SELECT {_COLUMNS}, 0 FROM relations WHERE customer_id IN theirs"
        f" UNION ALL SELECT {_COLUMNS}, 1 FROM relations WHERE other_id IN theirs"
        " ORDER BY at DESC, customer_id, other_id",
        (customer_id,),
    )
    found: dict[tuple[int, int], Relation] = {}
    for *row, turned in rows:
        said = Relation(*row)
        if turned:
            now = replace(
                said, customer_id=customers.current(db, said.customer_id), other_id=customer_id
            )
        else:
            now = replace(
                said, customer_id=customer_id, other_id=customers.current(db, said.other_id)
            )
        if now.customer_id != now.other_id:  # who became one with them
            found.setdefault((now.customer_id, now.other_id), now)
    return list(found.values())


def between(db: Connection, one: CustomerId, other: CustomerId) -> list[Relation]:
    """Those of two customers, said from either end: at most two, that of `one` first."""
    found = [each for each in of(db, one) if other in (each.customer_id, each.other_id)]
    return sorted(found, key=lambda each: each.customer_id != one)


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
    remove(db, customer_id, other_id)
    db.execute(
        "INSERT INTO relations (customer_id, other_id, label, agent, at) VALUES (?, ?, ?, ?, ?)",
        (customer_id, other_id, label, agent, at),
    )


def remove(db: Connection, customer_id: CustomerId, other_id: CustomerId) -> bool:
    """Take back what was said from this end; whether something was."""
    cursor = db.execute(
        f"{THEIRS}, others (id) AS (SELECT ?2 UNION"
        " SELECT c.id FROM others CROSS JOIN customers c ON c.merged_into = others.id)"
        " DELETE FROM relations WHERE customer_id IN theirs AND other_id IN others",
        (customer_id, other_id),
    )
    return cursor.rowcount > 0
