"""What is older than the rules want it, found in the order of its age or number.

Every function takes where it was last time and says how far it came, so that each step is short;
None: it was through.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from store import audit, contents
from store.driver import Connection
from store.erasing import KEPT_EVENTS
from store.model import CustomerId, Millis

LOOKED = 500
"""Rows that one step looks at."""

_TAGGED = (
    "EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = {customer}"
    " AND t.tag IN (SELECT value FROM json_each(?)))"
)


@dataclass(frozen=True, slots=True)
class Files:
    files: int
    bytes: int
    upto: int | None


Place = tuple[Millis | None, CustomerId]
"""Last contact and number of a customer; those who never were in any come first."""

FIRST: Place = (None, CustomerId(0))


def silent_customers(
    db: Connection, before: Millis, keep: Sequence[str], after: Place = FIRST
) -> tuple[list[CustomerId], Place | None]:
    """Some of the customers whose last contact (who never was in any: their making) is before that
    time, who have no matter that is not closed and nothing in the outbox; and up to where it
    looked."""
    columns = "SELECT last_contact_at, id, created_at, merged_into, erased_at FROM customers"
    rows = []
    if after[0] is None:
        rows = db.execute(
            f"{columns} WHERE last_contact_at IS NULL AND id > ? ORDER BY id LIMIT +?",
            (after[1], LOOKED),
        ).fetchall()
    if not rows:
        rows = db.execute(
            f"{columns} WHERE (last_contact_at, id) > (?, ?) AND last_contact_at < ?"
            " ORDER BY last_contact_at, id LIMIT +?",
            (-1 if after[0] is None else after[0], after[1], before, LOOKED),
        ).fetchall()
    found = [
        CustomerId(id_)
        for contact, id_, created, merged, erased in rows
        if merged is None and erased is None
        if (created if contact is None else contact) < before and _is_free(db, id_, keep)
    ]
    return found, (rows[-1][0], CustomerId(rows[-1][1])) if rows else None


def is_silent(db: Connection, customer_id: CustomerId, before: Millis, keep: Sequence[str]) -> bool:
    """Whether `silent_customers` would give this one."""
    row = db.execute(
        "SELECT ifnull(last_contact_at, created_at) FROM customers"
        " WHERE id = ? AND merged_into IS NULL AND erased_at IS NULL",
        (customer_id,),
    ).fetchone()
    return row is not None and row[0] < before and _is_free(db, customer_id, keep)


def _is_free(db: Connection, customer_id: int, keep: Sequence[str]) -> bool:
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM conversations WHERE customer_id = ?1 AND status <> 'closed')"
        " OR EXISTS (SELECT 1 FROM messages INDEXED BY messages_unsettled"
        "  WHERE state IN ('queued', 'sending', 'failed', 'unknown')"
        "  AND state IN ('queued', 'sending', 'unknown') AND customer_id = ?1)",
        (customer_id,),
    ).fetchone()
    return not row[0] and not _is_kept(db, customer_id, keep)


def _is_kept(db: Connection, customer_id: int | None, keep: Sequence[str]) -> bool:
    """Whether a customer has one of these tags."""
    if not keep or customer_id is None:
        return False
    sql = f"SELECT {_TAGGED.format(customer='?')}"
    return bool(db.execute(sql, (customer_id, json.dumps(list(keep)))).fetchone()[0])


def old_files(
    db: Connection,
    before: Millis,
    keep: Sequence[str],
    after: int = 0,
    *,
    problem: str,
    drop: bool,
) -> Files:
    """Attachments of closed conversations that came before that time; `drop`: their contents go,
    and `problem` says so where they were."""
    edge = db.execute(
        "SELECT max(id) FROM (SELECT id FROM attachments WHERE id > ? ORDER BY id LIMIT +?)",
        (after, LOOKED),
    ).fetchone()[0]
    if edge is None:
        return Files(0, 0, None)
    rows = db.execute(
        "SELECT f.id, f.blob, f.size FROM attachments f JOIN messages m ON m.id = f.message_id"
        " JOIN conversations v ON v.id = m.conversation_id"
        " WHERE f.id > ? AND f.id <= ? AND f.blob <> '' AND m.arrived_at < ?"
        " AND v.status = 'closed'"
        f" AND NOT {_TAGGED.format(customer='m.customer_id')}",
        (after, edge, before, json.dumps(list(keep))),
    ).fetchall()
    if drop and rows:
        db.executemany(
            "UPDATE attachments SET blob = '', reference = '', due_at = NULL, problem = ?"
            " WHERE id = ?",
            [(problem, row[0]) for row in rows],
        )
        contents.give_up(db, dict.fromkeys((row[1] for row in rows), ""))
    return Files(len(rows), sum(row[2] for row in rows), edge)


def old_raws(
    db: Connection, before: Millis, keep: Sequence[str], after: int = -1, *, drop: bool
) -> Files:
    """Mails as received that came before that time; `drop`: they go."""
    rows = db.execute(
        "SELECT position, id, raw, external_id, customer_id FROM messages"
        " WHERE position > ? AND position < ? ORDER BY position LIMIT +?",
        (after, before << 12, LOOKED),
    ).fetchall()
    if not rows:
        return Files(0, 0, None)
    mine = [row[1:4] for row in rows if row[2] and not _is_kept(db, row[4], keep)]
    size = sum(
        found[0]
        for _id, raw, _key in mine
        if (found := db.execute("SELECT size FROM blobs WHERE hash = ?", (raw,)).fetchone())
    )
    if drop and mine:
        ids = [(id_,) for id_, _raw, _key in mine]
        db.executemany("UPDATE messages SET raw = '' WHERE id = ?", ids)
        db.executemany("UPDATE ledger SET raw = '' WHERE message_id = ?", ids)
        contents.give_up(db, {raw: key for _id, raw, key in mine})
    return Files(len(mine), size, rows[-1][0])


def old_events(
    db: Connection, before: Millis, keep: Sequence[str], after: int = 0, *, drop: bool
) -> tuple[int, int | None]:
    """Lines of the log from before that time; `drop`: they go, but for erasures and exports."""
    rows = db.execute(
        "SELECT id, at, kind, customer_id FROM events WHERE id > ? ORDER BY id LIMIT +?",
        (after, LOOKED),
    ).fetchall()
    if not rows or rows[0][1] >= before:
        return 0, None  # written in the order of time, or nearly so
    found = [
        (row[0],)
        for row in rows
        if row[1] < before and row[2] not in (*KEPT_EVENTS, "retention.ran")
        and not _is_kept(db, row[3], keep)
    ]  # fmt: skip
    # The last line stays: who follows the log goes on from its number.
    newest = db.execute("SELECT max(id) FROM events").fetchone()[0]
    found = [one for one in found if one[0] != newest]
    if drop:
        audit.let_go(db, [one[0] for one in found], None)
        db.executemany("DELETE FROM events WHERE id = ?", found)
    return len(found), rows[-1][0]
