"""Lists of conversations narrowed by a query of the search language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from store import index
from store.candidates import FEW, Plan, plan
from store.driver import Connection
from store.query import Query, parse

LOOKED = 1000
"""Messages with the words that a screen's list looks at: the newest."""

ROWS = 20_000
"""Conversations of a view that a screen's list looks at: the first."""

_NEVER = (1 << 63) - 1


def latest(
    db: Connection, text: str, *, agent: str, timezone: str | tzinfo | None, limit: int | None
) -> list[int]:
    """Every conversation that a query finds, the last touched first. Raises `QueryError`."""
    query = parse(text, timezone=timezone)
    planned = _plan(db, query, agent)
    if planned is None:
        return []
    bound = -1 if limit is None else limit
    where, values = _conditions(query, planned)
    if not planned.needs_messages(query):
        if planned.rooms_known is not None:
            where += f" AND v.id IN ({','.join(map(str, planned.rooms_known))})"
        rows = db.execute(
            f"SELECT v.id FROM conversations v WHERE {where}"
            " ORDER BY v.last_message_at DESC, v.id DESC LIMIT +?",
            (*values, bound),
        )
        return [row[0] for row in rows]
    found: set[int] = set()
    for positions in _pages(db, planned, query, None):
        found.update(_rooms(db, planned, positions))
    return _ordered(db, sorted(found), "v.last_message_at DESC, v.id DESC")[:limit]


def in_view(
    db: Connection,
    text: str,
    view: str,
    order: str,
    named: dict[str, object],
    *,
    agent: str,
    limit: int,
    timezone: str | tzinfo | None,
) -> list[int]:
    """A page of a view's conversations that a query finds, within a screen's bounds.

    `view` is the view's condition with the page's edge, `order` its ORDER BY, `named`
    their values.
    """
    query = parse(text, timezone=timezone)
    planned = _plan(db, query, agent)
    if planned is None:
        return []
    if not planned.needs_messages(query):
        where, values = _conditions(query, planned)
        where, named = _by_name(where, values, named)
        if planned.rooms_known is not None:
            return _ordered(db, planned.rooms_known, order, f"{view} AND {where}", named)[:limit]
        # Ordered by what an index holds; rows are read in that order, and only as far as needed.
        first = f"SELECT v.id FROM conversations v WHERE {view} ORDER BY {order} LIMIT {ROWS}"
        rows = db.execute(
            f"SELECT v.id FROM ({first}) first CROSS JOIN conversations v ON v.id = first.id"
            f" WHERE {where} LIMIT +:limit",
            {**named, "limit": limit},
        )
        return [row[0] for row in rows]
    found: set[int] = set()
    for positions in _pages(db, planned, query, LOOKED):
        found.update(_rooms(db, planned, positions))
    shown = _ordered(db, sorted(found), order, view, named)
    return shown[:limit]


def narrows(text: str, *, timezone: str | tzinfo | None) -> bool:
    """Whether a query leaves anything out; one that has only just been begun does not. Raises
    `QueryError`."""
    return bool(text.strip()) and not parse(text, timezone=timezone).empty


def at_once(db: Connection, text: str, *, agent: str, timezone: str | tzinfo | None) -> bool:
    """Whether a query finds its conversations without going through a view row by row: by an
    index, or by the newest messages. Raises `QueryError`."""
    query = parse(text, timezone=timezone)
    planned = _plan(db, query, agent)
    return planned is None or planned.rooms_known is not None or planned.needs_messages(query)


def among(
    db: Connection,
    text: str,
    view: str,
    named: dict[str, object],
    ids: Sequence[int],
    *,
    agent: str,
    timezone: str | tzinfo | None,
) -> list[int]:
    """Those of a few conversations that a view has and a query finds, exactly; in no order."""
    query = parse(text, timezone=timezone)
    if query.empty:
        return _ordered(db, ids, "v.id", view, named)
    planned = _plan(db, query, agent)
    if planned is None:
        return []
    if planned.rooms_known is not None:
        ids = sorted(set(planned.rooms_known) & set(ids))
    if not planned.needs_messages(query):
        where, values = _conditions(query, planned)
        where, named = _by_name(where, values, named)
        return _ordered(db, ids, "v.id", f"{view} AND {where}", named)
    found: set[int] = set()
    for start in range(0, len(ids), FEW):
        planned.rooms_known = list(ids[start : start + FEW])
        for positions in _pages(db, planned, query, None):
            found.update(_rooms(db, planned, positions))
    return _ordered(db, sorted(found), "v.id", view, named)


def _by_name(
    where: str, values: Sequence[object], named: dict[str, object]
) -> tuple[str, dict[str, object]]:
    """A condition with its values named, as those of the view are."""
    names = {f"p{number}": value for number, value in enumerate(values)}
    for name in names:
        where = where.replace("?", f":{name}", 1)
    return where, {**named, **names}


def _plan(db: Connection, query: Query, agent: str) -> Plan | None:
    if query.empty or query.impossible:
        return None
    index.flush_if_writing(db)
    return plan(db, query, agent)


def _conditions(query: Query, planned: Plan) -> tuple[str, list[object]]:
    """A query without words as SQL on conversations `v`, with its values in order."""
    where = ["v.last_message_at >= ?", "v.last_message_at < ?", *planned.conditions]
    values: list[object] = [
        query.after or 0,
        _NEVER if query.before is None else query.before,
        *planned.values,
    ]
    return " AND ".join(where), values


def _pages(db: Connection, planned: Plan, query: Query, bound: int | None) -> list[list[int]]:
    """Positions of the messages with the words, newest first."""
    pages: list[list[int]] = []
    edge, looked = planned.before, 0
    expression = planned.expression(query.terms)
    while bound is None or looked < bound:
        positions = planned.positions(db, expression, edge, 1000)
        pages.append(positions)
        looked += len(positions)
        if len(positions) < 1000:
            break
        edge = positions[-1]
    return pages


def _rooms(db: Connection, planned: Plan, positions: Sequence[int]) -> set[int]:
    """The conversations of messages, as far as the conditions allow them."""
    found: set[int] = set()
    for start in range(0, len(positions), 500):
        part = positions[start : start + 500]
        where = " AND ".join([f"m.position IN ({','.join('?' * len(part))})", *planned.conditions])
        rows = db.execute(
            "SELECT v.id FROM messages m CROSS JOIN conversations v ON v.id = m.conversation_id"
            f" WHERE {where}",
            (*part, *planned.values),
        )
        found.update(row[0] for row in rows)
    return found


def _ordered(
    db: Connection,
    ids: Sequence[int],
    order: str,
    view: str = "1",
    named: dict[str, object] | None = None,
) -> list[int]:
    """Those of the conversations that a view has, in order."""
    listed = ",".join(map(str, ids))  # numbers of ours, too many to bind one by one
    rows = db.execute(
        f"SELECT v.id FROM conversations v NOT INDEXED WHERE v.id IN ({listed}) AND {view}"
        f" ORDER BY {order}",
        named or {},
    )
    return [row[0] for row in rows]
