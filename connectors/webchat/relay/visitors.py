"""Visitors in the database: who they are, and what becomes of them when they sign in."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass

from connectors.webchat.relay import events, stored_files
from connectors.webchat.relay.records import (
    Caller,
    Context,
    IdentityNeeded,
    Millis,
    SignedIn,
    Visitor,
    VisitorGone,
)

SEEN_EVERY = 3_600_000
"""Milliseconds: how exactly it is kept when a visitor was here last."""


def new_id() -> str:
    """128 random bits: nobody guesses another's, nobody learns how many there are."""
    return "v_" + secrets.token_urlsafe(16)


def find(db: sqlite3.Connection, *, site: str, visitor: str) -> Visitor | None:
    """None: unknown on this site, or no durable frame of theirs has come yet."""
    row = db.execute(
        f"SELECT {Visitor.COLUMNS} FROM visitors WHERE visitor = ? AND site = ?",  # noqa: S608
        (visitor, site),
    ).fetchone()
    return None if row is None else Visitor.of(row)


def signed_in_as(db: sqlite3.Connection, *, site: str, sub: str) -> Visitor | None:
    row = db.execute(
        f"SELECT {Visitor.COLUMNS} FROM visitors WHERE site = ? AND sub = ?",  # noqa: S608
        (site, sub),
    ).fetchone()
    return None if row is None else Visitor.of(row)


def check(caller: Caller, visitor: Visitor | None) -> None:
    """Whether the bearer of such a token may act as this visitor. Raises `VisitorGone`,
    `IdentityNeeded`."""
    generation = 0 if visitor is None else visitor.generation
    if caller.generation != generation or (visitor and visitor.gone_at is not None):
        raise VisitorGone("This token is not valid any more.")
    if visitor is not None and visitor.sub is not None and not caller.signed_in:
        raise IdentityNeeded("This visitor is signed in by the site; send its JWT.")


def present(db: sqlite3.Connection, caller: Caller, now: Millis) -> Visitor:
    """The caller's row, made if there is none. Raises as `check`."""
    visitor = find(db, site=caller.site, visitor=caller.visitor)
    check(caller, visitor)
    if visitor is not None:
        if visitor.seen_at < now - SEEN_EVERY:
            seen(db, site=caller.site, visitor=caller.visitor, now=now)
        return visitor
    return _insert(db, site=caller.site, visitor=caller.visitor, now=now)


def seen(db: sqlite3.Connection, *, site: str, visitor: str, now: Millis) -> None:
    """They have come: what was theirs is kept for longer."""
    db.execute(
        "UPDATE visitors SET seen_at = ? WHERE site = ? AND visitor = ?", (now, site, visitor)
    )


def prove_email(db: sqlite3.Connection, *, site: str, visitor: str, email: str) -> None:
    """The desk has seen the right code for this address."""
    db.execute(
        "UPDATE visitors SET code_email = ? WHERE site = ? AND visitor = ?", (email, site, visitor)
    )


@dataclass(frozen=True, slots=True)
class Identified:
    """Who a visitor is, now that the site has said it."""

    visitor: Visitor
    was: str | None = None
    """The anonymous visitor whose chat is theirs now."""
    event: int | None = None
    """The desk's event; None: nothing new to it."""


def identify(
    db: sqlite3.Connection,
    *,
    site: str,
    signed: SignedIn,
    caller: Caller | None,
    context: Context,
    now: Millis,
) -> Identified:
    """Who the site has signed in. `caller` is who they were on this connection.

    Nobody's chat moves that is somebody else's: only that of an anonymous visitor does.
    """
    old = find(db, site=site, visitor=caller.visitor) if caller else None
    if old is not None and (
        old.gone_at is not None or caller is None or old.generation != caller.generation
    ):
        old, caller = None, None
    known = signed_in_as(db, site=site, sub=signed.sub)
    free = old is None or old.sub is None
    was = None
    offset = 0
    if known is None:
        if caller is not None and free:
            known = old or _insert(db, site=site, visitor=caller.visitor, now=now)
        else:
            known = _insert(db, site=site, visitor=new_id(), now=now)
        changed = True
    else:
        changed = signed != SignedIn(known.sub or "", known.email, known.email_proven, known.name)
        if old is not None and free and old.id != known.id:
            was, changed, offset = old.visitor, True, known.last_seq
            _move(db, old, known, now)
        elif caller is not None and free and old is None:
            _move_files(db, caller.visitor, known.visitor)
    db.execute(
        "UPDATE visitors SET sub = ?, email = ?, email_proven = ?, name = ?, seen_at = ?"
        " WHERE id = ?",
        (signed.sub, signed.email, signed.email_proven, signed.name, now, known.id),
    )
    visitor = find(db, site=site, visitor=known.visitor)
    assert visitor is not None
    event = None
    if changed:
        event = events.append(
            db,
            site=site,
            type="identified",
            visitor=visitor,
            at=now,
            data={
                "sub": signed.sub,
                "email": signed.email or None,
                "email_verified": signed.email_proven,
                "name": signed.name,
                "was": was,
                "offset": offset,
            },
            context=context,
        )
    return Identified(visitor, was, event)


def forget(db: sqlite3.Connection, *, site: str, visitor: str, now: Millis) -> bool:
    """Everything of theirs is deleted, and their tokens are refused. False: nobody there."""
    known = find(db, site=site, visitor=visitor)
    if known is None or known.gone_at is not None:
        return False
    stored_files.give_up(db, owner=known.id)
    db.execute("UPDATE files SET used_at = NULL, at = 0 WHERE visitor = ?", (visitor,))
    for table in ("messages", "received", "events", "sends"):
        db.execute(f"DELETE FROM {table} WHERE owner = ?", (known.id,))  # noqa: S608 - a constant
    db.execute(
        "UPDATE visitors SET generation = generation + 1, gone_at = ?, sub = NULL, email = '',"
        " email_proven = 0, code_email = '', name = '' WHERE id = ?",
        (now, known.id),
    )
    return True


def _insert(db: sqlite3.Connection, *, site: str, visitor: str, now: Millis) -> Visitor:
    try:
        db.execute(
            "INSERT INTO visitors (site, visitor, created_at, seen_at) VALUES (?, ?, ?, ?)",
            (site, visitor, now, now),
        )
    except sqlite3.IntegrityError:  # of another site; a token says which, so this is a forgery
        raise VisitorGone("This token is not valid any more.") from None
    made = find(db, site=site, visitor=visitor)
    assert made is not None
    return made


def _move(db: sqlite3.Connection, old: Visitor, new: Visitor, now: Millis) -> None:
    """All of `old` goes behind what `new` has: sequence numbers go on, in the same order."""
    offset = new.last_seq
    marks = {name: _mark(db, old, new, name, sender) for name, sender in _MARKS}
    for table in ("messages", "sends"):
        db.execute(
            f"UPDATE {table} SET owner = ?, seq = seq + ? WHERE owner = ?",  # noqa: S608
            (new.id, offset, old.id),
        )
    db.execute(
        "UPDATE events SET owner = ?, seq = seq + ? WHERE owner = ?", (new.id, offset, old.id)
    )
    # An id that both have used stands for what `new` did: the other is stored already too.
    db.execute(
        "INSERT OR IGNORE INTO received SELECT ?, id, seq + ?, at FROM received WHERE owner = ?",
        (new.id, offset, old.id),
    )
    db.execute("DELETE FROM received WHERE owner = ?", (old.id,))
    _move_files(db, old.visitor, new.visitor)
    db.execute(
        "UPDATE visitors SET last_seq = ?, desk_has = ?, agent_read = ?, browser_has = ?,"
        " visitor_read = ?, code_email = ? WHERE id = ?",
        (
            offset + old.last_seq,
            *marks.values(),
            new.code_email or old.code_email,
            new.id,
        ),
    )
    db.execute(
        "UPDATE visitors SET generation = generation + 1, gone_at = ?, moved_to = ?,"
        " code_email = '' WHERE id = ?",
        (now, new.visitor, old.id),
    )


_MARKS = (
    ("desk_has", "visitor"),
    ("agent_read", "visitor"),
    ("browser_has", "agent"),
    ("visitor_read", "agent"),
)
"""Up to where somebody has got, and whose messages that is about."""


def _mark(db: sqlite3.Connection, old: Visitor, new: Visitor, name: str, sender: str) -> int:
    """Up to where they are of both chats: not beyond what is missing of the first."""
    here, there = int(getattr(new, name)), int(getattr(old, name))
    missing = db.execute(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE owner = ? AND sender = ? AND seq > ?)",
        (new.id, sender, here),
    ).fetchone()[0]
    return here if missing or not there else new.last_seq + there


def _move_files(db: sqlite3.Connection, old: str, new: str) -> None:
    db.execute("UPDATE files SET visitor = ? WHERE visitor = ?", (new, old))
