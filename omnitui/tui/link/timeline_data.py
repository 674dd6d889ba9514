"""What the timeline reads of the store: a part of a history, around a place or beside another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from config.access import NO_AGENTS
from omnitui.tui.words.chat_facts import answered as answers
from omnitui.tui.words.chat_facts import followed_up
from store import conversations, events, messages, outbox, readers, timeline
from store.driver import Connection
from store.errors import NotFound
from store.model import (
    Conversation,
    ConversationId,
    CustomerId,
    Event,
    Message,
    MessageId,
    Millis,
)
from store.readers import Reader
from store.timeline import WHOLE, Folded, Page, Scope

ENDLESS: Millis = (1 << 62) - 1
"""Later than anything."""

FLOOD = 500
"""New messages that are read at once; the rest is paged in."""


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
    folded: tuple[Folded, ...] = ()
    """Conversations that are one line, by the position of their end."""
    seen: Mapping[ConversationId, tuple[Reader, ...]] = field(default_factory=dict)
    """Who of the desk has seen the conversations."""
    gone: frozenset[MessageId] = frozenset()
    """Messages asked for that are not shown here any more."""
    whole: bool = False
    """There is nothing more that way."""


@dataclass(frozen=True, slots=True)
class TimelineOpening:
    page: TimelinePage
    before: int
    """Messages before the page."""
    total: int
    at: MessageId | None
    """The message asked for, or the newest, or what is shown nearest to it."""
    first: bool = True
    last: bool = True
    """Whether nothing comes before the page, and after it."""


def opening(
    db: Connection,
    customer_id: CustomerId,
    conversation_id: ConversationId | None,
    at_message: MessageId | None,
    limit: int,
    scope: Scope = WHOLE,
) -> TimelineOpening:
    """The messages around `at_message`, or the end of a conversation, or the newest."""
    near = at_message
    if at_message is None:
        newest = timeline.page(db, customer_id, scope, limit=limit)
        at = _last_of(newest.messages, conversation_id)
        if at is None and len(newest) and conversation_id is not None:
            # An older conversation: its end is near what the customer wrote in it last.
            near = conversations.get(db, conversation_id).last_inbound_id
        if near is None:
            at = at or _last_of(newest.messages, None)
            return _opened(db, customer_id, newest, at, scope, len(newest) < limit, True)
    try:
        middle = messages.get(db, near) if near is not None else None
    except NotFound:
        middle = None
    if middle is None or middle.customer_id != customer_id:
        return opening(db, customer_id, None, None, limit, scope)
    half = max(1, limit // 2)
    above = timeline.page(db, customer_id, scope, before=middle.position + 1, limit=half)
    below = timeline.page(db, customer_id, scope, after=middle.position, limit=half)
    around = (*above.messages, *below.messages)
    if at_message is None:
        at = _last_of(around, conversation_id)
    else:
        at = next(iter((*above.messages[-1:], *below.messages[:1])), None)
    page = Page(around, (*above.folded, *below.folded))
    return _opened(db, customer_id, page, at, scope, len(above) < half, len(below) < half)


def _opened(
    db: Connection,
    customer_id: CustomerId,
    page: Page,
    at: Message | None,
    scope: Scope,
    first: bool,
    last: bool,
) -> TimelineOpening:
    edge = 0 if first else page.first or 0
    before, total = timeline.place(db, customer_id, scope, before=edge)
    shown = _complete(db, customer_id, page, scope, first=first, last=last)
    return TimelineOpening(shown, before, total, at.id if at else None, first, last)


def _last_of(found: Sequence[Message], conversation_id: ConversationId | None) -> Message | None:
    """The last message of a conversation in a page; of all when none is asked for."""
    wanted = (one for one in reversed(found) if conversation_id in (None, one.conversation_id))
    return next(wanted, None)


def beside(
    db: Connection,
    customer_id: CustomerId,
    before: int | None,
    after: int | None,
    limit: int,
    scope: Scope = WHOLE,
) -> TimelinePage:
    """The page before or after a position."""
    found = timeline.page(db, customer_id, scope, before=before, after=after, limit=limit)
    end = len(found) < limit
    # Up to the page that this one is to be put beside.
    return _complete(
        db,
        customer_id,
        found,
        scope,
        first=end if before is not None else (after or 0) < 0,
        last=end and before is None,
        since=messages.moment_of(after) if after is not None and after >= 0 else None,
        until=messages.moment_of(before) if before is not None else None,
        whole=end,
    )


def changes(
    db: Connection,
    customer_id: CustomerId,
    ids: Collection[MessageId],
    heads: Collection[ConversationId],
    after: int | None,
    since: Millis,
    until: Millis,
    scope: Scope = WHOLE,
) -> TimelinePage:
    """Messages `ids` as they are now, what comes after a position (None: nothing), the
    conversations `heads`, and the events from `since` to `until`."""
    now = messages.many(db, ids)
    found = {one.id: one for one in now if one.customer_id == customer_id and scope.takes(one)}
    gone = frozenset(ids) - frozenset(found)
    fresh = Page()
    if after is not None:
        # Of those asked for any may be among them.
        fresh = timeline.page(db, customer_id, scope, after=after, limit=FLOOD + len(ids))
        found.update({one.id: one for one in fresh.messages})
    ordered = sorted(found.values(), key=lambda one: one.position)
    folded: tuple[Folded, ...] = ()
    if scope.folds:
        rooms = {*heads, *(one.conversation_id for one in now)}
        rooms |= {one.conversation.id for one in fresh.folded}
        folded = tuple(timeline.folded_now(db, customer_id, scope, rooms))
    return _with_heads(
        db, Page(tuple(ordered), folded), heads,
        _happened(db, customer_id, since, until, scope), since, until, gone=gone,
    )  # fmt: skip


def _complete(
    db: Connection,
    customer_id: CustomerId,
    found: Page,
    scope: Scope,
    *,
    first: bool,
    last: bool,
    since: Millis | None = None,
    until: Millis | None = None,
    whole: bool = False,
) -> TimelinePage:
    """A page with the events that happened between its messages; before them when they are the
    `first` ones, after them when they are the `last`."""
    if since is None:
        since = 0 if first or found.first is None else messages.moment_of(found.first)
    if until is None:
        until = ENDLESS if last or found.last is None else messages.moment_of(found.last)
    happened = _happened(db, customer_id, since, until, scope)
    return _with_heads(db, found, (), happened, since, until, whole=whole)


def _happened(
    db: Connection, customer_id: CustomerId, since: Millis, until: Millis, scope: Scope
) -> list[Event]:
    """What a scope shows between its messages: with a part of them only what is of it."""
    only = scope.only.conversation_id
    if scope.only and only is None:
        return []
    return [
        one
        for one in events.shown(db, customer_id, since, until)
        if (only is None or one.conversation_id == only)
        and (one.conversation_id is None or not scope.folds_away(one.conversation_id))
        and not _goes_without_saying(one)
    ]


def _goes_without_saying(event: Event) -> bool:
    """What proves an address by itself tells so: a signed mail, a code, a link."""
    return event.kind == "identity.proven" and event.actor in NO_AGENTS


def _with_heads(
    db: Connection,
    found: Page,
    more: Collection[ConversationId],
    happened: Sequence[Event],
    since: Millis,
    until: Millis,
    *,
    gone: frozenset[MessageId] = frozenset(),
    whole: bool = False,
) -> TimelinePage:
    ids = dict.fromkeys([*(one.conversation_id for one in found.messages), *more])
    folded = {one.conversation.id: one.conversation for one in found.folded}
    heads = conversations.many(db, [one for one in ids if one not in folded])
    due = {one.id: outbox.get(db, one.id).due_at for one in found.messages if one.state == "queued"}
    ours = [one for one in found.messages if one.direction == "out"]
    answered = {number for one in ours for number in (answers(one), followed_up(one)) if number}
    return TimelinePage(
        found.messages,
        {**folded, **{one.id: one for one in heads}},
        due,
        tuple(happened),
        since,
        until,
        {one.id: one for one in messages.many(db, answered)},
        found.folded,
        readers.of(db, [*ids, *folded]),
        gone,
        whole,
    )
