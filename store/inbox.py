"""The inbox: pages of conversations, who waits longest first, straight off an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from store.conversations import SELECT, from_row, many
from store.driver import Connection
from store.model import Conversation, ConversationId, View
from store.narrowed import in_view

_NEVER = (1 << 63) - 1
EXACT = 20_000
"""Rows that `inbox_position` counts from either end; further in it estimates."""

VIEWS: dict[View, str] = {
    "mine": "v.assignee = :agent AND v.inbox_group = 'active'",
    "unassigned": "v.assignee = '' AND v.inbox_group = 'active'",
    "all": "v.inbox_group = 'active'",
    "snoozed": "v.inbox_group = 'snoozed'",
    "closed": "v.inbox_group = 'closed'",
}
"""Mine, unassigned, all: open and pending ones."""


@dataclass(frozen=True, slots=True, order=True)
class InboxKey:
    """A conversation's place in the inbox: pages go on after or before it."""

    first: int
    """Waiting since; snoozed: until; closed: 0."""
    then: int
    """Minus the time of the last message."""
    id: int

    @classmethod
    def of(cls, conversation: Conversation) -> InboxKey:
        """The place of a conversation in the views that show its status."""
        if conversation.status == "closed":
            first: int | None = 0
        elif conversation.status == "snoozed":
            first = conversation.snoozed_until
        else:
            first = conversation.waiting_since
        return cls(
            _NEVER if first is None else first, -conversation.last_message_at, conversation.id
        )


def inbox(
    db: Connection,
    view: View,
    agent: str,
    *,
    after: InboxKey | None = None,
    before: InboxKey | None = None,
    limit: int = 50,
    query: str = "",
    timezone: str | tzinfo | None = None,
) -> list[Conversation]:
    """A page in inbox order: the first, the one after a key, or the one before a key.

    A query (`store.search`) narrows it, looking at the newest messages and the first
    conversations only when it asks for what is common. Raises `QueryError`.
    """
    values: dict[str, object] = {"agent": agent}
    where = VIEWS[view]
    way = ""
    edge = after or before
    if edge is not None:
        values |= {"first": edge.first, "then": edge.then, "id": edge.id}
        compare = ">" if after is not None else "<"
        way = "" if after is not None else " DESC"
        where += f" AND (v.inbox_first, v.inbox_then, v.id) {compare} (:first, :then, :id)"
    order = f"v.inbox_first{way}, v.inbox_then{way}, v.id{way}"
    if query.strip():
        ids = in_view(db, query, where, order, values, agent=agent, limit=limit, timezone=timezone)
        return sorted(many(db, ids), key=InboxKey.of)
    rows = db.execute(
        f"{SELECT} WHERE {where} ORDER BY {order} LIMIT :limit", {**values, "limit": limit}
    )
    found = [from_row(row) for row in rows]
    return found[::-1] if way else found


def shows(view: View, agent: str, conversation: Conversation) -> bool:
    """Whether a view shows a conversation."""
    if view in ("snoozed", "closed"):
        return conversation.status == view
    if conversation.status not in ("open", "pending"):
        return False
    return view == "all" or conversation.assignee == (agent if view == "mine" else "")


def inbox_position(
    db: Connection, view: View, agent: str, conversation_id: ConversationId
) -> int | None:
    """How many conversations of the view come before this one; None when it isn't in it.

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
            f" ORDER BY v.inbox_first{way}, v.inbox_then{way}, v.id{way} LIMIT :exact)",
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
    """How many conversations each view has: read from counters, never counted."""
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
    return found
