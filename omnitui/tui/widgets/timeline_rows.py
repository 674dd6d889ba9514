"""What the timeline is made of: day separators, conversation headings, messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from omnitui.tui.moments import local
from store.model import Conversation, ConversationId, Message


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


@dataclass(frozen=True, slots=True)
class MessageRow:
    message: Message
    key: Hashable
    ordinal: int
    """The message's place among those loaded, for the scrollbar."""
    day: dt.date


Row = DayRow | HeadingRow | MessageRow


def arrange(
    messages: Sequence[Message],
    heads: Mapping[ConversationId, Conversation],
    folded: AbstractSet[ConversationId],
    tz: dt.tzinfo | None,
) -> list[Row]:
    """The rows of `messages`, which are in the order of time."""
    rows: list[Row] = []
    day: dt.date | None = None
    run: ConversationId | None = None
    count = len(messages)
    for ordinal, message in enumerate(messages):
        date = local(message.arrived_at, tz).date()
        own = message.conversation_id
        # Within a folded run days are not shown: there is nothing between them.
        if date != day and not (own == run and own in folded):
            day = date
            rows.append(DayRow(date, ("day", message.id), ordinal))
        if own != run:
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
                )
            )
        if own not in folded:
            rows.append(MessageRow(message, message.id, ordinal, date))
    return rows
