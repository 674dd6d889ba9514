"""The book of merges: which customers became one, and what went from the one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from store import json_column
from store.driver import Connection
from store.errors import NotFound
from store.insertion import newest_id
from store.model import ConversationId, CustomerId, EventId, IdentityId, MessageId, Millis
from store.wording import _

_COLUMNS = "id, source_id, target_id, reason, evidence, moved, at, agent, undone_at"
_CONTACT = "first_contact_at, last_contact_at"


@dataclass(frozen=True, slots=True)
class Moved:
    """What a merge took from the source, and what it put on the target. Ids."""

    identities: tuple[int, ...] = ()
    conversations: tuple[int, ...] = ()
    messages: tuple[int, ...] = ()
    """All of the conversations, as they were."""
    notes: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    """Those that the target did not have."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """`name`, `company`, … which the target's card did not say, or otherwise, and what stands
    there now."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The same of the card's fields."""
    replaced: Mapping[str, Any] = field(default_factory=dict)
    """What stood in those columns."""
    replaced_fields: Mapping[str, Any] = field(default_factory=dict)
    """What stood in those fields, where something did."""
    own_fields: tuple[str, ...] = ()
    """Those that the target had itself."""
    suggestions: tuple[tuple[int, str], ...] = ()
    """Those about somebody else: the id, and the column in which the source stood."""
    answered: tuple[int, ...] = ()
    """Those about the two, which the merge has decided."""
    contact: tuple[Millis | None, Millis | None] = (None, None)
    """The target's first and last, before."""
    last_conversation: int = 0
    """Conversations after it are newer than the merge."""
    last_message: int = 0
    last_event: int = 0


@dataclass(frozen=True, slots=True)
class Merge:
    """One entry of the book."""

    id: int
    source_id: CustomerId
    target_id: CustomerId
    reason: str
    """`agent`, `suggestion`, or what proved it: `link`, `code`, `contact`, `jwt`, `moved`."""
    evidence: Mapping[str, Any]
    moved: Moved
    at: Millis
    agent: str
    undone_at: Millis | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who became part of a customer, without all that moved."""

    id: int
    source_id: CustomerId
    name: str
    """The source's."""
    reason: str
    at: Millis
    agent: str


def add(
    db: Connection,
    source_id: CustomerId,
    target_id: CustomerId,
    reason: str,
    evidence: Mapping[str, Any],
    moved: Moved,
    *,
    agent: str,
    at: Millis,
) -> int:
    """Write a merge down, and that the source is the target now; its number."""
    cursor = db.execute(
        "INSERT INTO merges (source_id, target_id, reason, evidence, moved, at, agent)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            source_id,
            target_id,
            reason,
            json_column.dump(dict(evidence)),
            _dumped(moved),
            at,
            agent,
        ),
    )
    db.execute("UPDATE customers SET merged_into = ? WHERE id = ?", (target_id, source_id))
    return cursor.lastrowid or 0


def rewrite(db: Connection, merge_id: int, moved: Moved) -> None:
    """Put down anew what a merge moved, of what is still where it was moved to."""
    db.execute("UPDATE merges SET moved = ? WHERE id = ?", (_dumped(moved), merge_id))


def undone(db: Connection, merge: Merge, at: Millis) -> None:
    """The source is a customer of its own again."""
    db.execute("UPDATE merges SET undone_at = ? WHERE id = ?", (at, merge.id))
    db.execute("UPDATE customers SET merged_into = NULL WHERE id = ?", (merge.source_id,))


def get(db: Connection, merge_id: int) -> Merge:
    """Raises `NotFound`."""
    row = db.execute(f"SELECT {_COLUMNS} FROM merges WHERE id = ?", (merge_id,)).fetchone()
    if row is None:
        raise NotFound(_("There is no merge {id}.").format(id=merge_id))
    return _merge(row)


def standing(
    db: Connection, *, into: CustomerId | None = None, of: CustomerId | None = None
) -> list[Merge]:
    """Merges that were not undone, into a customer or of one, the last first."""
    wanted = {"target_id": into, "source_id": of}
    asked = {column: one for column, one in wanted.items() if one is not None}
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM merges WHERE undone_at IS NULL"
        f"{''.join(f' AND {column} = ?' for column in asked)} ORDER BY id DESC",
        tuple(asked.values()),
    )
    return [_merge(row) for row in rows]


def into(db: Connection, target_id: CustomerId, limit: int) -> list[Standing]:
    """The last merges into a customer that were not undone, the last first."""
    rows = db.execute(
        "SELECT g.id, g.source_id, c.name, g.reason, g.at, g.agent FROM merges g"
        " JOIN customers c ON c.id = g.source_id"
        " WHERE g.target_id = ? AND g.undone_at IS NULL ORDER BY g.id DESC LIMIT +?",
        (target_id, limit),
    )
    return [Standing(*row) for row in rows]


def was_undone(db: Connection, one: CustomerId, other: CustomerId, reason: str) -> bool:
    """Whether two customers became one for this reason and somebody took that back."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM merges WHERE undone_at IS NOT NULL AND reason = ?3"
        " AND (source_id, target_id) IN (VALUES (?1, ?2), (?2, ?1)))",
        (one, other, reason),
    ).fetchone()
    return bool(row[0])


def brought_by_agent(
    db: Connection, target_id: CustomerId, one: IdentityId, other: IdentityId, since: Millis
) -> bool:
    """Whether two addresses are one customer's because an agent said `since` then that those are
    one whose they were."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM merges g WHERE g.target_id = ? AND g.undone_at IS NULL"
        " AND g.reason IN ('agent', 'suggestion') AND g.at >= ? AND 1 = (SELECT count(*)"
        "  FROM json_each(g.moved, '$.identities') i WHERE i.value IN (?, ?)))",
        (target_id, since, one, other),
    ).fetchone()
    return bool(row[0])


def messages_of(db: Connection, conversations: Sequence[int]) -> list[MessageId]:
    """Every message of these conversations."""
    found: list[MessageId] = []
    for conversation_id in conversations:
        found += [
            MessageId(row[0])
            for row in db.execute(
                "SELECT id FROM messages WHERE conversation_id = ? ORDER BY id", (conversation_id,)
            )
        ]
    return found


def newest(db: Connection) -> tuple[ConversationId, MessageId, EventId]:
    """The ids up to which everything is older than now."""
    return (
        ConversationId(newest_id(db, "conversations")),
        MessageId(newest_id(db, "messages")),
        EventId(newest_id(db, "events")),
    )


def conversation_ids(db: Connection, customer_id: CustomerId) -> list[ConversationId]:
    """All of a customer's."""
    rows = db.execute(
        "SELECT id FROM conversations WHERE customer_id = ? ORDER BY id", (customer_id,)
    )
    return [ConversationId(row[0]) for row in rows]


def touched_since(db: Connection, customer_id: CustomerId, message_id: int) -> list[ConversationId]:
    """A customer's conversations with messages newer than that one."""
    rows = db.execute(
        "SELECT DISTINCT conversation_id FROM messages WHERE customer_id = ? AND id > ?",
        (customer_id, message_id),
    )
    return [ConversationId(row[0]) for row in rows]


def homes(
    db: Connection, customer_id: CustomerId, ids: Sequence[int]
) -> dict[MessageId, ConversationId]:
    """Where those of the messages are that a customer has now."""
    found: dict[MessageId, ConversationId] = {}
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        found.update(
            (MessageId(row[0]), ConversationId(row[1]))
            for row in db.execute(
                "SELECT id, conversation_id FROM messages WHERE customer_id = ?"
                f" AND id IN ({','.join('?' * len(part))})",
                (customer_id, *part),
            )
        )
    return found


def give_notes(
    db: Connection, source: CustomerId, target: CustomerId, ids: Sequence[int] | None = None
) -> list[int]:
    """Move a customer's notes, all or these; those that it had."""
    found = [
        row[0]
        for row in db.execute("SELECT id FROM customer_notes WHERE customer_id = ?", (source,))
        if ids is None or row[0] in ids
    ]
    db.executemany(
        "UPDATE customer_notes SET customer_id = ? WHERE id = ?", [(target, id_) for id_ in found]
    )
    return found


def give_suggestions(
    db: Connection, source: CustomerId, target: CustomerId
) -> tuple[tuple[int, str], ...]:
    """Let the target stand where the source does, unless the same is suggested of it already."""
    given: list[tuple[int, str]] = []
    for column, other in (("customer_id", "other_id"), ("other_id", "customer_id")):
        for (id_,) in db.execute(
            f"SELECT id FROM suggestions WHERE {column} = ? AND {other} <> ?", (source, target)
        ).fetchall():
            if return_suggestion(db, id_, column, target):
                given.append((id_, column))
    return tuple(given)


def return_suggestion(db: Connection, id_: int, column: str, customer: CustomerId) -> bool:
    """Whether it could be put there."""
    if column not in ("customer_id", "other_id"):
        raise ValueError(f"suggestions have no {column}")
    cursor = db.execute(
        f"UPDATE OR IGNORE suggestions SET {column} = ? WHERE id = ?", (customer, id_)
    )
    return cursor.rowcount > 0


def contact(db: Connection, customer_id: CustomerId) -> tuple[Millis | None, Millis | None]:
    """When the customer was in contact first and last, as noted."""
    row = db.execute(f"SELECT {_CONTACT} FROM customers WHERE id = ?", (customer_id,)).fetchone()
    return (row[0], row[1]) if row else (None, None)


def renew_contact(
    db: Connection, customer_id: CustomerId, known: tuple[Millis | None, Millis | None]
) -> None:
    """From the messages, and what was known before besides."""
    db.execute(
        f"UPDATE customers SET ({_CONTACT}) ="
        " (SELECT min(arrived_at), max(arrived_at) FROM (SELECT arrived_at FROM messages"
        "   WHERE customer_id = ?1 AND direction <> 'note' UNION ALL SELECT ?2 WHERE ?2 NOT NULL"
        "   UNION ALL SELECT ?3 WHERE ?3 NOT NULL)) WHERE id = ?1",
        (customer_id, *known),
    )


def _dumped(moved: Moved) -> str:
    # Not `asdict`: it copies each of a hundred thousand numbers.
    return json_column.dump({one.name: getattr(moved, one.name) for one in fields(moved)})


def _merge(row: Sequence[Any]) -> Merge:
    moved = json_column.load(row[5])
    return Merge(
        id=row[0],
        source_id=row[1],
        target_id=row[2],
        reason=row[3],
        evidence=json_column.load(row[4]),
        moved=Moved(**{name: _frozen(value) for name, value in moved.items()}),
        at=row[6],
        agent=row[7],
        undone_at=row[8],
    )


def _frozen(value: Any) -> Any:
    """JSON's arrays as tuples; what an object holds stays as it is."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
