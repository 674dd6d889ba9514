"""Saved searches as lists: what they list, and which of a few conversations they do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import tzinfo

from omnitui.tui.link.desk_link import DeskLink
from store import inbox
from store.driver import Connection
from store.errors import QueryError
from store.model import ConversationId, Sort, View
from store.query import parse

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


async def listed(link: DeskLink, query: str, limit: int) -> list[ConversationId]:
    """The first conversations of a saved search. Raises `StoreError`, `QueryError` among them."""
    return await link.store.read(_listed, link.agent, query, limit, _zone(link))


async def still_listed(
    link: DeskLink, query: str, ids: Collection[ConversationId]
) -> set[ConversationId]:
    """Those of a few conversations that a saved search lists. Raises as `listed`."""
    return await link.store.read(_still_listed, link.agent, query, list(ids), _zone(link))


def _zone(link: DeskLink) -> str | None:
    return link.config.desk.timezone or None


def _listed(
    db: Connection, agent: str, query: str, limit: int, timezone: str | None
) -> list[ConversationId]:
    view = view_of(query, timezone)
    return inbox.listed(db, view, agent, query=query, limit=limit, timezone=timezone)


def _still_listed(
    db: Connection, agent: str, query: str, ids: list[ConversationId], timezone: str | None
) -> set[ConversationId]:
    view = view_of(query, timezone)
    return inbox.still_listed(db, view, agent, query, ids, timezone=timezone)
