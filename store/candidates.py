"""How a query is answered: what the index intersects, and what is looked at row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from store import accounts, customers, index
from store.drafts import BEGUN
from store.driver import Connection
from store.errors import QueryError
from store.model import ConversationId, CustomerId
from store.query import EVERYTHING, Filter, Query, Term, expression, facet, priority
from store.silences import HOLDS
from store.wording import _

FEW = 100
"""Conversations that are named one by one in the index's expression."""

DRIVERS = 2000
"""Conversations of a tag or an assignee that are read to see whether few match."""

_NEVER = (1 << 63) - 1
_PREFIXES = (4, 2)
"""Lengths of the index's prefix tables (migrations: `message_search`)."""

_EITHER = frozenset({"status", "channel", "account", "assignee", "priority", "customer",
                     "conversation"})  # fmt: skip
"""Filters of which a message has one value: repeated, they mean either."""

_STATUSES = ("open", "pending", "snoozed", "closed")
_DIRECTIONS = ("in", "out", "note")


@dataclass(slots=True)
class Plan:
    after: int
    """Position from which on."""
    before: int
    """Position before which."""
    facets: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    """SQL on conversations `v`; the values of all of them follow in order."""
    values: list[object] = field(default_factory=list)
    rooms_known: list[int] | None = None
    """All conversations that the conditions allow, when they are few."""

    def expression(self, terms: Sequence[Term]) -> str:
        facets = self.facets
        if self.rooms_known is not None:
            rooms = [facet(index.CONVERSATION, one) for one in self.rooms_known]
            facets = [*facets, _any(rooms)]
        return expression(tuple(terms), facets, self.excluded)

    def guess(self, terms: Sequence[Term]) -> tuple[str, tuple[Term, ...]] | None:
        """A cheaper expression whose messages have to be confirmed, and by which terms.

        The index has tables for prefixes of some lengths; for any other it would first
        collect every message with any of the words.
        """
        short: list[Term] = []
        unsure: list[Term] = []
        for term in terms:
            last = term.words[-1]
            if term.excluded or not term.prefix or len(last) in _PREFIXES or len(last) < 2:
                short.append(term)
                continue
            short.append(_short(term))
            unsure.append(term)
        return (self.expression(short), tuple(unsure)) if unsure else None

    def shortened(self, term: Term) -> str:
        """The beginning of a term that the index has a table for, alone."""
        return expression((_short(term),), [], [])

    def positions(self, db: Connection, text: str, edge: int, size: int) -> list[int]:
        """The newest positions before `edge` that the index gives for an expression."""
        if text == EVERYTHING:
            sql = (
                "SELECT position FROM messages WHERE position < ? AND position >= ?"
                " ORDER BY position DESC LIMIT +?"
            )
            return [row[0] for row in db.execute(sql, (edge, self.after, size))]
        sql = (
            "SELECT rowid FROM message_search WHERE message_search MATCH ?"
            " AND rowid < ? AND rowid >= ? ORDER BY rowid DESC LIMIT +?"
        )
        return [row[0] for row in db.execute(sql, (text, edge, self.after, size))]

    def common(self, db: Connection, text: str, edge: int, rare: int) -> bool:
        """Whether an expression has a hundred hits among the newest `rare` messages."""
        hits = self.positions(db, text, edge, 100)
        if len(hits) < 100:
            return False
        between = db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM messages WHERE position < ? AND position >= ?"
            " LIMIT +?)",
            (edge, hits[-1], rare),
        ).fetchone()
        return int(between[0]) < rare

    def allowed(self, db: Connection, positions: Sequence[int]) -> list[int]:
        """Those of the positions, in their order, whose conversations meet the conditions."""
        if not self.conditions:
            return list(positions)
        found: list[int] = []
        for start in range(0, len(positions), 500):
            part = positions[start : start + 500]
            where = " AND ".join([f"m.position IN ({','.join('?' * len(part))})", *self.conditions])
            # CROSS: SQLite keeps the order of the tables.
            rows = db.execute(
                "SELECT m.position FROM messages m CROSS JOIN conversations v"
                f" ON v.id = m.conversation_id WHERE {where} ORDER BY m.position DESC",
                (*part, *self.values),
            )
            found += [row[0] for row in rows]
        return found

    def needs_messages(self, query: Query) -> bool:
        """Whether conversations alone can't answer."""
        return bool(query.terms or self.facets or self.excluded)


def _short(term: Term) -> Term:
    last = term.words[-1]
    length = next(one for one in _PREFIXES if one < len(last))
    return replace(term, words=(*term.words[:-1], last[:length]))


def plan(db: Connection, query: Query, agent: str) -> Plan | None:
    """None when nothing can match. Raises `QueryError` for an account that doesn't exist."""
    planned = Plan(
        after=0 if query.after is None else max(query.after, 0) << 12,
        before=_NEVER if query.before is None else max(query.before, 0) << 12,
    )
    for key, excluded, group in _groups(query.filters):
        if key in ("channel", "account", "customer", "conversation", "has", "direction"):
            words = [word for one in group for word in _FACETS[key](db, one.value)]
            if excluded:
                planned.excluded += words
            elif words:
                planned.facets.append(_any(words))
            else:
                return None
            continue
        parts = [_condition(one, agent) for one in group]
        text = " OR ".join(f"({sql})" for sql, _values in parts)
        planned.conditions.append(f"NOT ({text})" if excluded else f"({text})")
        planned.values += [value for _sql, values in parts for value in values]
    if planned.conditions:
        rooms = _few_rooms(db, query, planned, agent)
        if rooms is not None:
            if not rooms:
                return None
            planned.rooms_known = rooms
            planned.conditions, planned.values = [], []
    return planned


def _groups(filters: Sequence[Filter]) -> list[tuple[str, bool, list[Filter]]]:
    """Filters that mean either together, the others one by one; `is:` by what it asks."""
    groups: dict[tuple[str, bool, int], list[Filter]] = {}
    for number, one in enumerate(filters):
        named = _named(one)
        either = named.key in _EITHER and not named.excluded
        groups.setdefault((named.key, named.excluded, -1 if either else number), []).append(named)
    return [(key, excluded, group) for (key, excluded, _number), group in groups.items()]


def _named(one: Filter) -> Filter:
    """`is:open` is `status:open`, and so on."""
    if one.key != "is":
        return one
    if one.value in _STATUSES:
        return replace(one, key="status")
    if one.value in _DIRECTIONS:
        return replace(one, key="direction")
    if one.value == "mine":
        return replace(one, key="assignee", value="me")
    if one.value == "unassigned":
        return replace(one, key="assignee", value="none")
    return one


def _any(words: Sequence[str]) -> str:
    """Any of the words, all in the column of facets."""
    bare = [word.removeprefix("facets : ") for word in words]
    return f"facets : ({' OR '.join(bare)})"


def _channel(db: Connection, value: str) -> list[str]:
    names = {one.channel for one in accounts.all(db)}
    begun = [name for name in names if name.startswith(value.lower())]
    found = [value.lower()] if value.lower() in names or not begun else begun
    return [facet(index.CHANNEL, index.channel_word(name)) for name in found]


def _account(db: Connection, value: str) -> list[str]:
    known = accounts.all(db)
    exact = [one for one in known if one.name.lower() == value.lower()]
    begun = exact or [one for one in known if one.name.lower().startswith(value.lower())]
    if not begun:
        raise QueryError(
            _("There is no account {name}; there are {names}.").format(
                name=value, names=", ".join(one.name for one in known) or "-"
            )
        )
    return [facet(index.ACCOUNT, one.id) for one in begun]


def _customer(db: Connection, value: str) -> list[str]:
    if value.isascii() and value.isdecimal():
        # 18 digits: what SQLite has as a number.
        known = customers.current(db, CustomerId(int(value))) if len(value) < 19 else int(value)
        return [facet(index.CUSTOMER, known)]
    return [facet(index.CUSTOMER, one.id) for one in customers.find(db, value, limit=50)]


_FACETS: dict[str, Callable[[Connection, str], list[str]]] = {
    "channel": _channel,
    "account": _account,
    "customer": _customer,
    "conversation": lambda _db, value: [
        facet(index.CONVERSATION, "".join(filter(str.isalnum, value)) or "0")
    ],
    "has": lambda _db, _value: [facet(index.FILES, "")],
    "direction": lambda _db, value: [facet(index.DIRECTION, value)],
}

_TAGGED = "EXISTS (SELECT 1 FROM conversation_tags t WHERE t.conversation_id = v.id AND t.tag = ?)"
_MENTIONS = "EXISTS (SELECT 1 FROM mentions n WHERE n.conversation_id = v.id AND n.agent = ?)"
_WATCHED = "EXISTS (SELECT 1 FROM watches w WHERE w.conversation_id = v.id AND w.agent = ?)"
_SILENT = f"EXISTS (SELECT 1 FROM silences s WHERE s.conversation_id = v.id AND {HOLDS})"
_DRAFT = (
    f"EXISTS (SELECT 1 FROM drafts d WHERE d.conversation_id = v.id AND d.agent = ? AND {BEGUN})"
)
_UNREAD = (
    "v.last_inbound_id > ifnull((SELECT r.message_id FROM read_marks r"
    " WHERE r.agent = ? AND r.conversation_id = v.id), 0)"
)


def _condition(one: Filter, agent: str) -> tuple[str, list[object]]:
    """A filter as SQL on a conversation `v`."""
    if one.key == "status":
        return "v.status = ?", [one.value]
    if one.key == "assignee":
        return "v.assignee = ?", [_assignee(one.value, agent)]
    if one.key == "tag":
        return _TAGGED, [one.value]
    if one.key == "priority":
        return "v.priority = ?", [priority(one.value)]
    if one.key == "mentions":
        return _MENTIONS, [_assignee(one.value, agent)]
    if one.value == "mentioned":
        return f"{_MENTIONS[:-1]} AND n.seen_at IS NULL)", [agent]
    if one.value == "watched":
        return _WATCHED, [agent]
    if one.value == "silent":
        return _SILENT, []
    if one.value == "unread":
        return _UNREAD, [agent]
    if one.value == "draft":
        return _DRAFT, [agent]
    if one.value == "waiting":
        return "v.waiting_since IS NOT NULL AND v.status IN ('open', 'pending')", []
    return "v.failed > 0", []


def _assignee(value: str, agent: str) -> str:
    return {"me": agent, "none": "", "nobody": ""}.get(value.lower(), value)


def _few_rooms(db: Connection, query: Query, planned: Plan, agent: str) -> list[int] | None:
    """Every conversation that the conditions allow when they are few, the last touched
    first; None when they are many, or when finding out would take long."""
    smallest: list[int] | None = None
    for _key, excluded, group in _groups(query.filters):
        parts = [] if excluded else [_driver(db, one, agent) for one in group]
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts):
            continue
        ids = list({room for part in known for room in part})
        if smallest is None or len(ids) < len(smallest):
            smallest = ids
    if smallest is None:
        return None
    found: list[tuple[int, int]] = []
    for start in range(0, len(smallest), 500):
        part = smallest[start : start + 500]
        where = " AND ".join([f"v.id IN ({','.join('?' * len(part))})", *planned.conditions])
        found += db.execute(
            f"SELECT v.last_message_at, v.id FROM conversations v WHERE {where}",
            (*part, *planned.values),
        )
    if len(found) > FEW:
        return None
    return [ConversationId(room) for _at, room in sorted(found, reverse=True)]


def _driver(db: Connection, one: Filter, agent: str) -> list[int] | None:
    """The conversations of one filter, when an index has them and they are at most DRIVERS."""
    if one.key == "tag":
        sql, values = "SELECT conversation_id FROM conversation_tags WHERE tag = ?", [one.value]
    elif one.key in ("status", "assignee"):
        column = one.key
        value = one.value if column == "status" else _assignee(one.value, agent)
        total = db.execute(
            f"SELECT ifnull(sum(conversations), 0) FROM conversation_counts WHERE {column} = ?",
            (value,),
        ).fetchone()[0]
        if total > DRIVERS:
            return None
        if column == "assignee":
            sql, values = "SELECT id FROM conversations WHERE assignee = ?", [value]
        else:
            group = value if value in ("snoozed", "closed") else "active"
            active = db.execute(
                "SELECT ifnull(sum(conversations), 0) FROM conversation_counts"
                " WHERE status IN ('open', 'pending')"
            ).fetchone()[0]
            if group == "active" and active > 5 * DRIVERS:
                return None
            sql = "SELECT id FROM conversations WHERE inbox_group = ? AND status = ?"
            values = [group, value]
    elif one.key == "mentions" or one.value == "mentioned":
        named = agent if one.key == "is" else _assignee(one.value, agent)
        unseen = " AND seen_at IS NULL" if one.key == "is" else ""
        sql = f"SELECT DISTINCT conversation_id FROM mentions WHERE agent = ?{unseen}"
        values = [named]
    elif one.key == "is" and one.value == "draft":
        sql = f"SELECT DISTINCT d.conversation_id FROM drafts d WHERE d.agent = ? AND {BEGUN}"
        values = [agent]
    elif one.key == "is" and one.value == "watched":
        sql, values = "SELECT conversation_id FROM watches WHERE agent = ?", [agent]
    elif one.key == "is" and one.value == "silent":
        sql, values = "SELECT conversation_id FROM silences", []
    elif one.key == "is" and one.value == "failed":
        sql, values = "SELECT id FROM conversations WHERE failed > 0", []
    elif one.key == "is" and one.value == "waiting":
        sql = "SELECT id FROM conversations WHERE inbox_group = 'active' AND inbox_first < ?"
        values = [str(_NEVER)]
        return _bounded(db, sql.replace("?", str(_NEVER)), [])
    else:
        return None
    return _bounded(db, sql, values)


def _bounded(db: Connection, sql: str, values: Sequence[object]) -> list[int] | None:
    ids = [row[0] for row in db.execute(f"{sql} LIMIT {DRIVERS + 1}", tuple(values))]
    return ids if len(ids) <= DRIVERS else None
