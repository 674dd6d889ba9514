"""What the timeline is made of: day separators, conversation headings, messages, and what
happened between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from omnitui.tui.words import chat_facts
from store.model import Conversation, ConversationId, Event, Message
from store.readers import Reader


@dataclass(frozen=True, slots=True)
class DayRow:
    day: dt.date
    key: Hashable
    ordinal: int
    gap: int = 0
    """Days since what stands above it."""


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """Starts a run of messages of one conversation; folded, it stands for all of it."""

    conversation: Conversation | None
    conversation_id: ConversationId
    channel: str
    folded: bool
    messages: int
    """In the conversation."""
    key: Hashable
    ordinal: int
    business: str | None = None
    """As whom we are seen there, if the chat is a Business account's: see `chat_facts`."""
    seen: tuple[Reader, ...] = ()
    """Who of the desk has seen it, the latest first."""
    last: bool = True
    """Something else than a folded conversation comes next."""


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
    """What happened and is no message: one thing, or several to one conversation in a row."""

    events: tuple[Event, ...]
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


def regrouped(before: Sequence[Row], now: Sequence[Row]) -> set[Hashable]:
    """The keys of messages that stand otherwise in their blocks: they are drawn otherwise."""
    return {key for key, _look in _blocks(before) ^ _blocks(now)}


def _blocks(rows: Sequence[Row]) -> set[tuple[Hashable, tuple[bool, bool]]]:
    return {
        (row.key, (row.follows, row.followed))
        for row in rows
        if isinstance(row, MessageRow) and (row.follows or row.followed)
    }
