"""Changes to what was sent: edits and deletions on their way to the channel.

`queued → done | failed | cancelled`. Unlike a message, a change may be carried out twice
without harm, so there is no state in between: what a crash interrupts is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NewType

from store.driver import Connection
from store.errors import NotFound
from store.model import AccountId, MessageId, Millis
from store.wording import _

AlterationId = NewType("AlterationId", int)
Kind = Literal["edit", "delete"]
State = Literal["queued", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Alteration:
    """One edit or deletion, and how far it is."""

    id: AlterationId
    message_id: MessageId
    account_id: AccountId
    account: str
    kind: Kind
    text: str
    """The new one; of a deletion: empty."""
    agent: str
    state: State
    due_at: Millis
    attempts: int
    error: str
    """What the last try met, a sentence; empty: nothing yet."""
    created_at: Millis


_SELECT = (
    "SELECT x.id, x.message_id, x.account_id, a.name, x.kind, x.text, x.agent, x.state,"
    " x.due_at, x.attempts, x.error, x.created_at"
    " FROM alterations x JOIN accounts a ON a.id = x.account_id"
)
# Changes of one message are made in their order: a later one waits for those before it.
_FIRST = (
    "NOT EXISTS (SELECT 1 FROM alterations e WHERE e.message_id = x.message_id"
    " AND e.state = 'queued' AND e.id < x.id)"
)


def _all(db: Connection, tail: str, *values: Any) -> list[Alteration]:
    return [_alteration(row) for row in db.execute(f"{_SELECT} {tail}", values)]


def _alteration(row: Sequence[Any]) -> Alteration:
    return Alteration(*row)


def queue(
    db: Connection,
    message_id: MessageId,
    account_id: AccountId,
    kind: Kind,
    text: str,
    *,
    agent: str,
    at: Millis,
    due_at: Millis,
) -> Alteration:
    """Promise a change, not before `due_at`."""
    cursor = db.execute(
        "INSERT INTO alterations (message_id, account_id, kind, text, agent, due_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (message_id, account_id, kind, text, agent, due_at, at),
    )
    return get(db, AlterationId(cursor.lastrowid or 0))


def get(db: Connection, alteration_id: AlterationId) -> Alteration:
    """Raises `NotFound`."""
    found = _all(db, "WHERE x.id = ?", alteration_id)
    if not found:
        raise NotFound(_("There is no change {id}.").format(id=alteration_id))
    return found[0]


def of_message(db: Connection, message_id: MessageId) -> list[Alteration]:
    """All of a message's, in their order."""
    return _all(db, "WHERE x.message_id = ? ORDER BY x.id", message_id)


def due(db: Connection, now: Millis, account_id: AccountId, limit: int = 100) -> list[Alteration]:
    """What may be carried out now, the longest due first; one of each message."""
    return _all(
        db,
        "WHERE x.account_id = ? AND x.state = 'queued' AND x.due_at <= ?"
        f" AND {_FIRST} ORDER BY x.due_at, x.id LIMIT +?",
        account_id,
        now,
        limit,
    )


def next_due_at(db: Connection, account_id: AccountId) -> Millis | None:
    """When the next one may be carried out; it may be past."""
    row = db.execute(
        "SELECT min(x.due_at) FROM alterations x"
        f" WHERE x.account_id = ? AND x.state = 'queued' AND {_FIRST}",
        (account_id,),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def settle(db: Connection, alteration_id: AlterationId, state: State, error: str = "") -> None:
    """How it ended, or that it waits again."""
    db.execute(
        "UPDATE alterations SET state = ?, error = ?, attempts = attempts + (? <> 'cancelled')"
        " WHERE id = ?",
        (state, error, state, alteration_id),
    )


def later(db: Connection, alteration_id: AlterationId, when: Millis, error: str) -> None:
    """Not taken yet: once more, not before `when`."""
    settle(db, alteration_id, "queued", error)
    db.execute("UPDATE alterations SET due_at = ? WHERE id = ?", (when, alteration_id))


def requeue(db: Connection, alteration_id: AlterationId, now: Millis) -> None:
    """An agent wants a failed one tried again."""
    db.execute(
        "UPDATE alterations SET state = 'queued', attempts = 0, due_at = ? WHERE id = ?",
        (now, alteration_id),
    )
