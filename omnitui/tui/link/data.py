"""What the panes read, one thread hop a question. Nothing here draws or keeps anything."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from config.model import Config, Home
from omnitui.desk.context import Desk
from omnitui.desk.customers import card
from omnitui.desk.customers.card import CardFacts
from omnitui.tui.link import inbox_data, timeline_data
from omnitui.tui.link.inbox_data import InboxPage, Listing
from omnitui.tui.link.timeline_data import TimelineOpening, TimelinePage
from store import (
    inbox,
    readers,
    timeline,
    timeline_hits,
)
from store.database import Store
from store.driver import Connection
from store.inbox import InboxKey
from store.model import (
    Conversation,
    ConversationId,
    CustomerId,
    MessageId,
    Millis,
    Sort,
    View,
)
from store.readers import Reader
from store.timeline import WHOLE, Scope
from store.timeline_hits import Hit


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
        sort: Sort | None = None,
    ) -> InboxPage: ...

    async def inbox_touched(
        self,
        view: View,
        ids: Collection[ConversationId],
        first: Conversation | None,
        last: Conversation | None,
    ) -> tuple[bool, int]: ...

    async def inbox_around(
        self,
        view: View,
        query: str,
        conversation_id: ConversationId,
        limit: int = 100,
        sort: Sort | None = None,
    ) -> InboxPage | None: ...

    async def inbox_waiting(
        self,
        view: View,
        query: str,
        beside: Conversation | None,
        direction: int,
        sort: Sort | None = None,
    ) -> ConversationId | None: ...

    async def inbox_ids(
        self, view: View, query: str, limit: int, sort: Sort | None = None
    ) -> list[ConversationId]: ...

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
        sort: Sort | None = None,
    ) -> InboxPage:
        """The first page, the last, or the one next to a conversation's place. `sort`: None for
        the view's usual order.

        Raises `StoreError`, `QueryError` among them.
        """
        listing = self._listing(view, query, sort)
        edge = inbox.END if last else listing.key(before) if before else None
        start = listing.key(after) if after else None
        return await self.store.read(inbox_data.page, listing, start, edge, limit)

    async def inbox_touched(
        self,
        view: View,
        ids: Collection[ConversationId],
        first: Conversation | None,
        last: Conversation | None,
    ) -> tuple[bool, int]:
        """Whether a view, in its usual order, has one of these from the place of one conversation
        to that of another (None: from its start, to its end); and how many it has."""
        keys = [InboxKey.of(one) if one is not None else None for one in (first, last)]
        return await self.store.read(inbox_data.touched, view, self.agent, ids, *keys)

    async def inbox_around(
        self,
        view: View,
        query: str,
        conversation_id: ConversationId,
        limit: int = 100,
        sort: Sort | None = None,
    ) -> InboxPage | None:
        """A page with that conversation in its middle; None when the view doesn't have it."""
        listing = self._listing(view, query, sort)
        return await self.store.read(inbox_data.around, listing, conversation_id, limit)

    async def inbox_waiting(
        self,
        view: View,
        query: str,
        beside: Conversation | None,
        direction: int,
        sort: Sort | None = None,
    ) -> ConversationId | None:
        """The next (1) or previous (-1) conversation of a view in which a customer waits, around
        the end; None when nobody does."""
        listing = self._listing(view, query, sort)
        key = listing.key(beside) if beside else None
        return await self.store.read(inbox_data.waiting, listing, key, direction)

    async def inbox_ids(
        self, view: View, query: str, limit: int, sort: Sort | None = None
    ) -> list[ConversationId]:
        """The numbers of a view's first conversations, in order."""
        return await self.store.read(
            inbox.listed,
            view,
            self.agent,
            query=query,
            sort=sort,
            limit=limit,
            timezone=self._timezone,
        )

    @property
    def _timezone(self) -> str | None:
        return self.config.desk.timezone or None

    def _listing(self, view: View, query: str, sort: Sort | None) -> Listing:
        return Listing(view, self.agent, query, sort or inbox.usual(view), self._timezone)

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
