"""Finding messages: newest first, straight off the index's own order.

Nothing here sorts or scans what a common word has in a million messages. What the index
can intersect (words, channel, account, customer, direction) it does; what changes with a
conversation (status, assignee, tag, unread) becomes a list of conversations inside the
index's expression when few match, and is looked at row by row, up to a bound, when many do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from store import index
from store.candidates import Plan, plan
from store.driver import Connection
from store.errors import QueryError
from store.model import Millis, SearchHit
from store.query import Query, Term, parse
from store.snippet import contains, snippet

SCAN = 2000
"""Messages looked at in one search before it stops and says where it can go on."""

GUESSED = 300
"""Messages whose text is read for a long prefix before the index collects them all."""


class Hits(list[SearchHit]):
    """A page of hits, newest first."""

    resume: int | None = None
    """Where to go on (`before=`) when the search stopped at its bound, the page not full."""


def search(
    db: Connection,
    query: str | Query,
    *,
    limit: int = 50,
    before: int | None = None,
    agent: str = "",
    live: bool = False,
    now: Millis | None = None,
    timezone: str | tzinfo | None = None,
) -> Hits:
    """The newest messages that match, before a position when one is given.

    `agent` is who `assignee:me`, `is:mine` and `is:unread` mean; `live`, `now` and
    `timezone` as in `store.query.parse`. Raises `QueryError`.
    """
    if isinstance(query, str):
        query = parse(query, live=live, now=now, timezone=timezone)
    hits = Hits()
    if query.empty or query.impossible or limit <= 0:
        return hits
    index.flush_if_writing(db)
    planned = plan(db, query, agent)
    if planned is None:
        return hits
    edge = planned.before if before is None else min(before, planned.before)
    guessed = planned.guess(query.terms)
    if guessed is not None:
        expression, unsure = guessed
        edge, ended = _collect(db, planned, expression, edge, limit, GUESSED, hits, query, unsure)
        if ended or len(hits) >= limit:
            return hits
    edge, ended = _collect(
        db, planned, planned.expression(query.terms), edge, limit, SCAN, hits, query, ()
    )
    hits.resume = None if ended or len(hits) >= limit else edge
    return hits


def search_all(db: Connection, query: str, *, limit: int | None = None, **options: Any) -> Hits:
    """Every hit, however long it takes: for programs, not for screens."""
    found = Hits()
    before: int | None = None
    while limit is None or len(found) < limit:
        page = search(db, query, limit=1000, before=before, **options)
        found.extend(page)
        before = page.resume or (page[-1].position if len(page) == 1000 else None)
        if before is None:
            break
    if limit is not None:
        del found[limit:]
    return found


def _collect(
    db: Connection,
    planned: Plan,
    expression: str,
    edge: int,
    limit: int,
    bound: int,
    hits: Hits,
    query: Query,
    unsure: Sequence[Term],
) -> tuple[int, bool]:
    """Add hits before `edge` until the page is full or `bound` messages were looked at.

    Returns the position reached, and whether there is nothing before it.
    """
    looked = 0
    picky = bool(unsure or planned.conditions)
    while len(hits) < limit and looked < bound:
        size = max(limit, 100) if picky else limit - len(hits)
        positions = planned.positions(db, expression, edge, size)
        looked += len(positions)
        for row in _rows(db, planned, positions):
            if unsure and not all(_confirmed(db, row, term) for term in unsure):
                continue
            hits.append(_hit(row, query))
            if len(hits) == limit:
                return hits[-1].position, False
        if positions:
            edge = positions[-1]
        if len(positions) < size:
            return edge, True
    return edge, False


_COLUMNS = (
    "m.position, m.id, m.conversation_id, m.customer_id, m.arrived_at, m.direction, m.author,"
    " m.subject, substr(m.text, 1, 100000), substr(m.quoted, 1, 100000),"
    " substr(m.signature, 1, 2000), m.author_address, m.recipients"
)


def _rows(db: Connection, planned: Plan, positions: Sequence[int]) -> list[Sequence[Any]]:
    found: list[Sequence[Any]] = []
    for start in range(0, len(positions), 500):
        part = positions[start : start + 500]
        sql = f"SELECT {_COLUMNS} FROM messages m"
        if planned.conditions:
            sql += " JOIN conversations v ON v.id = m.conversation_id"
        sql += f" WHERE m.position IN ({','.join('?' * len(part))})"
        for condition in planned.conditions:
            sql += f" AND {condition}"
        found += db.execute(f"{sql} ORDER BY m.position DESC", (*part, *planned.values))
    return found


def _confirmed(db: Connection, row: Sequence[Any], term: Term) -> bool:
    """Whether a message has what the index was only asked the beginning of."""
    subject, text, quoted, signature, address, recipients = (*row[7:13],)
    if term.column == "subject":
        fields = [subject]
    elif term.column == "sender":
        fields = [row[6], address]
    elif term.column == "recipients":
        fields = [recipients]
    elif term.column == "files":
        fields = _files(db, row[1])
    else:
        fields = [text, subject, row[6], address, signature, quoted, recipients]
        return any(contains(field, term) for field in fields) or any(
            contains(name, term) for name in _files(db, row[1])
        )
    return any(contains(field, term) for field in fields)


def _files(db: Connection, message_id: int) -> list[str]:
    return [
        row[0]
        for row in db.execute("SELECT name FROM attachments WHERE message_id = ?", (message_id,))
    ]


def _hit(row: Sequence[Any], query: Query) -> SearchHit:
    position, message_id, conversation_id, customer_id, at, direction, author, subject = row[:8]
    return SearchHit(
        message_id=message_id,
        conversation_id=conversation_id,
        customer_id=customer_id,
        position=position,
        at=at,
        direction=direction,
        author=author,
        subject=subject,
        snippet=snippet(row[8:11], query.terms),
    )


def conversation_ids(
    db: Connection,
    query: str,
    *,
    agent: str = "",
    bound: int | None = None,
    timezone: str | tzinfo | None = None,
) -> list[int]:
    """Conversations that match, those of the newest hits first: any of their messages has
    all the words. `bound`: at most so many messages are looked at. Raises `QueryError`."""
    parsed = parse(query, timezone=timezone)
    if parsed.empty or parsed.impossible:
        return []
    index.flush_if_writing(db)
    planned = plan(db, parsed, agent)
    if planned is None:
        return []
    if not planned.needs_messages(parsed):
        return planned.conversations(db, parsed, bound)
    found: dict[int, None] = {}
    edge, looked = planned.before, 0
    expression = planned.expression(parsed.terms)
    while bound is None or looked < bound:
        positions = planned.positions(db, expression, edge, 500)
        for row in planned.rooms(db, positions):
            found[row] = None
        looked += len(positions)
        if len(positions) < 500:
            break
        edge = positions[-1]
    return list(found)


__all__ = [
    "Hits",
    "Query",
    "QueryError",
    "SearchHit",
    "conversation_ids",
    "parse",
    "search",
    "search_all",
]
