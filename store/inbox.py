"""The inbox: pages of conversations in one of its orders, straight off an index in the usual one.

Usual is who waits longest first, then the latest touched. The other orders read the view through
a covering index, and a row of the table for what is shown alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from store import mentions
from store.conversations import SELECT, from_row, many
from store.driver import Connection
from store.model import Conversation, ConversationId, Sort, View
from store.narrowed import among, at_once, in_view, narrows
from store.parts import padded

_NEVER = (1 << 63) - 1
LOOKED_AT = 500
"""Conversations that `any_between` is asked about at most."""
EXACT = 20_000
"""Rows that `inbox_position` counts from either end; further in it estimates."""

VIEWS: dict[View, str] = {
    "mine": "v.assignee = :agent AND v.inbox_group = 'active'",
    "unassigned": "v.assignee = '' AND v.inbox_group = 'active'",
    "all": "v.inbox_group = 'active'",
    "snoozed": "v.inbox_group = 'snoozed'",
    "closed": "v.inbox_group = 'closed'",
    "mentions": "v.id IN (SELECT conversation_id FROM (SELECT conversation_id FROM mentions"
    f" WHERE agent = :agent ORDER BY at DESC LIMIT {mentions.LOOKED}))",
}
"""Mine, unassigned, all: open and pending ones. Mentions: whatever their status."""

_WAITS = f"v.inbox_group = 'active' AND v.inbox_first < {_NEVER}"

ORDERS: Mapping[Sort, tuple[tuple[str, str], ...]] = {
    "waiting": (("v.inbox_first", "first"), ("v.inbox_then", "then"), ("v.id", "id")),
    "newest": (("v.inbox_then", "then"), ("v.id", "id")),
    "oldest": (("-v.inbox_then", "then"), ("v.id", "id")),
    "priority": (
        ("-v.priority", "rank"),
        ("v.inbox_first", "first"),
        ("v.inbox_then", "then"),
        ("v.id", "id"),
    ),
}
"""What each order goes by, and the part of an `InboxKey` that it is compared with."""


@dataclass(frozen=True, slots=True, order=True)
class InboxKey:
    """A conversation's place in the inbox: pages go on after or before it."""

    rank: int
    """Minus the priority, where that orders."""
    first: int
    """Waiting since; snoozed: until; closed: 0."""
    then: int
    """Minus the time of the last message; where the oldest is first, the time."""
    id: int

    @classmethod
    def of(cls, conversation: Conversation, sort: Sort = "waiting") -> InboxKey:
        """The place of a conversation in the views that show its status."""
        last = conversation.last_message_at
        if sort == "newest":
            return cls(0, 0, -last, conversation.id)
        if sort == "oldest":
            return cls(0, 0, last, conversation.id)
        if conversation.status == "closed":
            first: int | None = 0
        elif conversation.status == "snoozed":
            first = conversation.snoozed_until
        else:
            first = conversation.waiting_since
        return cls(
            -conversation.priority if sort == "priority" else 0,
            _NEVER if first is None else first,
            -last,
            conversation.id,
        )


END = InboxKey(_NEVER, _NEVER, _NEVER, _NEVER)
"""After every conversation."""


def usual(view: View) -> Sort:
    """The order of a view when no other is asked for: who was named goes by what is new."""
    return "newest" if view == "mentions" else "waiting"


def inbox(
    db: Connection,
    view: View,
    agent: str,
    *,
    after: InboxKey | None = None,
    before: InboxKey | None = None,
    limit: int = 50,
    query: str = "",
    sort: Sort | None = None,
    timezone: str | tzinfo | None = None,
) -> list[Conversation]:
    """A page in inbox order: the first, the one after a key, or the one before a key.

    A query (`store.search`) narrows it, looking at the newest messages and the first
    conversations only when it asks for what is common. `sort`: None for the view's usual order;
    keys are those of the same order. Raises `QueryError`.
    """
    sort = sort or usual(view)
    ids = _ids(
        db,
        VIEWS[view],
        {"agent": agent},
        sort,
        after=after,
        before=before,
        limit=limit,
        query=query,
        timezone=timezone,
    )
    if isinstance(ids, str):
        rows = db.execute(f"{SELECT} WHERE {ids}", _named(agent, after or before, limit))
        found = [from_row(row) for row in rows]
        return found[::-1] if before is not None and after is None else found
    return sorted(many(db, ids), key=lambda one: InboxKey.of(one, sort))


def next_waiting(
    db: Connection,
    view: View,
    agent: str,
    *,
    after: InboxKey | None = None,
    before: InboxKey | None = None,
    query: str = "",
    sort: Sort | None = None,
    timezone: str | tzinfo | None = None,
) -> ConversationId | None:
    """The nearest conversation of a view in which a customer waits, after or before a key; without
    one the first. Raises `QueryError`."""
    found = _list(
        db,
        f"{VIEWS[view]} AND {_WAITS}",
        agent,
        sort or usual(view),
        after=after,
        before=before,
        limit=1,
        query=query,
        timezone=timezone,
    )
    return found[0] if found else None


def listed(
    db: Connection,
    view: View,
    agent: str,
    *,
    query: str = "",
    sort: Sort | None = None,
    limit: int,
    timezone: str | tzinfo | None = None,
) -> list[ConversationId]:
    """The numbers of a view's first conversations, in order. Raises `QueryError`."""
    return _list(
        db, VIEWS[view], agent, sort or usual(view), limit=limit, query=query, timezone=timezone
    )


def listed_in_part(
    db: Connection,
    view: View,
    agent: str,
    query: str,
    *,
    after: InboxKey | None = None,
    rows: int,
    limit: int,
    timezone: str | tzinfo | None = None,
) -> tuple[list[ConversationId], InboxKey | None]:
    """The numbers of a view's conversations that a query finds, looking at the next `rows` after a
    key; and the key to go on after, None when that was all. Raises `QueryError`.

    What an index or the newest messages tell is told at once, up to `limit`.
    """
    narrow = narrows(query, timezone=timezone)
    if narrow and at_once(db, query, agent=agent, timezone=timezone):
        return listed(db, view, agent, query=query, limit=limit, timezone=timezone), None
    part = _list(
        db, VIEWS[view], agent, "waiting", after=after, limit=rows, query="", timezone=timezone
    )
    if not part:
        return [], None
    found = still_listed(db, view, agent, query, part, timezone=timezone) if narrow else set(part)
    first, then = db.execute(
        "SELECT inbox_first, inbox_then FROM conversations WHERE id = ?", (part[-1],)
    ).fetchone()
    following = InboxKey(0, first, then, part[-1]) if len(part) == rows else None
    return [one for one in part if one in found], following


def still_listed(
    db: Connection,
    view: View,
    agent: str,
    query: str,
    ids: list[ConversationId],
    *,
    timezone: str | tzinfo | None = None,
) -> set[ConversationId]:
    """Which of a few conversations a view shows, narrowed by a query. Raises `QueryError`."""
    found = among(db, query, VIEWS[view], {"agent": agent}, ids, agent=agent, timezone=timezone)
    return {ConversationId(one) for one in found}


def _list(
    db: Connection,
    where: str,
    agent: str,
    sort: Sort,
    *,
    after: InboxKey | None = None,
    before: InboxKey | None = None,
    limit: int,
    query: str,
    timezone: str | tzinfo | None,
) -> list[ConversationId]:
    found = _ids(
        db,
        where,
        {"agent": agent},
        sort,
        after=after,
        before=before,
        limit=limit,
        query=query,
        timezone=timezone,
    )
    if isinstance(found, str):
        rows = db.execute(
            f"SELECT v.id FROM conversations v WHERE {found}", _named(agent, after or before, limit)
        )
        found = [row[0] for row in rows]
    return [ConversationId(one) for one in found]


def _ids(
    db: Connection,
    where: str,
    named: dict[str, object],
    sort: Sort,
    *,
    after: InboxKey | None,
    before: InboxKey | None,
    limit: int,
    query: str,
    timezone: str | tzinfo | None,
) -> list[int] | str:
    """What a query finds; without one the condition, order and limit to ask the table for."""
    edge = after or before
    way = " DESC" if before is not None and after is None else ""
    order = ", ".join(f"{column}{way}" for column, _part in ORDERS[sort])
    if edge is not None:
        columns = ", ".join(column for column, _part in ORDERS[sort])
        parts = ", ".join(f":{part}" for _column, part in ORDERS[sort])
        where += f" AND ({columns}) {'<' if way else '>'} ({parts})"
    if narrows(query, timezone=timezone):
        agent = str(named["agent"])
        values = _named(agent, edge, limit)
        return in_view(db, query, where, order, values, agent=agent, limit=limit, timezone=timezone)
    if sort == "waiting":
        return f"{where} ORDER BY {order} LIMIT +:limit"
    # Ordered by what the index holds; rows are read for the page alone.
    return (
        f"v.id IN (SELECT v.id FROM conversations v WHERE {where} ORDER BY {order} LIMIT +:limit)"
        f" ORDER BY {order}"
    )


def _named(agent: str, edge: InboxKey | None, limit: int) -> dict[str, object]:
    values: dict[str, object] = {"agent": agent, "limit": limit}
    if edge is not None:
        values |= {"rank": edge.rank, "first": edge.first, "then": edge.then, "id": edge.id}
    return values


def shows(db: Connection, view: View, agent: str, conversation: Conversation) -> bool:
    """Whether a view shows a conversation."""
    if view == "mentions":
        named = mentions.of_conversation(db, conversation.id)
        return any(mention.agent == agent for mention in named)
    if view in ("snoozed", "closed"):
        return conversation.status == view
    if conversation.status not in ("open", "pending"):
        return False
    return view == "all" or conversation.assignee == (agent if view == "mine" else "")


def any_between(
    db: Connection,
    view: View,
    agent: str,
    ids: Iterable[ConversationId],
    first: InboxKey | None,
    last: InboxKey | None,
) -> bool:
    """Whether a view has one of a few conversations from one place to another, who waits longest
    first; None: from its start, to its end."""
    some = list(ids)[:LOOKED_AT]
    if not some:
        return False
    edges = ((">=", "from", first), ("<=", "to", last))
    bounds = "".join(
        f" AND (v.inbox_first, v.inbox_then, v.id) {sign} (:{name}1, :{name}2, :{name}3)"
        for sign, name, key in edges
        if key is not None
    )
    values: dict[str, object] = {"agent": agent}
    for _sign, name, key in edges:
        if key is not None:
            values |= {f"{name}1": key.first, f"{name}2": key.then, f"{name}3": key.id}
    asked = {f"one{n}": one for n, one in enumerate(padded(some))}
    among = ", ".join(f":{name}" for name in asked)
    values |= asked
    found = db.execute(
        f"SELECT 1 FROM conversations v WHERE v.id IN ({among}) AND {VIEWS[view]}{bounds} LIMIT 1",
        values,
    )
    return found.fetchone() is not None


def inbox_position(
    db: Connection, view: View, agent: str, conversation_id: ConversationId
) -> int | None:
    """How many conversations of the view come before this one, who waits longest first; None when
    it isn't in it.

    Exact within 20,000 of either end, an estimate further in: nobody reads the number
    there, and no screen may wait for a count.
    """
    row = db.execute(
        f"SELECT v.inbox_first, v.inbox_then, v.id FROM conversations v"
        f" WHERE v.id = :id AND {VIEWS[view]}",
        {"id": conversation_id, "agent": agent},
    ).fetchone()
    if row is None:
        return None
    values = {"agent": agent, "first": row[0], "then": row[1], "id": row[2], "exact": EXACT}

    def count(compare: str) -> int:
        way = " DESC" if compare == "<" else ""
        found = db.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM conversations v WHERE {VIEWS[view]}"
            f" AND (v.inbox_first, v.inbox_then, v.id) {compare} (:first, :then, :id)"
            f" ORDER BY v.inbox_first{way}, v.inbox_then{way}, v.id{way} LIMIT +:exact)",
            values,
        ).fetchone()
        return int(found[0])

    earlier = count("<")
    if earlier < EXACT:
        return earlier
    total = counts(db, agent)[view]
    later = count(">")
    return total - later - 1 if later < EXACT else total // 2


def counts(db: Connection, agent: str) -> dict[View, int]:
    """How many conversations each view has, read from counters, never counted; of mentions those
    that the agent has not looked at since."""
    found: dict[View, int] = {"mine": 0, "unassigned": 0, "all": 0, "snoozed": 0, "closed": 0}
    for assignee, status, number in db.execute(
        "SELECT assignee, status, conversations FROM conversation_counts"
    ):
        if status in ("snoozed", "closed"):
            found[status] += number
            continue
        found["all"] += number
        if assignee == agent:
            found["mine"] += number
        elif assignee == "":
            found["unassigned"] += number
    found["mentions"] = mentions.unseen(db, agent)
    return found
