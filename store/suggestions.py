"""Suggestions: what may be so, kept with its evidence until an agent decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from store import json_column
from store.driver import Connection
from store.errors import NotFound
from store.model import CustomerId, MessageId, Millis, Suggestion
from store.wording import _

_COLUMNS = "id, kind, customer_id, other_id, reason, evidence, message_id, state, created_at"


def same_person(
    db: Connection,
    customer_id: CustomerId,
    other_id: CustomerId,
    reason: str,
    *,
    evidence: Mapping[str, Any],
    message_id: MessageId | None = None,
    at: Millis,
) -> Suggestion | None:
    """Suggest that two customers are one person; None when that was suggested before for the
    same reason, whatever was decided then."""
    if customer_id == other_id:
        return None
    cursor = db.execute(
        "INSERT INTO suggestions"
        " (kind, customer_id, other_id, reason, evidence, message_id, created_at)"
        " VALUES ('same-person', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (customer_id, other_id, reason, json_column.dump(dict(evidence)), message_id, at),
    )
    return get(db, cursor.lastrowid or 0) if cursor.rowcount else None


def get(db: Connection, suggestion_id: int) -> Suggestion:
    """Raises `NotFound`."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM suggestions WHERE id = ?", (suggestion_id,)
    ).fetchone()
    if row is None:
        raise NotFound(_("There is no suggestion {id}.").format(id=suggestion_id))
    return _suggestion(row)


def of_customer(
    db: Connection, customer_id: CustomerId, *, decided: bool = False
) -> list[Suggestion]:
    """What is suggested about a customer, from either side, the newest first; undecided ones
    alone unless `decided`. None about somebody who was merged into another since."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM suggestions s WHERE (customer_id = ?1 OR other_id = ?1)"
        " AND (?2 OR state = 'open') AND NOT EXISTS (SELECT 1 FROM customers c"
        "  WHERE c.id IN (s.customer_id, s.other_id) AND c.id <> ?1 AND merged_into NOT NULL)"
        " ORDER BY id DESC",
        (customer_id, decided),
    )
    return [_suggestion(row) for row in rows]


def made_by(db: Connection, customer_id: CustomerId, reason: str) -> int:
    """How many there ever were about this customer for that reason, whatever was decided."""
    row = db.execute(
        "SELECT count(*) FROM suggestions WHERE customer_id = ? AND reason = ?",
        (customer_id, reason),
    ).fetchone()
    return int(row[0])


def open_about(db: Connection, other_id: CustomerId, reason: str) -> int:
    """How many customers are waiting to be taken for this one, for that reason."""
    row = db.execute(
        "SELECT count(*) FROM suggestions WHERE other_id = ? AND reason = ? AND state = 'open'",
        (other_id, reason),
    ).fetchone()
    return int(row[0])


def decide(
    db: Connection,
    suggestion_id: int,
    state: Literal["open", "accepted", "dismissed"],
    *,
    agent: str,
    at: Millis,
) -> None:
    """What an agent made of it; `open` takes the decision back. Raises `NotFound`."""
    cursor = db.execute(
        "UPDATE suggestions SET state = ?1, decided_at = iif(?1 = 'open', NULL, ?2),"
        " decided_by = iif(?1 = 'open', '', ?3) WHERE id = ?4",
        (state, at, agent, suggestion_id),
    )
    if cursor.rowcount == 0:
        raise NotFound(_("There is no suggestion {id}.").format(id=suggestion_id))


def _suggestion(row: Sequence[Any]) -> Suggestion:
    return Suggestion(
        id=row[0],
        kind=row[1],
        customer_id=row[2],
        other_id=row[3],
        reason=row[4],
        evidence=json_column.load(row[5]),
        message_id=row[6],
        state=row[7],
        created_at=row[8],
    )
