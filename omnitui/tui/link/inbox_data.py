"""Pages of the inbox: the rows of a view, where they stand, and who of them waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from omnitui.tui.words.chat_facts import marked, quoted_words, says_nothing
from store import conversations, drafts, inbox, mentions, messages, silences, watches
from store.driver import Connection
from store.errors import NotFound
from store.inbox import InboxKey
from store.model import Conversation, ConversationId, Sort, View
from store.narrowed import narrows


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


@dataclass(frozen=True, slots=True)
class Listing:
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


def page(
    db: Connection,
    listing: Listing,
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


def around(
    db: Connection, listing: Listing, conversation_id: ConversationId, limit: int
) -> InboxPage | None:
    view, agent = listing.view, listing.agent
    try:
        middle = conversations.get(db, conversation_id)
    except NotFound:
        return None
    if not inbox.shows(db, view, agent, middle):
        return None
    above = page(db, listing, None, listing.key(middle), limit // 2)
    edge = listing.key(above.rows[-1].conversation) if above.rows else None
    below = page(db, listing, edge, None, limit // 2)
    if all(row.conversation.id != conversation_id for row in below.rows):
        return None  # the query leaves it out
    offset: int | None = 0 if above.first else None
    if offset is None and below.total is not None and listing.usual:
        place = inbox.inbox_position(db, view, agent, conversation_id)
        offset = None if place is None else max(0, place - len(above.rows))
    return InboxPage(above.rows + below.rows, offset, below.total, above.first, below.last)


def touched(
    db: Connection,
    view: View,
    agent: str,
    ids: Collection[ConversationId],
    first: InboxKey | None,
    last: InboxKey | None,
) -> tuple[bool, int]:
    touched = len(ids) > inbox.LOOKED_AT or inbox.any_between(db, view, agent, ids, first, last)
    return touched, inbox.counts(db, agent)[view]


def waiting(
    db: Connection, listing: Listing, key: InboxKey | None, direction: int
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
