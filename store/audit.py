"""The audit chain: whether the event log is as it was written.

A block is a digest over the events up to one and over the block before, so that no earlier event
can be changed, left out or put in without every later digest being another. The chain is over
digests: an event's values (its data, and which conversation and message it names) go in as a
salted digest of their own. Values that are erased leave that digest behind and take the salt
along, so the chain holds and nothing can be guessed from it. Who did what when, and to which
customer number, stays.

Whoever can write the store can make a whole chain anew; against that the engine writes the newest
digest down where agents cannot write (`omnitui.engine.auditor`). SHA-256 (FIPS 180-4) throughout.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from store.driver import Connection
from store.model import CustomerId, EventId, Millis

BLOCK = 2_000
"""Events in one block at most."""
_CHAINED = "id, at, actor, kind, source, customer_id, data, conversation_id, message_id, salt"


@dataclass(frozen=True, slots=True)
class Block:
    upto: EventId
    """The last event in it."""
    events: int
    at: Millis
    """When it was sealed."""
    digest: bytes


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is not as it was sealed."""

    kind: Literal["changed", "missing", "emptied", "block", "anchor"]
    """`changed`: an event is another than it was; `missing`: it is gone, and no erasing took it;
    `emptied`: its values are gone, and no erasing took them; `block`: a block's own digest is
    another, or blocks are missing; `anchor`: the chain is not the one the engine wrote down."""
    first: EventId
    last: EventId
    """Of the events that it may be."""


@dataclass(slots=True)
class Checked:
    """What a verification has gone through."""

    events: int = 0
    blocks: int = 0
    emptied: int = 0
    """Events whose values were erased."""
    removed: int = 0
    """Events that retention has deleted."""
    unsealed: int = 0
    """The newest, which no block holds yet."""
    head: Block | None = None


def _of_values(row: Sequence[Any]) -> bytes:
    digest = hashlib.sha256(row[9])
    digest.update(_packed(row[6:9]))
    return digest.digest()


def _leaf(row: Sequence[Any], of_values: bytes) -> bytes:
    return hashlib.sha256(_packed(row[:6]) + of_values).digest()


# One encoder for all: building it costs more than an event's encoding.
_encode = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":")).encode


def _packed(values: Sequence[Any]) -> bytes:
    return _encode(list(values)).encode()


def let_go(db: Connection, ids: Sequence[int], because: CustomerId | None) -> None:
    """Keep the digests of events whose values are about to be erased, or that are about to be
    deleted; the store refuses either without. Give no more than some thousand.

    `because`: the customer for whose sake they go; None: retention deletes whole events.
    """
    marks = ",".join("?" * len(ids))
    rows = db.execute(
        f"SELECT {_CHAINED} FROM events WHERE id IN ({marks})"
        " AND NOT EXISTS (SELECT 1 FROM audit_leaves l WHERE l.event_id = events.id)",
        tuple(ids),
    ).fetchall()
    kept = []
    for row in rows:
        of_values = _of_values(row)
        kept.append((row[0], of_values, _leaf(row, of_values), because))
    db.executemany(
        "INSERT INTO audit_leaves (event_id, of_values, leaf, because) VALUES (?, ?, ?, ?)", kept
    )


def head(db: Connection) -> Block | None:
    """The newest block."""
    found = _blocks(db, "ORDER BY upto DESC LIMIT 1")
    return found[0] if found else None


def block(db: Connection, upto: int) -> Block | None:
    """The block that ends with this event."""
    found = _blocks(db, "WHERE upto = ?", upto)
    return found[0] if found else None


def _blocks(db: Connection, condition: str, *values: int) -> list[Block]:
    rows = db.execute(f"SELECT upto, events, at, digest FROM audit_blocks {condition}", values)
    return [Block(*row) for row in rows]


def seal(db: Connection, at: Millis) -> Block | None:
    """Put the next events, `BLOCK` at most, into a block; None: all are in one."""
    before = head(db)
    after = before.upto if before else 0
    last = db.execute(
        "SELECT max(id) FROM (SELECT id FROM events WHERE id > ? ORDER BY id LIMIT +?)",
        (after, BLOCK),
    ).fetchone()[0]
    if last is None:
        return None
    # Events that were deleted before they were sealed are in it by their digests, as all are.
    leaves = list(_leaves(db, after, last))
    new = Block(last, len(leaves), at, _digest(before, leaves, at))
    db.execute(
        "INSERT INTO audit_blocks (upto, events, at, digest) VALUES (?, ?, ?, ?)",
        (new.upto, new.events, new.at, new.digest),
    )
    return new


def _digest(before: Block | None, leaves: Sequence[_Leaf], at: Millis) -> bytes:
    digest = hashlib.sha256(before.digest if before else b"")
    digest.update(_packed([at, len(leaves)]))
    for one in leaves:
        digest.update(one.leaf)
    return digest.digest()


@dataclass(frozen=True, slots=True)
class _Leaf:
    id: EventId
    leaf: bytes
    state: Literal["whole", "emptied", "removed", "changed"]
    because: int | None = None
    """The customer for whose sake its values went."""


def _leaves(db: Connection, after: int, upto: int) -> Iterator[_Leaf]:
    """The digests of events after one, up to another, in order."""
    kept: dict[int, tuple[bytes, bytes, int | None]] = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT event_id, of_values, leaf, because FROM audit_leaves WHERE event_id > ?"
            " AND event_id <= ?",
            (after, upto),
        )
    }
    rows = {
        row[0]: row
        for row in db.execute(
            f"SELECT {_CHAINED} FROM events WHERE id > ? AND id <= ?", (after, upto)
        )
    }
    for id_ in sorted({*rows, *kept}):
        row = rows.get(id_)
        if row is None:
            yield _Leaf(id_, kept[id_][1], "removed")
        elif id_ in kept:
            of_values, leaf, because = kept[id_]
            # What stands in place of the values is in no digest: it has to be nothing.
            same = _leaf(row, of_values) == leaf and (row[6], row[9]) == ("{}", b"")
            yield _Leaf(id_, leaf, "emptied" if same else "changed", because)
        else:
            yield _Leaf(id_, _leaf(row, _of_values(row)), "whole")


def verify(db: Connection, anchors: Mapping[int, bytes], checked: Checked) -> Iterator[Trouble]:
    """Go through the whole log; give what is not as it was sealed, count in `checked`.

    `anchors`: of blocks, by their last event, the digest that the engine wrote down. What is
    wrong with one block is told once; the blocks after it are held against the digests that
    stand there.
    """
    erased = _erasures(db)
    before: Block | None = None
    for found in _blocks(db, "ORDER BY upto"):
        after = before.upto if before else 0
        leaves = list(_leaves(db, after, found.upto))
        checked.blocks += 1
        checked.events += len(leaves)
        yield from _examined(leaves, erased, checked)
        if len(leaves) < found.events:
            present = {one.id for one in leaves}
            gone = [id_ for id_ in range(after + 1, found.upto + 1) if id_ not in present]
            yield Trouble(
                "missing", EventId(gone[0] if gone else after + 1),
                EventId(gone[-1] if gone else found.upto),
            )  # fmt: skip
        elif _digest(before, leaves, found.at) != found.digest:
            yield Trouble("changed", EventId(after + 1), found.upto)
        if anchors.get(found.upto, found.digest) != found.digest:
            yield Trouble("anchor", EventId(after + 1), found.upto)
        before = checked.head = found
    last = before.upto if before else 0
    # An anchor that has no block any more: the end of the chain was cut off, or blocks are new.
    known = {row[0] for row in db.execute("SELECT upto FROM audit_blocks")}
    for upto in sorted(set(anchors) - known):
        yield Trouble("block", EventId(upto), EventId(max(upto, last)))
    newest = db.execute("SELECT ifnull(max(id), 0) FROM events").fetchone()[0]
    rest = list(_leaves(db, last, newest)) if newest - last <= BLOCK else []
    yield from _examined(rest, erased, checked)
    checked.unsealed = db.execute("SELECT count(*) FROM events WHERE id > ?", (last,)).fetchone()[0]
    checked.events += checked.unsealed


def _examined(leaves: Sequence[_Leaf], erased: _Erased, checked: Checked) -> Iterator[Trouble]:
    for one in leaves:
        if one.state == "changed":
            yield Trouble("changed", one.id, one.id)
        elif one.state == "emptied":
            checked.emptied += 1
            if one.because not in erased.customers:
                yield Trouble("emptied", one.id, one.id)
        elif one.state == "removed":
            checked.removed += 1
            if checked.removed > erased.by_retention:
                yield Trouble("missing", one.id, one.id)


@dataclass(frozen=True, slots=True)
class _Erased:
    customers: frozenset[int]
    """For whose sake values may be gone."""
    by_retention: int
    """How many events retention says to have deleted."""


def _erasures(db: Connection) -> _Erased:
    customers = {
        row[0]
        for row in db.execute("SELECT customer_id FROM events WHERE kind = 'customer.erased'")
    }
    # Those who had become part of one who was erased are erased with them.
    merged = db.execute("SELECT id, merged_into FROM customers WHERE merged_into IS NOT NULL")
    into: dict[int, int] = dict(merged.fetchall())
    customers |= {one for one in into if _end(one, into) in customers}
    deleted = db.execute(
        "SELECT ifnull(sum(data ->> '$.events'), 0) FROM events WHERE kind = 'retention.ran'"
    ).fetchone()[0]
    return _Erased(frozenset(customers), deleted)


def _end(customer: int, into: Mapping[int, int]) -> int:
    seen = set()
    while customer in into and customer not in seen:
        seen.add(customer)
        customer = into[customer]
    return customer
