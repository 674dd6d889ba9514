"""The order of the timeline's rows: what stands under which day and heading."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from omnitui.tui.widgets.message_blocks import follows
from omnitui.tui.widgets.timeline_rows import (
    DayRow,
    EventRow,
    HeadingRow,
    MessageRow,
    Row,
    WentOnRow,
)
from omnitui.tui.words import chat_facts
from omnitui.tui.words.moments import local
from store.events import moment
from store.messages import moment_of
from store.model import Conversation, ConversationId, Event, Message, Millis
from store.readers import Reader
from store.timeline import Folded

ROUTINE = frozenset({"conversation.status", "conversation.assigned"})
"""What agents do to a conversation all the time: several in a row are one line."""

TOGETHER = 3_600_000
"""Milliseconds between two of those that are told in one line."""


def arrange(
    messages: Sequence[Message],
    heads: Mapping[ConversationId, Conversation],
    folded: Sequence[Folded],
    tz: dt.tzinfo | None,
    events: Sequence[Event] = (),
    seen: Mapping[ConversationId, tuple[Reader, ...]] = MappingProxyType({}),
) -> list[Row]:
    """The rows of `messages`, `folded` and `events`, all in the order of time."""
    rows = _Rows(tz)
    run: ConversationId | None = None
    count = len(messages)
    waiting = deque(events)
    lines = deque(folded)
    channels: dict[ConversationId, str] = {}
    ordinal = 0
    for at, message in enumerate(messages):
        while lines and lines[0].position < message.position:
            run = None
            _fold_in(rows, lines.popleft(), waiting, ordinal, seen)
            ordinal += 1
        own = message.conversation_id
        happened = _until(waiting, message.arrived_at)
        # What happened in a conversation that begins here stands under its heading.
        later = [] if own == run else [one for one in happened if one.conversation_id == own]
        rows.add_events([one for one in happened if one not in later], ordinal)
        rows.begin_day(local(message.arrived_at, tz).date(), ("day", message.id), ordinal)
        if own != run:
            run = own
            end = at
            while end < count and messages[end].conversation_id == own:
                end += 1
            head = heads.get(own)
            rows.found.append(
                HeadingRow(
                    head,
                    own,
                    message.channel,
                    False,
                    head.messages if head else end - at,
                    ("head", message.id),
                    ordinal,
                    _business(messages, at, end),
                    seen.get(own, ()),
                )
            )
        rows.add_events(later, ordinal, in_a_day=False)
        if _goes_on_elsewhere(message, channels):
            ours, several = message.direction == "out", _placed(message) == "continued-last"
            key = ("went on", message.id)
            rows.found.append(WentOnRow(message.channel, ours, several, key, ordinal))
        rows.add_message(message, ordinal)
        ordinal += 1
    for line in lines:
        _fold_in(rows, line, waiting, ordinal, seen)
        ordinal += 1
    rows.add_events(list(waiting), max(0, ordinal - 1))
    return rows.found


def _fold_in(
    rows: _Rows,
    line: Folded,
    waiting: deque[Event],
    ordinal: int,
    seen: Mapping[ConversationId, tuple[Reader, ...]],
) -> None:
    rows.add_events(_until(waiting, moment_of(line.position)), ordinal)
    one = line.conversation
    channel = one.channels[0] if one.channels else ""
    rows.add_folded(
        HeadingRow(
            one, one.id, channel, True, one.messages, ("folded", one.id), ordinal,
            seen=seen.get(one.id, ()),
        )
    )  # fmt: skip


class _Rows:
    """Rows as they come, with the days that begin among them."""

    def __init__(self, tz: dt.tzinfo | None) -> None:
        self.found: list[Row] = []
        self._tz = tz
        self._day: dt.date | None = None
        self._latest: dt.date | None = None

    def begin_day(self, day: dt.date, key: Hashable, ordinal: int) -> None:
        if day != self._day:
            gap = (day - self._latest).days if self._latest else 0
            self._day = day
            self.found.append(DayRow(day, key, ordinal, gap))
        self._latest = day

    def add_message(self, message: Message, ordinal: int) -> None:
        above, joins = self.found[-1], False
        if isinstance(above, MessageRow) and follows(message, above.message):
            self.found[-1], joins = replace(above, followed=True), True
        day = local(message.arrived_at, self._tz).date()
        self.found.append(MessageRow(message, message.id, ordinal, day, joins))

    def add_folded(self, row: HeadingRow) -> None:
        """Its dates stand in it: it begins no day."""
        above = self.found[-1] if self.found else None
        if isinstance(above, HeadingRow) and above.folded:
            self.found[-1] = replace(above, last=False)
        if row.conversation is not None:
            self._latest = local(row.conversation.last_message_at, self._tz).date()
        self.found.append(row)

    def add_events(self, happened: Sequence[Event], ordinal: int, *, in_a_day: bool = True) -> None:
        """Add rows of events, with the days that begin with them if `in_a_day`."""
        for number, group in enumerate(groups := _grouped(happened)):
            if in_a_day:
                day = local(moment(group[0]), self._tz).date()
                self.begin_day(day, ("day of", group[0].id), ordinal)
            last = number == len(groups) - 1
            key = ("event", *(one.id for one in group))
            self.found.append(EventRow(tuple(group), key, ordinal, last))


def _grouped(happened: Sequence[Event]) -> list[list[Event]]:
    """What was done to one conversation in a row, within `TOGETHER`, is one line."""
    groups: list[list[Event]] = []
    for event in happened:
        before = groups[-1][-1] if groups else None
        if (
            before is not None
            and {before.kind, event.kind} <= ROUTINE
            and before.conversation_id == event.conversation_id
            and moment(event) - moment(before) <= TOGETHER
        ):
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def _goes_on_elsewhere(message: Message, channels: dict[ConversationId, str]) -> bool:
    """Whether somebody went on with a matter in another channel than before. `channels`: where
    each went on last, kept here. Copies and codes that the desk sends by itself are no part of
    the talk, nor are automatic answers; a call is beside it."""
    if message.direction == "note" or message.state == "cancelled":
        return False
    told = message.details
    if any(
        told.get(name)
        for name in ("automatic", "auto_reply", "bounce", "code", "follows", "logged")
    ):
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


def _until(waiting: deque[Event], at: Millis) -> list[Event]:
    """Take off what happened before `at`."""
    found = []
    while waiting and moment(waiting[0]) <= at:
        found.append(waiting.popleft())
    return found
