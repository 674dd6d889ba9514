"""Is the store sound? What `omnitui check` says, and what puts right what can be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import islice

from store import derived, index, messages
from store.blobs import Blobs
from store.driver import Connection
from store.errors import StoreError
from store.model import MessageId
from store.wording import _

SHOWN = 20
"""Problems of one kind that are listed one by one."""

_BATCH = 500


def check(db: Connection, blobs: Blobs) -> list[str]:
    """Problems, each a sentence; none when all is well. Reads everything there is."""
    problems: list[str] = []
    for kind in (
        _pages, _references, _contents, _index, _derived, _owners, _counts, _outbox,
    ):  # fmt: skip
        found = kind(db, blobs)
        problems += islice(found, SHOWN)
        rest = sum(1 for _more in found)
        if rest:
            problems.append(_("… and {number} more of the same kind.").format(number=rest))
    return problems


def _pages(db: Connection, _blobs: Blobs) -> Iterator[str]:
    for (line,) in db.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield _("The database is damaged: {detail}.").format(detail=line)


def _references(db: Connection, _blobs: Blobs) -> Iterator[str]:
    for table, row, parent, _number in db.execute("PRAGMA foreign_key_check"):
        yield _("Row {row} of {table} names something of {parent} that doesn't exist.").format(
            row=row, table=table, parent=parent
        )


def _contents(db: Connection, blobs: Blobs) -> Iterator[str]:
    for hash_, size in db.execute("SELECT hash, size FROM blobs"):
        try:
            content = blobs.read(db, hash_)
        except StoreError as error:
            yield str(error)
            continue
        if len(content) != size or hashlib.sha256(content).hexdigest() != hash_:
            yield _("The content {hash} has changed: restore it from a backup.").format(hash=hash_)
    for what, sql in (
        (_("attachment"), "SELECT id, blob FROM attachments"),
        (_("message"), "SELECT id, raw FROM messages"),
        (_("ledger entry"), "SELECT external_id, raw FROM ledger"),
    ):
        column = sql.split()[2]
        for id_, hash_ in db.execute(
            f"{sql} WHERE {column} <> '' AND {column} NOT IN (SELECT hash FROM blobs)"
        ):
            yield _("The content {hash} of {what} {id} is not in the store.").format(
                hash=hash_, what=what, id=id_
            )


def _index(db: Connection, _blobs: Blobs) -> Iterator[str]:
    for problem, sql in (
        (
            _("{number} messages cannot be found by searching: run `omnitui check --reindex`."),
            "SELECT count(*) FROM messages WHERE position NOT IN"
            " (SELECT id FROM message_search_docsize)",
        ),
        (
            _("The search index has {number} messages too many: run `omnitui check --reindex`."),
            "SELECT count(*) FROM message_search_docsize WHERE id NOT IN"
            " (SELECT position FROM messages)",
        ),
        (
            _("{number} customers cannot be found by searching: run `omnitui check --reindex`."),
            "SELECT count(*) FROM customers WHERE merged_into IS NULL AND erased_at IS NULL"
            " AND id NOT IN"
            " (SELECT id FROM customer_search_docsize)",
        ),
    ):
        number = db.execute(sql).fetchone()[0]
        if number:
            yield problem.format(number=number)


def _derived(db: Connection, _blobs: Blobs) -> Iterator[str]:
    columns = (
        "channels, account_id, last_message_at, waiting_since, last_inbound_id, last_position,"
        " preview, messages, failed"
    )
    for id_, *stored in db.execute(f"SELECT id, {columns} FROM conversations"):
        right = derived.derive(db, id_)
        if tuple(stored) != right:
            names = [
                name
                for name, is_, should in zip(columns.split(", "), stored, right, strict=True)
                if is_ != should
            ]
            yield _("Conversation {id} disagrees with its messages in {columns}.").format(
                id=id_, columns=", ".join(names)
            )
    for (id_,) in db.execute(
        "SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM messages m"
        "  WHERE m.customer_id = c.id AND m.direction <> 'note'"
        "  AND (m.arrived_at < ifnull(c.first_contact_at, m.arrived_at + 1)"
        "       OR m.arrived_at > ifnull(c.last_contact_at, m.arrived_at - 1)))"
    ):
        yield _("Customer {id} was in contact at other times than noted.").format(id=id_)


def _owners(db: Connection, _blobs: Blobs) -> Iterator[str]:
    for (id_,) in db.execute(
        "SELECT DISTINCT v.id FROM messages m JOIN conversations v ON v.id = m.conversation_id"
        " WHERE m.customer_id <> v.customer_id"
    ):
        yield _("Conversation {id} has messages of another customer.").format(id=id_)
    for (id_,) in db.execute(
        "SELECT id FROM customers c WHERE merged_into IS NOT NULL AND ("
        " EXISTS (SELECT 1 FROM conversations WHERE customer_id = c.id)"
        " OR EXISTS (SELECT 1 FROM identities WHERE customer_id = c.id))"
    ):
        yield _("Customer {id} was merged into another and still has something.").format(id=id_)


def _counts(db: Connection, _blobs: Blobs) -> Iterator[str]:
    for assignee, status in db.execute(
        "SELECT assignee, status FROM ("
        " SELECT assignee, status, conversations FROM conversation_counts WHERE conversations"
        " UNION ALL SELECT assignee, status, count(*) FROM conversations GROUP BY 1, 2)"
        " GROUP BY assignee, status, conversations HAVING count(*) <> 2"
        " ORDER BY 1, 2"
    ):
        yield _("The number of {status} conversations of “{agent}” is wrong.").format(
            status=status, agent=assignee
        )


def _outbox(db: Connection, _blobs: Blobs) -> Iterator[str]:
    for (id_,) in db.execute(
        "SELECT id FROM messages WHERE state IN ('queued', 'sending')"
        " AND id NOT IN (SELECT message_id FROM outbox)"
    ):
        yield _("Message {id} waits to be sent and is not in the outbox.").format(id=id_)
    for id_, recipients in db.execute("SELECT message_id, recipients FROM outbox"):
        if not isinstance(json.loads(recipients), list):
            yield _("Message {id} of the outbox has no list of recipients.").format(id=id_)


def reindex(db: Connection) -> int:
    """Make the search index anew, inside a transaction; how many messages it has."""
    db.execute("INSERT INTO message_search (message_search) VALUES ('delete-all')")
    db.execute("INSERT INTO customer_search (customer_search) VALUES ('delete-all')")
    done, edge = 0, -1
    while rows := db.execute(
        "SELECT id, position FROM messages WHERE position > ? ORDER BY position LIMIT +?",
        (edge, _BATCH),
    ).fetchall():
        batch = messages.many(db, [MessageId(row[0]) for row in rows])
        index.write(db, [messages.entry_of(db, message) for message in batch])
        edge = rows[-1][1]
        done += len(rows)
    for (id_,) in db.execute("SELECT id FROM customers").fetchall():
        index.owe_customer(db, id_)
    index.flush(db)
    return done


def rederive(db: Connection) -> None:
    """Derive every conversation's and customer's columns and the counters anew, inside a
    transaction."""
    for (id_,) in db.execute("SELECT id FROM conversations").fetchall():
        derived.renew(db, id_)
    db.execute(
        "UPDATE customers SET (first_contact_at, last_contact_at) ="
        " (SELECT min(arrived_at), max(arrived_at) FROM messages m"
        "  WHERE m.customer_id = customers.id AND m.direction <> 'note')"
    )
    db.execute("DELETE FROM conversation_counts")
    db.execute(
        "INSERT INTO conversation_counts"
        " SELECT assignee, status, count(*) FROM conversations GROUP BY assignee, status"
    )
