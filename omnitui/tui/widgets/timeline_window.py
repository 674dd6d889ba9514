"""The messages around the screen: a window on a history of any length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omnitui.tui.chat_facts import answered, followed_up, read_at
from omnitui.tui.data import ENDLESS, TimelineOpening, TimelinePage
from store.events import moment
from store.model import (
    Conversation,
    ConversationId,
    Event,
    EventId,
    Message,
    MessageId,
    Millis,
)

PAGE = 100
"""Messages asked for at once."""

WINDOW = 600
"""Messages held; those farthest from where one scrolls are let go."""


FIRST = 40
"""Messages read before the first frame: more than any screen shows."""

AHEAD = 40
"""Rows between the screen and the end of the window at which more are asked for."""

RECENT = 100
"""Messages among which those are that a mark or a mail may tell something new of."""


@dataclass(frozen=True, slots=True)
class Changes:
    messages: frozenset[MessageId]
    """Held ones that look different now."""
    heads: frozenset[ConversationId]
    fresh: int
    """New ones at the end."""
    events: bool = False
    """Other events than before stand between the messages."""

    def __bool__(self) -> bool:
        return bool(self.messages or self.heads or self.fresh or self.events)


class TimelineWindow:
    """Part of a customer's messages in their order, with what is drawn beside them."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.heads: dict[ConversationId, Conversation] = {}
        self.due: dict[MessageId, Millis] = {}
        self.answered: dict[MessageId, Message] = {}
        """What replies of ours visibly answer or went after a customer in, by its own number."""
        self.events: list[Event] = []
        """Those between its messages, in the order in which they happened."""
        self.before = 0
        """Messages before the window."""
        self.total = 0
        self.first = self.last = True
        """Whether the window holds the customer's first and newest message."""

    def open(self, opening: TimelineOpening) -> None:
        self._start(opening.page)
        self.before, self.total = opening.before, opening.total
        self.first = opening.before == 0
        self.last = opening.before + len(self.messages) >= opening.total

    def open_first(self, page: TimelinePage) -> None:
        """Hold the customer's first messages."""
        self._start(page)
        self.before, self.first, self.last = 0, True, len(page.messages) < PAGE

    def extend(self, page: TimelinePage, *, older: bool) -> None:
        """Add the page before or after the window, and let go of the other end."""
        more: Sequence[Message] = page.messages
        self.heads.update(page.conversations)
        self.due.update(page.due)
        self.answered.update(page.answered)
        surplus = max(0, len(self.messages) + len(more) - WINDOW)
        if older:
            self.messages[:0] = more
            self.first = len(more) < PAGE
            self.before = 0 if self.first else max(0, self.before - len(more))
            if surplus:
                del self.messages[WINDOW:]
                self.last = False
        else:
            self.messages += more
            self.last = len(more) < PAGE
            if surplus:
                del self.messages[:surplus]
                self.before += surplus
                self.first = False
        known = {one.id: one for one in (*self.events, *page.events)}
        since, until = self.span
        self.events = [one for one in _in_order(known) if since <= moment(one) <= until]

    @property
    def span(self) -> tuple[Millis, Millis]:
        """From when to when it holds the events: those before the customer's first message and
        after the newest are of it, too."""
        held = self.messages
        since = 0 if self.first or not held else held[0].arrived_at
        return since, ENDLESS if self.last or not held else held[-1].arrived_at

    def unseen_by_them(self) -> set[MessageId]:
        """Of what we wrote lately, what the customer has not seen as far as is known here."""
        return {
            one.id
            for one in self.messages[-RECENT:]
            if one.direction == "out" and read_at(one) is None
        }

    def merge(self, page: TimelinePage) -> Changes:
        """Take over what changed in held messages, and new ones if the window is at the end."""
        heads = {key for key, head in page.conversations.items() if self.heads.get(key) != head}
        self.heads.update(page.conversations)
        unseen = {message.id: message for message in page.messages}
        changed = set()
        for at, message in enumerate(self.messages):
            newer = unseen.pop(message.id, None)
            if newer is None:
                continue
            due = page.due.get(message.id)
            if newer != message or due != self.due.get(message.id):
                self.messages[at] = newer
                changed.add(message.id)
            if due is None:
                self.due.pop(message.id, None)
            else:
                self.due[message.id] = due
        newest = self.messages[-1].position if self.messages else -1
        oldest = self.messages[0].position if self.messages else 0
        between = [
            one
            for one in unseen.values()
            if one.position < newest and (self.first or one.position > oldest)
        ]
        fresh = [one for one in unseen.values() if self.last and one.position > newest]
        if between or fresh:
            # A back-fill brings old messages late: they go where their time puts them.
            self.messages = sorted([*self.messages, *between, *fresh], key=_position)
            self.due.update({k: due for k, due in page.due.items() if k in unseen})
            self.total += len(between) + len(fresh)
        changed |= {one.id for one in between}
        changed |= self._answered_otherwise(page)
        events = self._merge_events(page)
        return Changes(frozenset(changed), frozenset(heads), len(fresh), events)

    def _answered_otherwise(self, page: TimelinePage) -> set[MessageId]:
        """Take over what replies answer and went out in; those that look different now."""
        held = {one.id: one for one in page.messages if one.id in self.answered}
        found = {**held, **page.answered}
        other = {key for key, one in found.items() if self.answered.get(key) != one}
        self.answered.update(found)
        if not other:
            return set()
        return {one.id for one in self.messages if {answered(one), followed_up(one)} & other}

    def _merge_events(self, page: TimelinePage) -> bool:
        """Take over what happened from `page.since` to `page.until`; whether that is news."""
        known = {one.id: one for one in self.events if not page.since <= moment(one) <= page.until}
        known.update({one.id: one for one in page.events})
        found = _in_order(known)
        news, self.events = found != self.events, found
        return news

    def clear(self) -> None:
        self._start(TimelinePage((), {}))
        self.before = self.total = 0
        self.first = self.last = True

    def _start(self, page: TimelinePage) -> None:
        self.messages = list(page.messages)
        self.heads = dict(page.conversations)
        self.due = dict(page.due)
        self.answered = dict(page.answered)
        self.events = list(page.events)


def _position(message: Message) -> int:
    return message.position


def _in_order(known: dict[EventId, Event]) -> list[Event]:
    return sorted(known.values(), key=lambda one: (moment(one), one.id))
