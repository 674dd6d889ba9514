"""How far each side has got and read."""

from __future__ import annotations

import sqlite3

from connectors.webchat.relay import events, visitors
from connectors.webchat.relay.records import Caller, Context, Millis


def visitor_has(
    db: sqlite3.Connection,
    *,
    caller: Caller,
    seq: int,
    read: bool,
    context: Context,
    now: Millis,
) -> int | None:
    """The visitor's browser has everything up to `seq`, and has shown it (`read`). Returns the
    agents' last message among it where it is news, else None: what visitors wrote themselves
    they have anyway. Raises `VisitorGone`, `IdentityNeeded`."""
    visitor = visitors.find(db, site=caller.site, visitor=caller.visitor)
    visitors.check(caller, visitor)
    if visitor is None:
        return None
    known = visitor.visitor_read if read else max(visitor.browser_has, visitor.visitor_read)
    row = db.execute(
        "SELECT max(seq) FROM messages WHERE owner = ? AND seq > ? AND seq <= ?"
        " AND sender = 'agent'",
        (visitor.id, known, seq),
    ).fetchone()
    if row[0] is None:
        return None
    seq = int(row[0])
    if read:
        db.execute("UPDATE visitors SET visitor_read = ? WHERE id = ?", (seq, visitor.id))
    db.execute(
        "UPDATE visitors SET browser_has = max(browser_has, ?) WHERE id = ?", (seq, visitor.id)
    )
    events.append(
        db,
        site=caller.site,
        type="read" if read else "delivered",
        visitor=visitor,
        at=now,
        data={"seq": seq},
        context=context,
    )
    return seq


def agent_read(db: sqlite3.Connection, *, site: str, visitor: str, seq: int) -> int | None:
    """An agent has read up to `seq`; that seq where it is news."""
    row = db.execute(
        "UPDATE visitors SET agent_read = min(?, last_seq) WHERE site = ? AND visitor = ?"
        " AND agent_read < min(?, last_seq) RETURNING agent_read",
        (seq, site, visitor, seq),
    ).fetchone()
    return None if row is None else int(row[0])
