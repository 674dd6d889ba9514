"""What the panes read, one thread hop a question. Nothing here draws or keeps anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from config.model import Config, Home
from omnitui.desk import card
from omnitui.desk.card import CardFacts
from omnitui.desk.context import Desk
from omnitui.tui.chat_facts import answered as answers
from omnitui.tui.chat_facts import followed_up, marked, quoted_words, says_nothing
from store import (
    conversations,
    events,
    inbox,
    messages,
    outbox,
)
from store.database import Store
from store.driver import Connection
from store.errors import NotFound
from store.inbox import InboxKey
from store.model import (
    Conversation,
    ConversationId,
    CustomerId,
    Event,
    Message,
    MessageId,
    Millis,
    View,
)

ENDLESS: Millis = (1 << 62) - 1
"""Later than anything."""


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


@dataclass(frozen=True, slots=True)
class TimelinePage:
    messages: tuple[Message, ...]
    """By position."""
    conversations: Mapping[ConversationId, Conversation]
    """Those that the messages are of."""
    due: Mapping[MessageId, Millis] = field(default_factory=dict)
    """When the queued ones among them leave."""
    events: tuple[Event, ...] = ()
    """What else happened from `since` to `until`, in its order."""
    since: Millis = 0
    until: Millis = ENDLESS
    answered: Mapping[MessageId, Message] = field(default_factory=dict)
    """What replies of ours among them visibly answer, and the mails that took some of them after
    a customer who had left."""


@dataclass(frozen=True, slots=True)
class TimelineOpening:
    page: TimelinePage
    before: int
    """Messages before the page."""
    total: int
    at: MessageId | None
    """The message asked for, or the newest."""


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
    ) -> TimelineOpening: ...

    async def timeline_page(
        self,
        customer_id: CustomerId,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> TimelinePage: ...

    async def timeline_changes(
        self,
        customer_id: CustomerId,
        ids: Collection[MessageId],
        heads: Collection[ConversationId],
        after: int | None,
        since: Millis,
        until: Millis,
    ) -> TimelinePage: ...

    async def timeline_find(
        self, customer_id: CustomerId, text: str, position: int, direction: int
    ) -> MessageId | None: ...

    async def card(self, customer_id: CustomerId) -> CardFacts: ...


_END = InboxKey((1 << 63) - 1, (1 << 63) - 1, (1 << 63) - 1)
_FIND_CHUNK = 1000


class DeskData:
    """Answers from the desk's store, as one agent."""

    def __init__(self, store: Store, agent: str, config: Config | None = None) -> None:
        """`config`: None for a store without settings."""
        self.store = store
        self.agent = agent
        self.config = config or Config(None, Home(Path(), Path(), Path()))

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
    ) -> TimelineOpening:
        """The messages around `at_message`, or the end of a conversation, or the newest.

        Raises `StoreError`.
        """
        return await self.store.read(
            _timeline_open, customer_id, conversation_id, at_message, limit
        )

    async def timeline_page(
        self,
        customer_id: CustomerId,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> TimelinePage:
        return await self.store.read(_timeline_page, customer_id, before, after, limit)

    async def timeline_changes(
        self,
        customer_id: CustomerId,
        ids: Collection[MessageId],
        heads: Collection[ConversationId],
        after: int | None,
        since: Millis,
        until: Millis,
    ) -> TimelinePage:
        """Messages `ids` as they are now, those after position `after` (None: none), the
        conversations `heads`, and the events from `since` to `until`."""
        return await self.store.read(
            _timeline_changes, customer_id, ids, heads, after, since, until
        )

    async def timeline_find(
        self, customer_id: CustomerId, text: str, position: int, direction: int
    ) -> MessageId | None:
        """The next message from `position` on whose text holds `text`, in any case."""
        needle, at = text.casefold(), position
        while True:
            # Chunks, so that a long search keeps no other read of the screen waiting.
            found, at = await self.store.read(_find_chunk, customer_id, needle, at, direction)
            if found is not None or at < 0:
                return found

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


def _timeline_open(
    db: Connection,
    customer_id: CustomerId,
    conversation_id: ConversationId | None,
    at_message: MessageId | None,
    limit: int,
) -> TimelineOpening:
    total = messages.timeline_count(db, customer_id)
    near = at_message
    if at_message is None:
        newest = messages.timeline(db, customer_id, limit=limit)
        at = _last_of(newest, conversation_id)
        if at is None and newest and conversation_id is not None:
            # An older conversation: its end is near what the customer wrote in it last.
            near = conversations.get(db, conversation_id).last_inbound_id
        if near is None:
            at = at or _last_of(newest, None)
            before = max(0, total - len(newest))
            page = _complete(db, customer_id, newest, first=not before, last=True)
            return TimelineOpening(page, before, total, at.id if at else None)
    try:
        middle = messages.get(db, near) if near is not None else None
    except NotFound:
        middle = None
    if middle is None or middle.customer_id != customer_id:
        return _timeline_open(db, customer_id, None, None, limit)
    above = messages.timeline(db, customer_id, before=middle.position, limit=limit // 2)
    below = messages.timeline(db, customer_id, after=middle.position, limit=limit // 2)
    around = [*above, middle, *below]
    before = messages.timeline_count(db, customer_id, before=around[0].position)
    at = middle if at_message is not None else _last_of(around, conversation_id)
    last = before + len(around) >= total
    page = _complete(db, customer_id, around, first=not before, last=last)
    return TimelineOpening(page, before, total, at.id if at else None)


def _last_of(found: Sequence[Message], conversation_id: ConversationId | None) -> Message | None:
    """The last message of a conversation in a page; of all when none is asked for."""
    wanted = (one for one in reversed(found) if conversation_id in (None, one.conversation_id))
    return next(wanted, None)


def _timeline_page(
    db: Connection, customer_id: CustomerId, before: int | None, after: int | None, limit: int
) -> TimelinePage:
    found = messages.timeline(db, customer_id, before=before, after=after, limit=limit)
    end = len(found) < limit
    # Up to the page that this one is to be put beside.
    return _complete(
        db,
        customer_id,
        found,
        first=end if before is not None else (after or 0) < 0,
        last=end and before is None,
        since=messages.moment_of(after) if after is not None and after >= 0 else None,
        until=messages.moment_of(before) if before is not None else None,
    )


def _timeline_changes(
    db: Connection,
    customer_id: CustomerId,
    ids: Collection[MessageId],
    heads: Collection[ConversationId],
    after: int | None,
    since: Millis,
    until: Millis,
) -> TimelinePage:
    found = {one.id: one for one in messages.many(db, ids) if one.customer_id == customer_id}
    if after is not None:
        for one in messages.timeline(db, customer_id, after=after, limit=500):
            found[one.id] = one
    ordered = sorted(found.values(), key=lambda one: one.position)
    return _with_heads(
        db, ordered, heads, events.shown(db, customer_id, since, until), since, until
    )


def _complete(
    db: Connection,
    customer_id: CustomerId,
    found: Sequence[Message],
    *,
    first: bool,
    last: bool,
    since: Millis | None = None,
    until: Millis | None = None,
) -> TimelinePage:
    """A page with the events that happened between its messages; before them when they are the
    `first` ones, after them when they are the `last`."""
    if since is None:
        since = 0 if first or not found else found[0].arrived_at
    if until is None:
        until = ENDLESS if last or not found else found[-1].arrived_at
    return _with_heads(db, found, (), events.shown(db, customer_id, since, until), since, until)


def _with_heads(
    db: Connection,
    found: Sequence[Message],
    more: Collection[ConversationId],
    happened: Sequence[Event],
    since: Millis,
    until: Millis,
) -> TimelinePage:
    ids = dict.fromkeys([one.conversation_id for one in found])
    heads = conversations.many(db, [*ids, *more])
    due = {one.id: outbox.get(db, one.id).due_at for one in found if one.state == "queued"}
    ours = [one for one in found if one.direction == "out"]
    answered = {number for one in ours for number in (answers(one), followed_up(one)) if number}
    return TimelinePage(
        tuple(found),
        {one.id: one for one in heads},
        due,
        tuple(happened),
        since,
        until,
        {one.id: one for one in messages.many(db, answered)},
    )


def _find_chunk(
    db: Connection, customer_id: CustomerId, needle: str, position: int, direction: int
) -> tuple[MessageId | None, int]:
    """The first match in a chunk, and where the next chunk starts (-1: nothing left)."""
    if direction < 0:
        chunk = messages.timeline(db, customer_id, before=position, limit=_FIND_CHUNK)[::-1]
    else:
        chunk = messages.timeline(db, customer_id, after=position, limit=_FIND_CHUNK)
    for one in chunk:
        if any(needle in part.casefold() for part in (one.text, one.subject, one.author)):
            return one.id, one.position
    return None, chunk[-1].position if len(chunk) == _FIND_CHUNK else -1
