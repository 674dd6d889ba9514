"""What a desk sends to visitors: once by its key, and changed or taken back by it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.webchat.relay import stored_files, visitors
from connectors.webchat.relay.records import (
    KeyUnknown,
    KeyUsed,
    Message,
    Millis,
    Visitor,
    VisitorGone,
    VisitorUnknown,
    compact,
    files_text,
)


@dataclass(frozen=True, slots=True)
class Sent:
    visitor: str
    """Who has it: whom the one that was named has become."""
    seq: int
    sent_at: Millis
    message: Message | None = None
    """As the visitor's widget is told it; None: nothing has changed."""


def send(
    db: sqlite3.Connection,
    *,
    site: str,
    visitor: str,
    key: str,
    text: str,
    name: str = "",
    format: str = "",  # noqa: A002 - the protocol's word
    files: Sequence[str] = (),
    now: Millis,
) -> Sent:
    """A message to a visitor. The same one again, by its key, changes nothing.

    Raises `KeyUsed`, `VisitorUnknown`, `VisitorGone` (forgotten, blocked), `FileUnknown`.
    """
    content = [text, name, format, list(files)]
    digest = _digest(visitor, content)
    row = db.execute(
        "SELECT visitors.visitor, sends.seq, sends.at, digest FROM sends"
        " JOIN visitors ON visitors.id = owner WHERE sends.site = ? AND key = ?",
        (site, key),
    ).fetchone()
    if row is not None:
        if row["digest"] != digest and not any(
            row["digest"] == _digest(each, content) for each in _names(db, site, row["visitor"])
        ):
            raise KeyUsed("This key stands for another message already; choose a new one.")
        return Sent(row["visitor"], row["seq"], row["at"])
    to = addressee(db, site=site, visitor=visitor, now=now)
    taken = tuple(
        stored_files.take(db, site=site, visitor=None, file=each, now=now) for each in files
    )
    seq = to.last_seq + 1
    db.execute("UPDATE visitors SET last_seq = ? WHERE id = ?", (seq, to.id))
    db.execute(
        "INSERT INTO messages (owner, seq, sender, name, text, format, files, sent_at)"
        " VALUES (?, ?, 'agent', ?, ?, ?, ?, ?)",
        (to.id, seq, name, text, format, files_text(taken), now),
    )
    db.execute("INSERT INTO sends VALUES (?, ?, ?, ?, ?, ?)", (site, key, to.id, seq, digest, now))
    message = Message(seq, "agent", text, now, name=name, format=format, files=taken)
    return Sent(to.visitor, seq, now, message)


def find(db: sqlite3.Connection, *, site: str, key: str) -> Sent | None:
    """What was sent under this key; None: nothing."""
    row = db.execute(
        "SELECT visitors.visitor, sends.seq, sends.at FROM sends"
        " JOIN visitors ON visitors.id = owner WHERE sends.site = ? AND key = ?",
        (site, key),
    ).fetchone()
    return None if row is None else Sent(row["visitor"], row["seq"], row["at"])


def edit(db: sqlite3.Connection, *, site: str, key: str, text: str, now: Millis) -> Sent:
    """Another text in its place. Raises `KeyUnknown`, also when it was taken back or is not kept
    any more."""
    sent, owner, message = _sent_message(db, site, key)
    if message.deleted_at is not None:
        raise KeyUnknown("This message was taken back.")
    if message.text == text:
        return sent
    db.execute(
        "UPDATE messages SET text = ?, edited_at = ? WHERE owner = ? AND seq = ?",
        (text, now, owner, sent.seq),
    )
    return replace(sent, message=replace(message, text=text, edited_at=now))


def delete(db: sqlite3.Connection, *, site: str, key: str, now: Millis) -> Sent:
    """Taken back: the text is gone from here. Once more changes nothing. Raises `KeyUnknown`."""
    sent, owner, message = _sent_message(db, site, key)
    if message.deleted_at is not None:
        return sent
    stored_files.give_up(db, owner=owner, seq=sent.seq)
    db.execute(
        "UPDATE messages SET text = '', files = '[]', deleted_at = ? WHERE owner = ? AND seq = ?",
        (now, owner, sent.seq),
    )
    return replace(sent, message=replace(message, text="", files=(), deleted_at=now))


def _digest(visitor: str, content: Sequence[object]) -> bytes:
    return hashlib.sha256(compact([visitor, *content]).encode()).digest()


def _names(db: sqlite3.Connection, site: str, visitor: str) -> list[str]:
    """What somebody is and was called: a desk whose message went out before they signed in may
    ask for it by either."""
    rows = db.execute(
        "SELECT visitor FROM visitors WHERE site = ? AND ? IN (visitor, moved_to)", (site, visitor)
    )
    return [str(row[0]) for row in rows]


def addressee(db: sqlite3.Connection, *, site: str, visitor: str, now: Millis) -> Visitor:
    """Whom a message to `visitor` reaches: who has signed in since is another one.

    Raises `VisitorUnknown`, `VisitorGone`.
    """
    to = visitors.find(db, site=site, visitor=visitor)
    if to is not None and to.moved_to is not None:
        to = visitors.find(db, site=site, visitor=to.moved_to)
    if to is None:
        raise VisitorUnknown("There is no such visitor on this site.")
    blocked = db.execute(
        "SELECT 1 FROM blocks WHERE site = ? AND target IN (?, ?) AND (until IS NULL OR until > ?)",
        (site, visitor, to.visitor, now),
    ).fetchone()
    if to.gone_at is not None or blocked is not None:
        raise VisitorGone("This visitor is blocked or forgotten.")
    return to


def _sent_message(db: sqlite3.Connection, site: str, key: str) -> tuple[Sent, int, Message]:
    row = db.execute(
        "SELECT visitors.visitor, sends.at, messages.* FROM sends"
        " JOIN visitors ON visitors.id = sends.owner"
        " JOIN messages ON messages.owner = sends.owner AND messages.seq = sends.seq"
        " WHERE sends.site = ? AND key = ?",
        (site, key),
    ).fetchone()
    if row is None:
        raise KeyUnknown("Nothing that is still kept was sent under this key.")
    return Sent(row["visitor"], row["seq"], row["at"]), row["owner"], Message.of(row)
