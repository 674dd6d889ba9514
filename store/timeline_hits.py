"""Finding within one customer's history, both ways, with a count.

Words are looked up in the search index, in the language of `store.query`; a piece of a word, which
no index has, is looked for in the texts themselves, a stretch of history at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

from store import index, messages
from store.candidates import Plan, plan
from store.driver import Connection
from store.errors import QueryError
from store.model import CustomerId, MessageId
from store.query import Query, parse
from store.timeline import EVERYTHING, Only

COUNTED = 300
"""Hits that are counted; there may be more."""

PAGES = 20
"""Of so many hits each that are looked through for one that the rest of the query allows."""

STRETCH = 2000
"""Messages whose texts are read in one go."""


@dataclass(frozen=True, slots=True)
class Hit:
    message_id: MessageId
    position: int
    number: int | None = None
    """Which of the hits it is, the newest being 1; None: farther back than they are counted."""
    total: int | None = None
    """How many there are; None: not counted."""
    more: bool = False
    """There are more than `total`."""


def asked(text: str, *, timezone: str | None = None) -> Query:
    """What an agent looks for: the last word may go on. A filter that there is not is meant as
    words."""
    try:
        return parse(text, live=True, timezone=timezone or None)
    except QueryError:
        words = text.replace('"', " ")
        return parse(f'"{words}"', live=True)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest hits of a search."""

    planned: Plan
    expression: str
    found: list[int]
    """Positions, the newest first; one more than are counted when there are more."""
    known: list[int]
    """Those that are counted, ascending."""


class Memory:
    """The newest hits of the last search, for its next step: counting those of a word that goes
    on takes an index of a million messages some 10 ms. For a connection that never writes."""

    def __init__(self) -> None:
        self._key: object = None
        self._newest: _Newest | None = None

    def newest(self, db: Connection, *asked: Any) -> _Newest | None:
        key = (db.execute("PRAGMA data_version").fetchone()[0], *asked)
        if key != self._key:
            self._newest, self._key = _newest(db, *asked), key
        return self._newest


def hit(
    db: Connection,
    customer_id: CustomerId,
    query: Query,
    position: int,
    direction: int,
    *,
    only: Only = EVERYTHING,
    agent: str = "",
    memory: Memory | None = None,
) -> tuple[Hit | None, bool]:
    """The next message older than a position (`direction` < 0) or newer that the query finds, and
    whether it finds any at all. `memory` of the step before makes the next one cheap."""
    look = _newest if memory is None else memory.newest
    newest = look(db, customer_id, query, only, agent)
    if newest is None:
        return None, False
    known, found = newest.known, newest.found
    more = len(found) > COUNTED
    total = len(known)
    place = bisect_left(known, position) - 1 if direction < 0 else bisect_right(known, position)
    if more and position <= found[COUNTED - 1] and place <= 0:
        at = _beyond(db, newest.planned, newest.expression, position, direction)
        return (None if at is None else _hit(db, at, None, total, more)), True
    if not 0 <= place < total:
        return None, total > 0 or more
    return _hit(db, known[place], total - place, total, more), True


def _newest(
    db: Connection, customer_id: CustomerId, query: Query, only: Only, agent: str
) -> _Newest | None:
    """None when nothing can match."""
    planned = None if query.empty or query.impossible else plan(db, query, agent)
    if planned is None:
        return None
    index.flush_if_writing(db)
    planned.facets += only.facets(customer_id)
    expression = planned.expression(query.terms)
    found = planned.positions(db, expression, planned.before, COUNTED + 1)
    known = planned.allowed(db, found[:COUNTED])[::-1]
    return _Newest(planned, expression, found, known)


def _beyond(
    db: Connection, planned: Plan, expression: str, position: int, direction: int
) -> int | None:
    """The next hit farther back than they are counted."""
    for number in range(PAGES):
        size = min(COUNTED, 20 << number)
        if direction < 0:
            found = planned.positions(db, expression, min(position, planned.before), size)
        else:
            rows = db.execute(
                "SELECT rowid FROM message_search WHERE message_search MATCH ? AND rowid > ?"
                " AND rowid < ? ORDER BY rowid LIMIT +?",
                (expression, max(position, planned.after - 1), planned.before, size),
            )
            found = [row[0] for row in rows]
        allowed = set(planned.allowed(db, found))
        for at in found:
            if at in allowed:
                return at
        if len(found) < size:
            return None
        position = found[-1]
    return None


def _hit(db: Connection, at: int, number: int | None, total: int, more: bool) -> Hit | None:
    row = db.execute("SELECT id FROM messages WHERE position = ?", (at,)).fetchone()
    return Hit(row[0], at, number, total, more) if row else None


def substring(
    db: Connection,
    customer_id: CustomerId,
    text: str,
    position: int,
    direction: int,
    only: Only = EVERYTHING,
) -> tuple[Hit | None, int]:
    """The first message of a stretch, from a position on, in whose text, subject or author's name
    `text` stands in any case; and where the next stretch begins (-1: nothing is left)."""
    needle = text.casefold()
    way = "< ? ORDER BY position DESC" if direction < 0 else "> ? ORDER BY position"
    rows = db.execute(
        "SELECT id, position, text, subject, author FROM messages WHERE customer_id = ?"
        f" AND position {way} LIMIT {STRETCH}",
        (customer_id, position),
    ).fetchall()
    for message_id, at, *parts in rows:
        if not any(needle in part.casefold() for part in parts):
            continue
        if not only or only.takes(messages.get(db, message_id)):
            return Hit(message_id, at), at
    return None, rows[-1][1] if len(rows) == STRETCH else -1


__all__ = ["COUNTED", "Hit", "Memory", "asked", "hit", "substring"]
