"""What the timeline is made of: day separators, conversation headings, messages, and what
happened between them."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from omnitui.tui import chat_facts
from omnitui.tui.moments import local
from omnitui.tui.widgets.message_blocks import follows
from store.events import moment
from store.model import Conversation, ConversationId, Event, Message, Millis


@dataclass(frozen=True, slots=True)
class DayRow:
    day: dt.date
    key: Hashable
    ordinal: int


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """Starts a run of messages of one conversation; stands for them all when folded."""

    conversation: Conversation | None
    conversation_id: ConversationId
    channel: str
    folded: bool
    messages: int
    """In this run, as far as it is loaded."""
    key: Hashable
    ordinal: int
    business: str | None = None
    """As whom we are seen there, if the chat is a Business account's: see `chat_facts`."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    message: Message
    key: Hashable
    ordinal: int
    """The message's place among those loaded, for the scrollbar."""
    day: dt.date
    follows: bool = False
    """It goes on in the block of the message above it."""
    followed: bool = False
    """The message below it goes on in its block."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened and is no message."""

    event: Event
    key: Hashable
    ordinal: int
    """Of the message that comes next, or of the last one."""
    last: bool
    """A message follows, or nothing."""


@dataclass(frozen=True, slots=True)
class WentOnRow:
    """The matter goes on in another channel from here."""

    channel: str
    ours: bool
    """An agent answered there; else the customer came back there."""
    of_several: bool
    """Other matters of the customer's were open: it is the last touched."""
    key: Hashable
    ordinal: int


Row = DayRow | HeadingRow | MessageRow | EventRow | WentOnRow


def can_be_selected(row: Row) -> bool:
    return isinstance(row, MessageRow) or (isinstance(row, HeadingRow) and row.folded)


def tells_time(row: Row) -> bool:
    """Whether it reads otherwise as time passes: a count-down, until when there is an answer."""
    return isinstance(row, MessageRow) and (
        row.message.state == "queued" or chat_facts.answer_until(row.message) is not None
    )


def at_ordinal(rows: Sequence[Row], ordinal: int) -> int:
    """The selectable row that shows the message at `ordinal`; -1 when there is none."""
    chosen = -1
    for index, row in enumerate(rows):
        if row.ordinal > ordinal:
            break
        if can_be_selected(row):
            chosen = index
    return chosen


def arrange(
    messages: Sequence[Message],
    heads: Mapping[ConversationId, Conversation],
    folded: AbstractSet[ConversationId],
    tz: dt.tzinfo | None,
    events: Sequence[Event] = (),
) -> list[Row]:
    """The rows of `messages` and `events`, both in the order of time."""
    rows: list[Row] = []
    day: dt.date | None = None
    run: ConversationId | None = None
    count = len(messages)
    waiting = deque(events)
    channels: dict[ConversationId, str] = {}
    for ordinal, message in enumerate(messages):
        own = message.conversation_id
        inside = own == run
        happened = _until(waiting, message.arrived_at)
        # What happened in a conversation that begins here stands under its heading.
        later = [] if inside else [one for one in happened if one.conversation_id == own]
        if not (inside and own in folded):
            day = _add(rows, [one for one in happened if one not in later], ordinal, day, tz)
        date = local(message.arrived_at, tz).date()
        # Within a folded run days are not shown: there is nothing between them.
        if date != day and not (inside and own in folded):
            day = date
            rows.append(DayRow(date, ("day", message.id), ordinal))
        if not inside:
            run = own
            end = ordinal
            while end < count and messages[end].conversation_id == own:
                end += 1
            rows.append(
                HeadingRow(
                    heads.get(own),
                    own,
                    message.channel,
                    own in folded,
                    end - ordinal,
                    ("head", message.id),
                    ordinal,
                    _business(messages, ordinal, end),
                )
            )
        elsewhere = _goes_on_elsewhere(message, channels)
        if own not in folded:
            _add(rows, later, ordinal, None, tz)
            if elsewhere:
                ours, several = message.direction == "out", _placed(message) == "continued-last"
                key = ("went on", message.id)
                rows.append(WentOnRow(message.channel, ours, several, key, ordinal))
            above, joins = rows[-1], False
            if isinstance(above, MessageRow) and follows(message, above.message):
                rows[-1], joins = replace(above, followed=True), True
            rows.append(MessageRow(message, message.id, ordinal, date, joins))
    _add(rows, list(waiting), max(0, count - 1), day, tz)
    return rows


def _goes_on_elsewhere(message: Message, channels: dict[ConversationId, str]) -> bool:
    """Whether somebody went on with a matter in another channel than before. `channels`: where
    each went on last, kept here. Copies and codes that the desk sends by itself are no part of
    the talk, nor are automatic answers."""
    if message.direction == "note" or message.state == "cancelled":
        return False
    told = message.details
    if any(told.get(name) for name in ("automatic", "auto_reply", "bounce", "code")):
        return False
    before = channels.get(message.conversation_id)
    channels[message.conversation_id] = message.channel
    if before is None:  # what came before it is not loaded, or nothing did
        return _placed(message) in _CAME_FROM_ELSEWHERE
    return before != message.channel


_CAME_FROM_ELSEWHERE = frozenset({"continued", "continued-last", "link"})


def _placed(message: Message) -> str:
    return str(message.details.get("placed") or "")


def _business(messages: Sequence[Message], start: int, end: int) -> str | None:
    """As whom the customer of a run sees us; not each of its messages tells the name."""
    if chat_facts.business(messages[start]) is None:
        return None
    return next((name for one in messages[start:end] if (name := chat_facts.business(one))), "")


def regrouped(before: Sequence[Row], now: Sequence[Row]) -> set[Hashable]:
    """The keys of messages that stand otherwise in their blocks: they are drawn otherwise."""
    return {key for key, _look in _blocks(before) ^ _blocks(now)}


def _blocks(rows: Sequence[Row]) -> set[tuple[Hashable, tuple[bool, bool]]]:
    return {
        (row.key, (row.follows, row.followed))
        for row in rows
        if isinstance(row, MessageRow) and (row.follows or row.followed)
    }


def _until(waiting: deque[Event], at: Millis) -> list[Event]:
    """Take off what happened before `at`."""
    found = []
    while waiting and moment(waiting[0]) <= at:
        found.append(waiting.popleft())
    return found


def _add(
    rows: list[Row],
    happened: Sequence[Event],
    ordinal: int,
    day: dt.date | None,
    tz: dt.tzinfo | None,
) -> dt.date | None:
    """Add rows of events, with the days that begin with them; returns the day then. Without a
    day to begin with none is shown."""
    shows_days = day is not None or not rows
    for number, event in enumerate(happened):
        date = local(moment(event), tz).date()
        if shows_days and date != day:
            day = date
            rows.append(DayRow(date, ("day of", event.id), ordinal))
        last = number == len(happened) - 1
        rows.append(EventRow(event, ("event", event.id), ordinal, last))
    return day
