"""Taking everything of a customer out of the store, in steps that each are short.

`cutting_off` comes first. `messages`, `conversations` and `events` then take away what there is,
some rows at a time, and may be called again after any crash. The customer's own row stays, empty:
the log and merged numbers name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store import audit, contents, erased, index
from store.customers import everybody
from store.cutting_off import chat_gone
from store.driver import Connection
from store.model import AccountId, ConversationId, CustomerId, MessageId, Millis

KEPT_EVENTS = ("customer.erased", "customer.emptied", "customer.exported")
"""Kinds whose data say nothing of the customer: they stay whole, so that they stay proven."""


@dataclass(frozen=True, slots=True)
class Erasure:
    customer_id: CustomerId
    agent: str
    at: Millis
    emptied_at: Millis | None
    swept_at: Millis | None


def unfinished(db: Connection) -> list[Erasure]:
    """What was begun and is not swept yet, the oldest first."""
    return [
        Erasure(*row)
        for row in db.execute(
            "SELECT customer_id, agent, at, emptied_at, swept_at FROM erasures"
            " WHERE swept_at IS NULL ORDER BY at, customer_id"
        )
    ]


def being_emptied(db: Connection) -> set[CustomerId]:
    """Whose messages are being taken away now: nobody can join their conversations."""
    return {
        CustomerId(row[0])
        for row in db.execute(
            "SELECT customer_id FROM erasures WHERE swept_at IS NULL AND emptied_at IS NULL"
        )
    }


def last_at(db: Connection) -> Millis | None:
    """When a customer was last erased; None: nobody was."""
    row = db.execute("SELECT max(erased_at) FROM customers WHERE erased_at IS NOT NULL").fetchone()
    return None if row[0] is None else int(row[0])


def is_erased(db: Connection, customer_id: CustomerId) -> Millis | None:
    """When; None: they are not."""
    row = db.execute("SELECT erased_at FROM customers WHERE id = ?", (customer_id,)).fetchone()
    return row[0] if row else None


@dataclass(frozen=True, slots=True)
class _Gone:
    id: MessageId
    position: int
    account_id: AccountId | None
    channel: str
    direction: str
    sent_at: Millis
    external_id: str
    content_hash: str
    author_address: str
    raw: str
    chat: str


def messages(db: Connection, ids: Sequence[CustomerId], limit: int, at: Millis) -> int:
    """Take the next messages away, with all that is theirs alone; how many."""
    rows: list[_Gone] = []
    for one in ids:
        rows += [
            _Gone(*row)
            for row in db.execute(
                "SELECT id, position, account_id, channel, direction, sent_at, external_id,"
                " content_hash, author_address, raw, ifnull(details ->> '$.chat', '')"
                " FROM messages WHERE customer_id = ? ORDER BY position LIMIT +?",
                (one, limit - len(rows)),
            )
        ]
        if len(rows) >= limit:
            break
    if not rows:
        return 0
    wanted = [(row.id,) for row in rows]
    hashes = {row.raw: row.external_id for row in rows if row.raw}
    digests: list[tuple[str, Millis | None]] = []
    for row in rows:
        digests += _digests(db, row)
        for (found,) in db.execute(
            "SELECT blob FROM attachments WHERE message_id = ?1 AND blob <> ''"
            " UNION SELECT raw FROM ledger WHERE message_id = ?1 AND raw <> ''",
            (row.id,),
        ):
            hashes.setdefault(found, "")
        if row.chat and row.account_id is not None:
            chat_gone(db, row.account_id, row.chat)
    erased.remember(db, digests, at)
    for sql in (
        "DELETE FROM outbox WHERE message_id = ?",
        "DELETE FROM alterations WHERE message_id = ?",
        "DELETE FROM one_time_codes WHERE message_id = ?",
        "UPDATE one_time_links SET message_id = NULL WHERE message_id = ?",
        "UPDATE follow_ups SET mail_id = NULL WHERE mail_id = ?",
        "UPDATE suggestions SET message_id = NULL WHERE message_id = ?",
        "UPDATE ledger SET message_id = NULL, raw = '', reason = '' WHERE message_id = ?",
    ):
        db.executemany(sql, wanted)
    with index.merging_later(db):  # `sweeping` merges, in steps
        index.drop(db, [row.position for row in rows])
        db.executemany("DELETE FROM messages WHERE id = ?", wanted)
    contents.give_up(db, hashes)
    return len(rows)


def _digests(db: Connection, row: _Gone) -> Iterable[tuple[str, Millis | None]]:
    if not row.external_id or row.account_id is None:
        return
    if row.chat:
        keys = [row.external_id] + [
            alias[0]
            for alias in db.execute(
                "SELECT external_id FROM message_aliases WHERE message_id = ?", (row.id,)
            )
        ]
        for key in keys:
            # The pictures of an album are sent one after the other.
            yield erased.spoken(row.account_id, key), row.sent_at + (60_000 if keys[1:] else 0)
        return
    if row.content_hash:
        yield erased.mail(row.external_id, row.content_hash), None
        yield erased.letter(row.external_id, row.channel, row.author_address, row.sent_at), None
    if row.direction == "out":
        yield erased.ours(row.external_id), None


def conversations(db: Connection, ids: Sequence[CustomerId], limit: int) -> int:
    """Take conversations without messages away; how many. Their events have to be empty."""
    found = 0
    for one in ids:
        rooms = [
            ConversationId(row[0])
            for row in db.execute(
                "SELECT id FROM conversations WHERE customer_id = ? ORDER BY id LIMIT +?",
                (one, limit - found),
            )
        ]
        for room in rooms:
            for sql in (
                "DELETE FROM awaited_messages WHERE conversation_id = ?",
                "UPDATE conversations SET related_id = NULL WHERE related_id = ?",
                "UPDATE presence SET conversation_id = NULL WHERE conversation_id = ?",
                "DELETE FROM conversations WHERE id = ?",
            ):
                db.execute(sql, (room,))
        found += len(rooms)
    return found


def links(db: Connection, ids: Sequence[CustomerId]) -> None:
    """Links of theirs that stand in a conversation of somebody else."""
    db.executemany("DELETE FROM one_time_links WHERE customer_id = ?", [(one,) for one in ids])


def room_events(db: Connection, ids: Sequence[CustomerId], limit: int) -> int:
    """Empty the next events that happened to their conversations; how many. They name the
    conversation no longer, so that none is met twice."""
    found = 0
    for one in ids:
        rows = db.execute(
            "SELECT e.id FROM conversations v JOIN events e ON e.conversation_id = v.id"
            f" WHERE v.customer_id = ? AND e.kind NOT IN {KEPT_EVENTS!r} LIMIT +?",
            (one, limit - found),
        ).fetchall()
        _empty(db, rows, one)
        found += len(rows)
        if found >= limit:
            break
    return found


def events(db: Connection, customer_id: CustomerId, after: int, limit: int) -> int | None:
    """Empty events that happened to a customer after this one; up to which that was done, None:
    there are no more. Who did what when stays."""
    rows = db.execute(
        f"SELECT id FROM events WHERE customer_id = ? AND id > ? AND kind NOT IN {KEPT_EVENTS!r}"
        " ORDER BY id LIMIT +?",
        (customer_id, after, limit),
    ).fetchall()
    _empty(db, rows, customer_id)
    return rows[-1][0] if rows else None


def _empty(db: Connection, rows: Sequence[tuple[int]], customer_id: CustomerId) -> None:
    audit.let_go(db, [row[0] for row in rows], customer_id)
    db.executemany(
        "UPDATE events SET data = '{}', salt = x'', conversation_id = NULL, message_id = NULL"
        " WHERE id = ?",
        rows,
    )


def emptied(db: Connection, customer_id: CustomerId, at: Millis) -> bool:
    """Note that no row of theirs is left; False when there is one."""
    for one in everybody(db, customer_id):
        for table in ("messages", "conversations", "identities", "customer_notes"):
            if db.execute(f"SELECT 1 FROM {table} WHERE customer_id = ?", (one,)).fetchone():
                return False
    db.execute("UPDATE erasures SET emptied_at = ? WHERE customer_id = ?", (at, customer_id))
    return True


def swept(db: Connection, customers: Iterable[CustomerId], at: Millis) -> None:
    """Nothing of these is in free pages, in the index or in files any more."""
    db.executemany(
        "UPDATE erasures SET swept_at = ? WHERE customer_id = ? AND emptied_at IS NOT NULL",
        [(at, one) for one in customers],
    )
