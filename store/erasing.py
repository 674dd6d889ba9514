"""Taking everything of a customer out of the store, in steps that each are short.

`begin` cuts them off: no address leads to them any more, nothing of theirs goes out. `messages`,
`conversations` and `events` then take away what there is, some rows at a time, and may be called
again after any crash. The customer's own row stays, empty: the log and merged numbers name it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store import contents, erased, index
from store.driver import Connection
from store.identities import normalise
from store.model import AccountId, ConversationId, CustomerId, IdentityId, MessageId, Millis

KEPT_EVENTS = ("customer.erased", "customer.emptied", "customer.exported")
"""Kinds whose data say nothing of the customer."""

_EMPTY = (
    "name = '', company = '', company_key = '', language = '', language_set = 0, timezone = '',"
    " fields = '{}', channel = '', first_contact_at = NULL, last_contact_at = NULL"
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of somebody."""

    conversations: int
    messages: int
    files: int
    bytes: int
    """Of the files; one that several messages have counts for each."""
    notes: int
    drafts: int
    queued: int
    """Replies that wait to be sent."""
    undecided: int
    """Those that are being sent now, or of which nobody knows whether they were."""
    events: int


@dataclass(frozen=True, slots=True)
class Erasure:
    customer_id: CustomerId
    agent: str
    at: Millis
    emptied_at: Millis | None
    swept_at: Millis | None


def everybody(db: Connection, customer_id: CustomerId) -> list[CustomerId]:
    """The customer, and everybody who became part of them."""
    return [
        CustomerId(row[0])
        for row in db.execute(
            "WITH RECURSIVE same (id) AS (VALUES (?) UNION SELECT c.id FROM customers c, same"
            " WHERE c.merged_into = same.id) SELECT id FROM same ORDER BY id",
            (customer_id,),
        )
    ]


def counts(db: Connection, customer_id: CustomerId) -> Counts:
    """Reads every message's state and file, no text."""

    def number(sql: str) -> int:
        return int(db.execute(sql, (customer_id,)).fetchone()[0])

    files, size = db.execute(
        "SELECT count(*), ifnull(sum(f.size), 0) FROM messages m JOIN attachments f"
        " ON f.message_id = m.id WHERE m.customer_id = ?",
        (customer_id,),
    ).fetchone()
    unsettled = (
        "SELECT count(*) FROM outbox o JOIN messages m ON m.id = o.message_id"
        " WHERE m.customer_id = ? AND m.state IN "
    )
    mine = "(SELECT id FROM conversations WHERE customer_id = ?)"
    return Counts(
        conversations=number("SELECT count(*) FROM conversations WHERE customer_id = ?"),
        messages=number("SELECT count(*) FROM messages WHERE customer_id = ?"),
        files=files,
        bytes=size,
        notes=number("SELECT count(*) FROM customer_notes WHERE customer_id = ?"),
        drafts=number(f"SELECT count(*) FROM drafts WHERE conversation_id IN {mine}"),
        queued=number(f"{unsettled} ('queued')"),
        undecided=undecided(db, customer_id),
        events=number("SELECT count(*) FROM events WHERE customer_id = ?"),
    )


def undecided(db: Connection, customer_id: CustomerId) -> int:
    """How many of their replies are on their way, or may be."""
    row = db.execute(
        "SELECT count(*) FROM messages INDEXED BY messages_unsettled"
        " WHERE state IN ('queued', 'sending', 'failed', 'unknown')"
        " AND state IN ('sending', 'unknown') AND customer_id = ?",
        (customer_id,),
    ).fetchone()
    return int(row[0])


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


def is_erased(db: Connection, customer_id: CustomerId) -> Millis | None:
    """When; None: they are not."""
    row = db.execute("SELECT erased_at FROM customers WHERE id = ?", (customer_id,)).fetchone()
    return row[0] if row else None


def forgettable(
    db: Connection, ids: Sequence[CustomerId], channel: str
) -> list[tuple[CustomerId, str]]:
    """Their addresses in a channel."""
    marks = ",".join("?" * len(ids))
    rows = db.execute(
        f"SELECT customer_id, address FROM identities WHERE channel = ?"
        f" AND customer_id IN ({marks}) ORDER BY id",
        (channel, *ids),
    )
    return [(CustomerId(row[0]), row[1]) for row in rows]


def forget_at(db: Connection, account_id: AccountId, address: str, at: Millis) -> None:
    """Have the channel's server delete what it has of an address."""
    db.execute(
        "INSERT INTO forgets (account_id, address, at, due_at) VALUES (?1, ?2, ?3, ?3)"
        " ON CONFLICT DO UPDATE SET at = ?3, due_at = ?3, tries = 0",
        (account_id, address, at),
    )


def begin(db: Connection, customer_id: CustomerId, agent: str, at: Millis) -> None:
    """Cut a customer off, with everybody who became part of them. Inside a transaction."""
    ids = everybody(db, customer_id)
    people = [
        (IdentityId(row[0]), row[1], row[2])
        for one in ids
        for row in db.execute(
            "SELECT id, channel, address FROM identities WHERE customer_id = ?", (one,)
        )
    ]
    _replies(db, ids)
    for _id, channel, address in people:
        _address(db, channel, address)
    for one in ids:
        _pairs(db, one)
        for table in ("identities", "customer_tags", "customer_notes", "claims"):
            db.execute(f"DELETE FROM {table} WHERE customer_id = ?", (one,))
        db.execute("DELETE FROM relations WHERE customer_id = ?1 OR other_id = ?1", (one,))
        db.execute(f"UPDATE customers SET {_EMPTY}, erased_at = ? WHERE id = ?", (at, one))
        index.owe_customer(db, one)
    db.execute(
        "INSERT INTO erasures (customer_id, agent, at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET emptied_at = NULL, swept_at = NULL",
        (customer_id, agent, at),
    )


def _replies(db: Connection, ids: Sequence[CustomerId]) -> None:
    """What waits to be sent is not sent any more; nor are follow-ups, nor changes."""
    for one in ids:
        waiting = [
            row[0]
            for row in db.execute(
                "SELECT id FROM messages INDEXED BY messages_unsettled"
                " WHERE state IN ('queued', 'sending', 'failed', 'unknown')"
                " AND state IN ('queued', 'failed') AND customer_id = ?",
                (one,),
            )
        ]
        for message_id in waiting:
            db.execute("DELETE FROM outbox WHERE message_id = ?", (message_id,))
            db.execute("UPDATE messages SET state = 'cancelled' WHERE id = ?", (message_id,))
        db.execute(
            "DELETE FROM alterations WHERE state = 'queued'"
            " AND (SELECT customer_id FROM messages WHERE id = message_id) = ?",
            (one,),
        )


def _address(db: Connection, channel: str, address: str) -> None:
    """What is kept by an address, in every account of its channel."""
    accounts = [
        row[0] for row in db.execute("SELECT id FROM accounts WHERE channel = ?", (channel,))
    ]
    for account in accounts:
        chats = {address} | {
            row[0]
            for row in db.execute(
                "SELECT chat FROM visits WHERE account_id = ?1 AND address = ?2"
                " UNION SELECT chat FROM one_time_codes WHERE account_id = ?1 AND address = ?2",
                (account, address),
            )
        }
        here = (account, address)
        for table in ("visits", "barred", "one_time_codes"):
            db.execute(f"DELETE FROM {table} WHERE account_id = ? AND address = ?", here)
        db.execute("DELETE FROM follow_ups WHERE address = ?2 AND account_id = ?1", here)
        for chat in chats:
            _opened(db, AccountId(account), chat, address)
            chat_gone(db, AccountId(account), chat)
    if channel == "email":
        db.execute("DELETE FROM one_time_codes WHERE email = ?", (address,))
        db.execute("DELETE FROM verifications WHERE email = ?", (address,))


def _opened(db: Connection, account_id: AccountId, chat: str, address: str) -> None:
    """Links that were sent to others and that they opened: who it was is forgotten."""
    for (room,) in db.execute(
        "SELECT conversation_id FROM one_time_links"
        " WHERE account_id = ? AND used_in = ? AND used_in <> ''",
        (account_id, chat),
    ).fetchall():
        db.execute(
            "UPDATE events SET data = '{}' WHERE conversation_id = ? AND kind = 'link.opened'"
            " AND data ->> '$.address' = ?",
            (room, address),
        )
    db.execute(
        "UPDATE one_time_links SET used_by = '', used_in = ''"
        " WHERE account_id = ? AND used_in = ? AND used_in <> ''",
        (account_id, chat),
    )


def chat_gone(db: Connection, account_id: AccountId, chat: str) -> None:
    """What waits for messages of a chat, and what is to be told there."""
    db.execute(
        "DELETE FROM early_notices WHERE account_id = ?1 AND (awaited = 'next in ' || ?2"
        " OR (awaited > ?2 || ':' AND awaited < ?2 || ';'))",
        (account_id, chat),
    )
    db.execute("DELETE FROM verifications WHERE account_id = ? AND chat = ?", (account_id, chat))


def _pairs(db: Connection, customer_id: CustomerId) -> None:
    """Who may be the same, and who was: with what the log of the other one says of it."""
    for table, key, one, other, kinds in (
        ("suggestions", "suggestion", "customer_id", "other_id",
         ("customer.suggested", "suggestion.decided", "link.opened")),
        ("merges", "merge", "source_id", "target_id",
         ("customer.merged", "customer.unmerged", "link.opened", "chat.event",
          "identity.linked")),
    ):  # fmt: skip
        pairs = db.execute(
            f"SELECT id, {one}, {other} FROM {table} WHERE {one} = ?1 OR {other} = ?1",
            (customer_id,),
        ).fetchall()
        for id_, first, second in pairs:
            somebody = second if first == customer_id else first
            db.execute(
                "UPDATE events SET data = '{}' WHERE customer_id = ?"
                f" AND kind IN ({','.join('?' * len(kinds))}) AND data ->> ? = ?",
                (somebody, *kinds, f"$.{key}", id_),
            )
            db.execute(f"DELETE FROM {table} WHERE id = ?", (id_,))


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
                " FROM messages WHERE customer_id = ? ORDER BY position LIMIT ?",
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
                "SELECT id FROM conversations WHERE customer_id = ? ORDER BY id LIMIT ?",
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
            " WHERE v.customer_id = ? LIMIT ?",
            (one, limit - found),
        ).fetchall()
        _empty(db, rows)
        found += len(rows)
        if found >= limit:
            break
    return found


def events(db: Connection, customer_id: CustomerId, after: int, limit: int) -> int | None:
    """Empty events that happened to a customer after this one; up to which that was done, None:
    there are no more. Who did what when stays."""
    rows = db.execute(
        "SELECT id FROM events WHERE customer_id = ? AND id > ? ORDER BY id LIMIT ?",
        (customer_id, after, limit),
    ).fetchall()
    _empty(db, rows)
    return rows[-1][0] if rows else None


def _empty(db: Connection, rows: Sequence[tuple[int]]) -> None:
    db.executemany(
        f"UPDATE events SET data = iif(kind IN {KEPT_EVENTS!r}, data, '{{}}'),"
        " conversation_id = NULL, message_id = NULL WHERE id = ?",
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


def quarantined(db: Connection, addresses: Sequence[tuple[str, str]]) -> list[tuple[int, str, str]]:
    """Account, external id and content of what could not be understood and names one of these
    (channel, address)."""
    from store.blobs import for_database

    blobs = for_database(db)
    found = []
    words = [
        (channel, normalise(channel, address).lower().encode())
        for channel, address in addresses
        if len(address) > 3
    ]
    for account_id, channel, external_id, raw in db.execute(
        "SELECT l.account_id, a.channel, l.external_id, l.raw FROM ledger l"
        " JOIN accounts a ON a.id = l.account_id"
        " WHERE l.outcome = 'quarantined' AND l.raw <> ''"
    ).fetchall():
        content = blobs.read(db, raw).lower()
        if any(where == channel and _names(content, word) for where, word in words):
            found.append((account_id, external_id, raw))
    return found


def _names(content: bytes, word: bytes) -> bool:
    """Whether the address stands there as a whole: 77 is not in 1770."""
    start = 0
    inside = b"abcdefghijklmnopqrstuvwxyz0123456789_.-+"
    while (at := content.find(word, start)) >= 0:
        before, after = content[at - 1 : at] if at else b"", content[at + len(word) :][:1]
        if not (before and before in inside) and not (after and after in inside.replace(b".", b"")):
            return True
        start = at + 1
    return False


def release_quarantined(db: Connection, found: Sequence[tuple[int, str, str]]) -> None:
    """Drop what `quarantined` gave; the ledger keeps that there was something."""
    for account_id, external_id, raw in found:
        db.execute(
            "UPDATE ledger SET outcome = 'ignored', reason = '', raw = ''"
            " WHERE account_id = ? AND external_id = ?",
            (account_id, external_id),
        )
        contents.give_up(db, {raw: ""})
