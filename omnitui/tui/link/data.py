"""What the panes read, one thread hop a question. Nothing here draws or keeps anything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from config.model import Config, Home
from omnitui.desk.context import Desk
from omnitui.desk.customers import card
from omnitui.desk.customers.card import CardFacts
from omnitui.tui.link import timeline_data
from omnitui.tui.link.timeline_data import TimelineOpening, TimelinePage
from omnitui.tui.words.chat_facts import marked, quoted_words, says_nothing
from store import conversations, inbox, messages, readers, timeline, timeline_hits
from store.database import Store
from store.driver import Connection
from store.errors import NotFound
from store.inbox import InboxKey
from store.model import (
    Conversation,
    ConversationId,
    CustomerId,
    MessageId,
    Millis,
    View,
)
from store.readers import Reader
from store.timeline import WHOLE, Scope
from store.timeline_hits import Hit


@dataclass(frozen=True, slots=True)
class InboxRow:
    conversation: Conversation
    unread: bool
    wordless: str = ""
    """What its last message is, where that has no words: `🎤 voice message 0:12`."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    rows: tuple[InboxRow, ...]
    offset: int | None
    """Conversations before the first row; None when not counted."""
    total: int | None
    """Conversations in the view; None when not counted (a search)."""
    first: bool
    """Nothing stands before the first row."""
    last: bool
    """Nothing comes after the last row."""


class Data(Protocol):
    """What panes ask. `DeskData` answers from a store; tests may answer from a list."""

    agent: str

    async def inbox_page(
        self,
        view: View,
        query: str = "",
        *,
        after: Conversation | None = None,
        before: Conversation | None = None,
        last: bool = False,
        limit: int = 100,
    ) -> InboxPage: ...

    async def inbox_around(
        self, view: View, query: str, conversation_id: ConversationId, limit: int = 100
    ) -> InboxPage | None: ...

    async def timeline_open(
        self,
        customer_id: CustomerId,
        conversation_id: ConversationId | None = None,
        at_message: MessageId | None = None,
        limit: int = 60,
        scope: Scope = WHOLE,
    ) -> TimelineOpening: ...

    async def timeline_page(
        self,
        customer_id: CustomerId,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
        scope: Scope = WHOLE,
    ) -> TimelinePage: ...

    async def timeline_changes(
        self,
        customer_id: CustomerId,
        ids: Collection[MessageId],
        heads: Collection[ConversationId],
        after: int | None,
        since: Millis,
        until: Millis,
        scope: Scope = WHOLE,
    ) -> TimelinePage: ...

    async def timeline_find(
        self,
        customer_id: CustomerId,
        text: str,
        position: int,
        direction: int,
        scope: Scope = WHOLE,
    ) -> Hit | None: ...

    async def timeline_at(
        self, customer_id: CustomerId, at: Millis, scope: Scope = WHOLE
    ) -> MessageId | None: ...

    async def readers(self, conversation_id: ConversationId) -> tuple[Reader, ...]: ...

    async def card(self, customer_id: CustomerId) -> CardFacts: ...


_END = InboxKey((1 << 63) - 1, (1 << 63) - 1, (1 << 63) - 1)


class DeskData:
    """Answers from the desk's store, as one agent."""

    def __init__(self, store: Store, agent: str, config: Config | None = None) -> None:
        """`config`: None for a store without settings."""
        self.store = store
        self.agent = agent
        self.config = config or Config(None, Home(Path(), Path(), Path()))
        self._hits = timeline_hits.Memory()

    async def counts(self) -> dict[View, int]:
        return await self.store.read(inbox.counts, self.agent)

    async def inbox_page(
        self,
        view: View,
        query: str = "",
        *,
        after: Conversation | None = None,
        before: Conversation | None = None,
        last: bool = False,
        limit: int = 100,
    ) -> InboxPage:
        """The first page, the last, or the one next to a conversation's place.

        Raises `StoreError`, `QueryError` among them.
        """
        edge = _END if last else InboxKey.of(before) if before else None
        return await self.store.read(
            _inbox_page, view, self.agent, query, InboxKey.of(after) if after else None, edge, limit
        )

    async def inbox_around(
        self, view: View, query: str, conversation_id: ConversationId, limit: int = 100
    ) -> InboxPage | None:
        """A page with that conversation in its middle; None when the view doesn't have it."""
        return await self.store.read(_inbox_around, view, self.agent, query, conversation_id, limit)

    async def timeline_open(
        self,
        customer_id: CustomerId,
        conversation_id: ConversationId | None = None,
        at_message: MessageId | None = None,
        limit: int = 60,
        scope: Scope = WHOLE,
    ) -> TimelineOpening:
        """The messages around `at_message`, or the end of a conversation, or the newest.

        Raises `StoreError`.
        """
        return await self.store.read(
            timeline_data.opening, customer_id, conversation_id, at_message, limit, scope
        )

    async def timeline_page(
        self,
        customer_id: CustomerId,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
        scope: Scope = WHOLE,
    ) -> TimelinePage:
        return await self.store.read(timeline_data.beside, customer_id, before, after, limit, scope)

    async def timeline_changes(
        self,
        customer_id: CustomerId,
        ids: Collection[MessageId],
        heads: Collection[ConversationId],
        after: int | None,
        since: Millis,
        until: Millis,
        scope: Scope = WHOLE,
    ) -> TimelinePage:
        """Messages `ids` as they are now, those after position `after` (None: none), the
        conversations `heads`, and the events from `since` to `until`."""
        return await self.store.read(
            timeline_data.changes, customer_id, ids, heads, after, since, until, scope
        )

    async def timeline_find(
        self,
        customer_id: CustomerId,
        text: str,
        position: int,
        direction: int,
        scope: Scope = WHOLE,
    ) -> Hit | None:
        """The next message from `position` on that `text` finds, as words or as a piece of one."""
        found, some = await self.store.read(
            timeline_hits.hit,
            customer_id,
            timeline_hits.asked(text),
            position,
            direction,
            only=scope.only,
            agent=self.agent,
            memory=self._hits,
        )
        at = position
        while not some and found is None and at >= 0:
            # Stretches, so that a long search keeps no other read of the screen waiting.
            found, at = await self.store.read(
                timeline_hits.substring, customer_id, text, at, direction, scope.only
            )
        return found

    async def timeline_at(
        self, customer_id: CustomerId, at: Millis, scope: Scope = WHOLE
    ) -> MessageId | None:
        """The first message from a moment on, or the last one."""
        return await self.store.read(timeline.nearest, customer_id, at, scope.only)

    async def readers(self, conversation_id: ConversationId) -> tuple[Reader, ...]:
        """Who of the desk has seen a conversation, the latest first."""
        found = await self.store.read(readers.of, [conversation_id])
        return found.get(conversation_id, ())

    async def card(self, customer_id: CustomerId) -> CardFacts:
        """What a customer's card shows. Raises `NotFound`."""
        return await self.store.read(self._card, customer_id)

    def _card(self, db: Connection, customer_id: CustomerId) -> CardFacts:
        return card.card(Desk(db, self.config, self.agent), customer_id)


def _inbox_page(
    db: Connection,
    view: View,
    agent: str,
    query: str,
    after: InboxKey | None,
    before: InboxKey | None,
    limit: int,
) -> InboxPage:
    # One more than asked for tells whether there is more.
    found = inbox.inbox(db, view, agent, after=after, before=before, limit=limit + 1, query=query)
    more = len(found) > limit
    if more:
        found = found[1:] if before is not None and after is None else found[:limit]
    unread = conversations.unread(db, agent, [one.id for one in found])
    unclear = [
        one.id
        for one in found
        if one.messages and (says_nothing(one.preview) or (not one.subject and marked(one.preview)))
    ]
    told = {key: quoted_words(one) for key, one in messages.last_words(db, unclear).items()}
    rows = tuple(InboxRow(one, one.id in unread, told.get(one.id, "")) for one in found)
    total = None if query.strip() else inbox.counts(db, agent)[view]
    if after is not None:
        return InboxPage(rows, None, total, first=False, last=not more)
    if before is not None:
        last = before == _END
        offset = max(0, total - len(rows)) if last and total is not None else None
        return InboxPage(rows, offset, total, first=not more, last=last)
    return InboxPage(rows, 0, total, first=True, last=not more)


def _inbox_around(
    db: Connection,
    view: View,
    agent: str,
    query: str,
    conversation_id: ConversationId,
    limit: int,
) -> InboxPage | None:
    try:
        middle = conversations.get(db, conversation_id)
    except NotFound:
        return None
    if not inbox.shows(view, agent, middle):
        return None
    key = InboxKey.of(middle)
    above = _inbox_page(db, view, agent, query, None, key, limit // 2)
    edge = InboxKey.of(above.rows[-1].conversation) if above.rows else None
    below = _inbox_page(db, view, agent, query, edge, None, limit // 2)
    if all(row.conversation.id != conversation_id for row in below.rows):
        return None  # the query leaves it out
    offset: int | None = 0 if above.first else None
    if offset is None and not query.strip():
        place = inbox.inbox_position(db, view, agent, conversation_id)
        offset = None if place is None else max(0, place - len(above.rows))
    return InboxPage(above.rows + below.rows, offset, below.total, above.first, below.last)
