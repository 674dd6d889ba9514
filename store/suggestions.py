"""Suggestions: what may be so, kept with its evidence until an agent decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from store import customers, json_column
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


def between(db: Connection, one: CustomerId, other: CustomerId) -> list[Suggestion]:
    """What was ever suggested of the two, whatever was decided; the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM suggestions WHERE kind = 'same-person'"
        " AND (customer_id, other_id) IN (VALUES (?1, ?2), (?2, ?1)) ORDER BY id DESC",
        (one, other),
    )
    return [_suggestion(row) for row in rows]


def strengthen(
    db: Connection,
    suggestion_id: int,
    reason: str,
    *,
    evidence: Mapping[str, Any],
    message_id: MessageId | None = None,
    at: Millis,
) -> Suggestion:
    """There is better evidence for what is, or was, suggested: it is open, and says that."""
    db.execute(
        "UPDATE suggestions SET reason = ?, evidence = ?, message_id = ?, state = 'open',"
        " created_at = ?, decided_at = NULL, decided_by = '' WHERE id = ?",
        (reason, json_column.dump(dict(evidence)), message_id, at, suggestion_id),
    )
    return get(db, suggestion_id)


def parted(db: Connection, one: CustomerId, other: CustomerId) -> bool:
    """Whether the two were made one, by whatever, and somebody took that back; either may have
    become part of somebody else since."""
    rows = db.execute(
        f"{customers.THEIRS} SELECT target_id FROM merges"
        " WHERE undone_at NOT NULL AND source_id IN theirs"
        " UNION SELECT source_id FROM merges WHERE undone_at NOT NULL AND target_id IN theirs",
        (one,),
    ).fetchall()
    return any(row[0] == other or customers.current(db, row[0]) == other for row in rows)


def made_by(db: Connection, customer_id: CustomerId, reasons: Collection[str]) -> int:
    """How many about this customer there ever were for these reasons, but those accepted."""
    row = db.execute(
        "SELECT count(*) FROM suggestions WHERE customer_id = ? AND state <> 'accepted'"
        f" AND reason IN ({','.join('?' * len(reasons))})",
        (customer_id, *reasons),
    ).fetchone()
    return int(row[0])


def open_about(db: Connection, customer_id: CustomerId, reasons: Collection[str]) -> int:
    """How many wait for a decision about this customer, from either side, for these reasons."""
    row = db.execute(
        "SELECT count(*) FROM suggestions WHERE (customer_id = ?1 OR other_id = ?1)"
        f" AND state = 'open' AND reason IN ({','.join('?' * len(reasons))})",
        (customer_id, *reasons),
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
