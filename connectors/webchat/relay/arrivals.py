"""What visitors send and the desk must get: stored with its event in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.webchat.relay import events, stored_files, visitors
from connectors.webchat.relay.records import (
    Caller,
    Context,
    Message,
    Millis,
    files_text,
)


@dataclass(frozen=True, slots=True)
class Received:
    """What the visitor is told: it is on the disk."""

    id: str
    seq: int | None
    """None: not a message."""
    at: Millis
    again: bool = False
    """It had been received before: nothing was stored now."""
    message: Message | None = None
    """As other tabs of theirs show it; None: not a message, or again."""


def message(
    db: sqlite3.Connection,
    *,
    caller: Caller,
    mid: str,
    text: str,
    files: Sequence[str],
    context: Context,
    now: Millis,
) -> Received:
    """A message. Raises `VisitorGone`, `IdentityNeeded`, `FileUnknown`."""
    visitor = visitors.present(db, caller, now)
    seq = visitor.last_seq + 1
    if (before := _noted(db, visitor.id, mid, seq, now)) is not None:
        return before
    taken = tuple(
        stored_files.take(db, site=caller.site, visitor=caller.visitor, file=each, now=now)
        for each in files
    )
    db.execute("UPDATE visitors SET last_seq = ? WHERE id = ?", (seq, visitor.id))
    db.execute(
        "INSERT INTO messages (owner, seq, sender, mid, text, files, sent_at)"
        " VALUES (?, ?, 'visitor', ?, ?, ?, ?)",
        (visitor.id, seq, mid, text, files_text(taken), now),
    )
    events.append(
        db,
        site=caller.site,
        type="message",
        visitor=visitor,
        at=now,
        data={"seq": seq, "mid": mid, "text": text, "files": [each.json() for each in taken]},
        context=context,
        seq=seq,
    )
    return Received(mid, seq, now, message=Message(seq, "visitor", text, now, mid, files=taken))


def happening(
    db: sqlite3.Connection,
    *,
    caller: Caller,
    id: str,  # noqa: A002 - the protocol's word
    type: str,  # noqa: A002
    data: Mapping[str, Any],
    context: Context,
    now: Millis,
) -> Received:
    """A form, the end of a chat, … Raises `VisitorGone`, `IdentityNeeded`."""
    visitor = visitors.present(db, caller, now)
    if (before := _noted(db, visitor.id, id, None, now)) is not None:
        return before
    events.append(
        db, site=caller.site, type=type, visitor=visitor, at=now, data=data, context=context
    )
    return Received(id, None, now)


def started(
    db: sqlite3.Connection, *, caller: Caller, link: str, context: Context, now: Millis
) -> None:
    """They came by a one-time link. Raises `VisitorGone`, `IdentityNeeded`."""
    visitor = visitors.present(db, caller, now)
    events.append(
        db,
        site=caller.site,
        type="started",
        visitor=visitor,
        at=now,
        data={"link": link},
        context=context,
    )


def _noted(
    db: sqlite3.Connection, owner: int, mid: str, seq: int | None, now: Millis
) -> Received | None:
    """Note that it has come; if it had come before, what was told of it then."""
    new = db.execute(
        "INSERT INTO received VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (owner, mid, seq, now)
    ).rowcount
    if new:
        return None
    row = db.execute(
        "SELECT seq, at FROM received WHERE owner = ? AND id = ?", (owner, mid)
    ).fetchone()
    return Received(mid, row["seq"], row["at"], again=True)
