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
from store import (
    conversations,
    drafts,
    inbox,
    mentions,
    messages,
    readers,
    silences,
    timeline,
    timeline_hits,
    watches,
)
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
    Sort,
    View,
)
from store.narrowed import narrows
from store.readers import Reader
from store.timeline import WHOLE, Scope
from store.timeline_hits import Hit


@dataclass(frozen=True, slots=True)
class InboxRow:
    conversation: Conversation
    unread: bool
    wordless: str = ""
    """What its last message is, where that has no words: `🎤 voice message 0:12`."""
    mentioned: bool = False
    """A note names the agent, who has not looked since."""
    draft: bool = False
    """The agent has begun to write there."""
    watched: bool = False
    """The agent is told of whatever happens there."""
    silent: bool = False
    """Its customer waits for an assignee who is not there."""


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
        return await self.store.read(_inbox_page, listing, start, edge, limit)

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
        return await self.store.read(_inbox_touched, view, self.agent, ids, *keys)

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
        return await self.store.read(_inbox_around, listing, conversation_id, limit)

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
        return await self.store.read(_inbox_waiting, listing, key, direction)

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

    def _listing(self, view: View, query: str, sort: Sort | None) -> _Listing:
        return _Listing(view, self.agent, query, sort or inbox.usual(view), self._timezone)

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


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a page is one of."""

    view: View
    agent: str
    query: str
    sort: Sort
    timezone: str | None

    def key(self, conversation: Conversation) -> InboxKey:
        return InboxKey.of(conversation, self.sort)

    @property
    def usual(self) -> bool:
        return self.sort == "waiting"


def _inbox_page(
    db: Connection,
    listing: _Listing,
    after: InboxKey | None,
    before: InboxKey | None,
    limit: int,
) -> InboxPage:
    # One more than asked for tells whether there is more.
    view, agent, query = listing.view, listing.agent, listing.query
    found = inbox.inbox(
        db,
        view,
        agent,
        after=after,
        before=before,
        limit=limit + 1,
        query=query,
        sort=listing.sort,
        timezone=listing.timezone,
    )
    more = len(found) > limit
    if more:
        found = found[1:] if before is not None and after is None else found[:limit]
    ids = [one.id for one in found]
    unread = conversations.unread(db, agent, ids)
    mentioned = mentions.unseen_in(db, agent, ids)
    begun = drafts.begun_in(db, agent, ids)
    watched = watches.among(db, agent, ids)
    silent = silences.among(db, ids)
    unclear = [
        one.id
        for one in found
        if one.messages and (says_nothing(one.preview) or (not one.subject and marked(one.preview)))
    ]
    told = {key: quoted_words(one) for key, one in messages.last_words(db, unclear).items()}
    rows = tuple(
        InboxRow(
            one,
            one.id in unread,
            told.get(one.id, ""),
            one.id in mentioned,
            one.id in begun,
            one.id in watched,
            one.id in silent,
        )
        for one in found
    )
    counted = view != "mentions" and not narrows(query, timezone=listing.timezone)
    total = inbox.counts(db, agent)[view] if counted else None
    if after is not None:
        return InboxPage(rows, None, total, first=False, last=not more)
    if before is not None:
        last = before == inbox.END
        offset = max(0, total - len(rows)) if last and total is not None else None
        return InboxPage(rows, offset, total, first=not more, last=last)
    return InboxPage(rows, 0, total, first=True, last=not more)


def _inbox_around(
    db: Connection, listing: _Listing, conversation_id: ConversationId, limit: int
) -> InboxPage | None:
    view, agent = listing.view, listing.agent
    try:
        middle = conversations.get(db, conversation_id)
    except NotFound:
        return None
    if not inbox.shows(db, view, agent, middle):
        return None
    above = _inbox_page(db, listing, None, listing.key(middle), limit // 2)
    edge = listing.key(above.rows[-1].conversation) if above.rows else None
    below = _inbox_page(db, listing, edge, None, limit // 2)
    if all(row.conversation.id != conversation_id for row in below.rows):
        return None  # the query leaves it out
    offset: int | None = 0 if above.first else None
    if offset is None and below.total is not None and listing.usual:
        place = inbox.inbox_position(db, view, agent, conversation_id)
        offset = None if place is None else max(0, place - len(above.rows))
    return InboxPage(above.rows + below.rows, offset, below.total, above.first, below.last)


def _inbox_touched(
    db: Connection,
    view: View,
    agent: str,
    ids: Collection[ConversationId],
    first: InboxKey | None,
    last: InboxKey | None,
) -> tuple[bool, int]:
    touched = len(ids) > inbox.LOOKED_AT or inbox.any_between(db, view, agent, ids, first, last)
    return touched, inbox.counts(db, agent)[view]


def _inbox_waiting(
    db: Connection, listing: _Listing, key: InboxKey | None, direction: int
) -> ConversationId | None:
    def nearest(after: InboxKey | None, before: InboxKey | None) -> ConversationId | None:
        return inbox.next_waiting(
            db,
            listing.view,
            listing.agent,
            after=after,
            before=before,
            query=listing.query,
            sort=listing.sort,
            timezone=listing.timezone,
        )

    if direction > 0:
        found = nearest(key, None) if key else None
        return nearest(None, None) if found is None else found
    found = nearest(None, key) if key else None
    return nearest(None, inbox.END) if found is None else found
