"""The messages around the screen: a window on a history of any length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from omnitui.tui.link.timeline_data import ENDLESS, FLOOD, TimelineOpening, TimelinePage
from omnitui.tui.words.chat_facts import answered, followed_up, read_at
from store.events import moment
from store.messages import moment_of
from store.model import (
    Conversation,
    ConversationId,
    Event,
    EventId,
    Message,
    MessageId,
    Millis,
)
from store.readers import Reader
from store.timeline import Folded

PAGE = 100
"""Messages asked for at once."""

WINDOW = 600
"""Messages and folded conversations held; those farthest from where one scrolls are let go."""


FIRST = 40
"""Messages read before the first frame: more than any screen shows."""

REFOLDED = 160
"""Lines read when conversations were folded or unfolded: as many as may stand above and below."""

AHEAD = 40
"""Rows between the screen and the end of the window at which more are asked for."""

SOON = 8
"""The same where the pane has not got the focus: it is scrolled by the mouse, if at all."""

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
    gone: bool = False
    """Messages, or folded conversations, are not there any more or elsewhere."""

    def __bool__(self) -> bool:
        return bool(self.messages or self.heads or self.fresh or self.events or self.gone)


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
        self.folded: list[Folded] = []
        """Conversations that are one line among the messages."""
        self.seen: dict[ConversationId, tuple[Reader, ...]] = {}
        self.before = 0
        """Messages before the window."""
        self.total = 0
        self.first = self.last = True
        """Whether the window holds the customer's first and newest message."""

    def open(self, opening: TimelineOpening) -> None:
        self._start(opening.page)
        self.before, self.total = opening.before, opening.total
        self.first, self.last = opening.first, opening.last

    def open_first(self, page: TimelinePage) -> None:
        """Hold the customer's first messages."""
        self._start(page)
        self.before, self.first, self.last = 0, True, page.whole

    def __len__(self) -> int:
        return len(self.messages) + len(self.folded)

    @property
    def lowest(self) -> int | None:
        """The position of the first line; None: there is none."""
        return min((one[0].position for one in (self.messages, self.folded) if one), default=None)

    @property
    def highest(self) -> int | None:
        return max((one[-1].position for one in (self.messages, self.folded) if one), default=None)

    def extend(self, page: TimelinePage, *, older: bool) -> None:
        """Add the page before or after the window, and let go of the other end."""
        self.heads.update(page.conversations)
        self.due.update(page.due)
        self.answered.update(page.answered)
        self.seen.update(page.seen)
        size = len(page.messages) + len(page.folded)
        surplus = max(0, len(self) + size - WINDOW)
        if older:
            self.messages[:0] = page.messages
            self.folded[:0] = page.folded
            self.first = page.whole
            self.before = 0 if self.first else max(0, self.before - size)
        else:
            self.messages += page.messages
            self.folded += page.folded
            self.last = page.whole
        if surplus:
            self._let_go(surplus, newest=older)
        self._hold_events((*self.events, *page.events))

    def grown(self, *, newest: bool) -> None:
        """New messages were added: let go of the newest or of the oldest, once that is a page."""
        surplus = len(self) - WINDOW
        if surplus < PAGE:
            return
        self._let_go(surplus, newest=newest)
        self._hold_events(self.events)

    def _hold_events(self, events: Iterable[Event]) -> None:
        """Those within the window, each once."""
        known = {one.id: one for one in events}
        since, until = self.span
        self.events = [one for one in _in_order(known) if since <= moment(one) <= until]

    def _let_go(self, surplus: int, *, newest: bool) -> None:
        if newest:
            self.last = False
        else:
            self.before += surplus
            self.first = False
        held = [one.position for one in self.messages] + [one.position for one in self.folded]
        held.sort()
        kept = set(held[:-surplus] if newest else held[surplus:])
        self.messages = [one for one in self.messages if one.position in kept]
        self.folded = [one for one in self.folded if one.position in kept]
        rooms = {one.conversation_id for one in self.messages}
        rooms |= {one.conversation.id for one in self.folded}
        self.heads = {key: head for key, head in self.heads.items() if key in rooms}
        lines = {one.id for one in self.messages}
        self.due = {key: due for key, due in self.due.items() if key in lines}
        named = {key for one in self.messages for key in (answered(one), followed_up(one))}
        self.answered = {key: one for key, one in self.answered.items() if key in named}

    @property
    def span(self) -> tuple[Millis, Millis]:
        """From when to when it holds the events: those before the customer's first message and
        after the newest are of it, too."""
        lowest, highest = self.lowest, self.highest
        since = 0 if self.first or lowest is None else moment_of(lowest)
        return since, ENDLESS if self.last or highest is None else moment_of(highest)

    def unseen_by_them(self) -> set[MessageId]:
        """Of what we wrote lately, what the customer has not seen as far as is known here."""
        return {
            one.id
            for one in self.messages[-RECENT:]
            if one.direction == "out" and read_at(one) is None
        }

    def merge(self, page: TimelinePage) -> Changes:
        """Take over what changed in held messages, and new ones if the window is at the end."""
        heads = {
            key
            for key, head in page.conversations.items()
            if self.heads.get(key) != head or self.seen.get(key, ()) != page.seen.get(key, ())
        }
        self.heads.update(page.conversations)
        for key in page.conversations:
            self.seen[key] = page.seen.get(key, ())
        highest = -1 if self.highest is None else self.highest
        held = len(self.messages)
        self.messages = [one for one in self.messages if one.id not in page.gone]
        gone = len(self.messages) < held
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
        oldest = self.lowest or 0
        between = [
            one
            for one in unseen.values()
            if one.position < highest and (self.first or one.position > oldest)
        ]
        fresh = [one for one in unseen.values() if self.last and one.position > highest]
        if between or fresh:
            # A back-fill brings old messages late: they go where their time puts them.
            self.messages = sorted([*self.messages, *between, *fresh], key=_position)
            self.due.update({k: due for k, due in page.due.items() if k in unseen})
            self.total += len(between) + len(fresh)
            # Of a flood the rest is paged in.
            self.last = self.last and len(fresh) < FLOOD
        changed |= {one.id for one in between}
        changed |= self._answered_otherwise(page)
        moved = self._merge_folded(page)
        events = self._merge_events(page)
        return Changes(frozenset(changed), frozenset(heads), len(fresh), events, gone or moved)

    def _merge_folded(self, page: TimelinePage) -> bool:
        """Take over where folded conversations stand now; whether any stands elsewhere."""
        if not (self.folded or page.folded):
            return False
        now = {one.conversation.id: one for one in page.folded}
        kept = [one for one in self.folded if one.conversation.id not in page.conversations]
        lowest, highest = self.lowest or 0, self.highest or 0
        here = [
            one
            for one in now.values()
            if (self.first or one.position >= lowest) and (self.last or one.position <= highest)
        ]
        found = sorted([*kept, *here], key=_position)
        news, self.folded = found != self.folded, found
        return news

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
        self.folded = list(page.folded)
        self.seen = dict(page.seen)


def _position(line: Message | Folded) -> int:
    return line.position


def _in_order(known: dict[EventId, Event]) -> list[Event]:
    return sorted(known.values(), key=lambda one: (moment(one), one.id))
