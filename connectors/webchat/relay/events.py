"""What the desk has to hear of, in the order in which it happened, until it acknowledges."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.webchat.relay.records import Context, Event, Millis, Visitor, compact

MARKS = ("read", "delivered")
"""Of these only the newest one of a visitor counts."""


def append(
    db: sqlite3.Connection,
    *,
    site: str,
    type: str,  # noqa: A002 - the protocol's word
    visitor: Visitor,
    at: Millis,
    data: Mapping[str, Any],
    context: Context,
    seq: int | None = None,
) -> int:
    """The event's id."""
    if type in MARKS:
        db.execute("DELETE FROM events WHERE owner = ? AND type = ?", (visitor.id, type))
    row = db.execute(
        "INSERT INTO sites (name, last_event) VALUES (?, 1)"
        " ON CONFLICT (name) DO UPDATE SET last_event = last_event + 1 RETURNING last_event",
        (site,),
    ).fetchone()
    number = int(row[0])
    whole = {**data, "identity": visitor.identity(), "context": context.json()}
    db.execute(
        "INSERT INTO events (site, id, type, visitor, at, owner, seq, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (site, number, type, visitor.visitor, at, visitor.id, seq, compact(whole)),
    )
    return number


def after(db: sqlite3.Connection, *, site: str, event: int, limit: int = 200) -> list[Event]:
    """The oldest `limit` events of the site after `event`, oldest first."""
    rows = db.execute(
        "SELECT * FROM events WHERE site = ? AND id > ? ORDER BY id LIMIT ?", (site, event, limit)
    )
    return [Event.of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What of a site the desk has not acknowledged."""

    oldest: int | None
    """Id of the oldest event that is kept; None: there is none."""
    newest: int
    """The last id that was given; 0: none yet."""
    pending: int


def backlog(db: sqlite3.Connection, *, site: str) -> Backlog:
    row = db.execute("SELECT last_event FROM sites WHERE name = ?", (site,)).fetchone()
    oldest, pending = db.execute(
        "SELECT min(id), count(*) FROM events WHERE site = ?", (site,)
    ).fetchone()
    return Backlog(oldest, 0 if row is None else row[0], pending)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    upto: int
    delivered: Mapping[str, int]
    """Visitor → seq up to which the desk has their messages now, where that has changed."""


def acknowledge(db: sqlite3.Connection, *, site: str, upto: int) -> Acknowledged:
    """The desk has everything up to this event in its own store."""
    newest = backlog(db, site=site).newest
    upto = min(upto, newest)
    rows = db.execute(
        "SELECT owner, max(seq) AS seq FROM events"
        " WHERE site = ? AND id <= ? AND type = 'message' AND owner IS NOT NULL GROUP BY owner",
        (site, upto),
    ).fetchall()
    delivered = {}
    for row in rows:
        changed = db.execute(
            "UPDATE visitors SET desk_has = ? WHERE id = ? AND desk_has < ? RETURNING visitor",
            (row["seq"], row["owner"], row["seq"]),
        ).fetchone()
        if changed is not None:
            delivered[str(changed[0])] = int(row["seq"])
    db.execute("DELETE FROM events WHERE site = ? AND id <= ?", (site, upto))
    return Acknowledged(upto, delivered)
