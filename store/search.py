"""Finding messages: newest first, straight off the index's own order.

Nothing here sorts or scans what a common word has in a million messages. What the index
can intersect (words, channel, account, customer, direction) it does; what changes with a
conversation (status, assignee, tag, unread) becomes a list of conversations inside the
index's expression when few match, and is looked at row by row, up to a bound, when many do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Literal

from store import index, json_column
from store.candidates import Plan, plan
from store.driver import Connection
from store.insertion import chat_words
from store.model import Millis, SearchHit
from store.query import Query, Term, parse
from store.snippet import contains, snippet

SCAN = 2000
"""Messages looked at in one bounded search before it stops and says where it can go on."""

SAMPLE, WORTH = 50, 0.15
"""After so many messages with the beginning of a long prefix, at least this part of them must
have had the prefix itself; otherwise it is rare enough for the index to collect them all."""

RARE = 10_000
"""A beginning that a hundred of so many messages don't have is collected at once."""

End = Literal["full", "end", "bound", "rare"]


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
    bounded: bool | None = None,
    now: Millis | None = None,
    timezone: str | tzinfo | None = None,
) -> Hits:
    """The newest messages that match, before a position when one is given.

    `agent` is who `assignee:me`, `is:mine` and `is:unread` mean; `live`, `now` and
    `timezone` as in `store.query.parse`. A `bounded` search (by default a live one) gives
    up on the unlucky mix of a common word with a filter that few of its messages pass,
    and says in `resume` where it can go on; any other goes on by itself.
    Raises `QueryError`.
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
    bound = SCAN if (live if bounded is None else bounded) else None
    how: End = "rare"
    guessed = planned.guess(query.terms)
    if guessed is not None and any(
        planned.common(db, planned.shortened(term), edge, RARE) for term in guessed[1]
    ):
        expression, unsure = guessed
        edge, how = _collect(db, planned, expression, edge, limit, bound, hits, query, unsure)
    if how == "rare":
        expression = planned.expression(query.terms)
        edge, how = _collect(db, planned, expression, edge, limit, bound, hits, query, ())
    hits.resume = edge if how == "bound" else None
    return hits


def _collect(
    db: Connection,
    planned: Plan,
    expression: str,
    edge: int,
    limit: int,
    bound: int | None,
    hits: Hits,
    query: Query,
    unsure: Sequence[Term],
) -> tuple[int, End]:
    """Add hits before `edge` until the page is full or `bound` messages were looked at.

    Returns the position reached and why it ended there.
    """
    looked, read, found = 0, 0, 0
    size = limit if not (unsure or planned.conditions) else max(limit, SAMPLE)
    while bound is None or looked < bound:
        positions = planned.positions(db, expression, edge, size)
        looked += len(positions)
        allowed = planned.allowed(db, positions)[: None if unsure else limit - len(hits)]
        for row in _rows(db, allowed):
            if all(contains(_searched(db, row, term), term) for term in unsure):
                hits.append(_hit(row, query))
                found += 1
                if len(hits) == limit:
                    return hits[-1].position, "full"
        if len(positions) < size:
            return edge, "end"
        edge = positions[-1]
        read += len(allowed)
        if unsure and read >= SAMPLE and found < read * WORTH:
            return edge, "rare"
        if planned.conditions:
            size = min(size * 2, 1000)
    return edge, "bound"


_COLUMNS = (
    "m.position, m.id, m.conversation_id, m.customer_id, m.arrived_at, m.direction, m.author,"
    " m.subject, substr(m.text, 1, 100000), substr(m.quoted, 1, 100000),"
    " substr(m.signature, 1, 2000), m.author_address, m.recipients,"
    " iif(m.channel = 'email', '', m.details)"
)


def _rows(db: Connection, positions: Sequence[int]) -> list[Sequence[Any]]:
    found: list[Sequence[Any]] = []
    for start in range(0, len(positions), 500):
        part = positions[start : start + 500]
        marks = ",".join("?" * len(part))
        found += db.execute(
            f"SELECT {_COLUMNS} FROM messages m WHERE m.position IN ({marks})"
            " ORDER BY m.position DESC",
            part,
        )
    return found


def _searched(db: Connection, row: Sequence[Any], term: Term) -> str:
    """The text of a message in which the index found the beginning of a term."""
    author, subject, text, quoted, signature, address, recipients = (*row[6:13],)
    group, shown = chat_words(json_column.load(row[13])) if row[13] else ("", "")
    if term.column == "subject":
        return str(subject)
    if term.column == "sender":
        return f"{author}\n{address}\n{group}"
    if term.column == "recipients":
        return str(recipients)
    names = f"{_files(db, row[1])}\n{shown}"
    if term.column == "files":
        return names
    return "\n".join((text, subject, author, address, group, signature, quoted, recipients, names))


def _files(db: Connection, message_id: int) -> str:
    rows = db.execute(
        "SELECT name FROM attachments WHERE message_id = ? AND NOT replaced", (message_id,)
    )
    return "\n".join(row[0] for row in rows)


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


__all__ = [
    "Hits",
    "Query",
    "SearchHit",
    "parse",
    "search",
]
