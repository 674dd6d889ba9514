"""Saved searches as lists: what they list, and which of a few conversations they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import tzinfo
from time import monotonic

from omnitui.tui.link.desk_link import DeskLink
from store import inbox
from store.driver import Connection
from store.errors import QueryError
from store.inbox import InboxKey
from store.model import ConversationId, Sort, View
from store.query import parse

PART = 2000
"""Conversations that one read looks at."""
LOOKED = 20_000
"""Conversations that are looked at altogether: as many as the list itself does."""

_BUILT_IN: dict[View, str] = {
    "mine": "is:mine",
    "unassigned": "is:unassigned",
    "all": "",
    "snoozed": "is:snoozed",
    "closed": "is:closed",
    "mentions": "mentions:me",
}


def view_of(query: str, timezone: str | tzinfo | None = None) -> View:
    """The view whose conversations a saved search is about: those at work, unless it asks for
    closed or snoozed ones. A query that cannot be read is about all."""
    try:
        filters = parse(query, timezone=timezone).filters
    except QueryError:
        return "all"
    asked = [one.value for one in filters if one.key in ("is", "status") and not one.excluded]
    if "closed" in asked:
        return "closed"
    return "snoozed" if "snoozed" in asked else "all"


def sort_of(query: str, timezone: str | tzinfo | None = None) -> Sort | None:
    """The order that a query asks for."""
    try:
        return parse(query, timezone=timezone).sort
    except QueryError:
        return None


def as_query(view: View, query: str, sort: Sort | None) -> str:
    """A built-in view, narrowed by a query, as a saved search of its own."""
    order = f"sort:{sort}" if sort and f"sort:{sort}" not in query.split() else ""
    return " ".join(part for part in (_BUILT_IN[view], query, order) if part)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a saved search lists."""

    ids: frozenset[ConversationId]
    more: bool
    """There are more, or may be: beyond what is looked at."""


async def listed(
    link: DeskLink, query: str, limit: int, rest: Callable[[float], Awaitable[None]]
) -> Listed:
    """The first conversations of a saved search, in short reads: after each `rest` is given the
    seconds that it took, so that the reads of others come between. Raises `StoreError`,
    `QueryError` among them."""
    found: set[ConversationId] = set()
    after: InboxKey | None = None
    for _part in range(LOOKED // PART):
        began = monotonic()
        ids, after = await link.store.read(
            _listed, link.agent, query, after, limit + 1, _zone(link)
        )
        await rest(monotonic() - began)
        found.update(ids)
        if after is None or len(found) > limit:
            break
    return Listed(frozenset(found), after is not None or len(found) > limit)


async def still_listed(
    link: DeskLink, query: str, ids: Collection[ConversationId]
) -> set[ConversationId]:
    """Those of a few conversations that a saved search lists. Raises as `listed`."""
    return await link.store.read(_still_listed, link.agent, query, list(ids), _zone(link))


def _zone(link: DeskLink) -> str | None:
    return link.config.desk.timezone or None


def _listed(
    db: Connection,
    agent: str,
    query: str,
    after: InboxKey | None,
    limit: int,
    timezone: str | None,
) -> tuple[list[ConversationId], InboxKey | None]:
    view = view_of(query, timezone)
    return inbox.listed_in_part(
        db, view, agent, query, after=after, rows=PART, limit=limit, timezone=timezone
    )


def _still_listed(
    db: Connection, agent: str, query: str, ids: list[ConversationId], timezone: str | None
) -> set[ConversationId]:
    view = view_of(query, timezone)
    return inbox.still_listed(db, view, agent, query, ids, timezone=timezone)
