"""Who is connected at this moment: visitors' connections, and the desks' streams.

Everything here is in memory, on the event loop, and synchronous: `deliver` hands a frame to
every tab of a visitor and returns. A connection whose reader is too slow is dropped; what it
has missed comes from the database when it resumes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.webchat.relay.records import Context, Millis

MOST_WAITING = 1_048_576
"""Characters that may wait for a slow browser; a page of history is the largest single frame."""
GRACE = 10.0
"""Seconds after a visitor's last connection in which they may come back unnoticed: the next page
of the shop opens a new one."""
UNSEEN = 300.0
"""Seconds after which nobody is there whose pages are all in the background."""
MOST_SIGNALS = 1_000
"""Signals that wait for a desk; of more the oldest are dropped."""

Ending = Literal[
    "slow",
    "bad-frame",
    "not-text",
    "not-json",
    "bad-token",
    "bad-identity",
    "identity-needed",
    "no-identity",
    "blocked",
    "no-hello",
    "too-many",
    "unavailable",
    "draining",
]
"""Why the relay closes a connection; docs/relay-protocol.md has their close codes."""


@dataclass(eq=False, slots=True)
class Connection:
    """One tab of a visitor: a WebSocket, or a long poll's session."""

    site: str
    address: str
    """The network address that limits count by."""
    visitor: str = ""
    """Empty until the welcome."""
    context: Context = field(default_factory=Context)
    visible: bool = True
    wake: Callable[[], None] = lambda: None
    """Called when there is something in `waiting`, or `ending` is set."""
    signed_in: bool = False
    until: Millis | None = None
    """When a signed-in visitor needs their site's word again; None: not signed in."""
    told: object = None
    """The availability that it was told last."""
    waiting: list[str] = field(default_factory=list)
    """Frames that have not been written yet."""
    held: list[str] | None = None
    """Frames that wait for the welcome; None: nothing does."""
    size: int = 0
    """Characters in `waiting` and `held`."""
    ending: Ending | None = None
    """Set once; it is to be closed then."""

    def put(self, frame: str) -> None:
        """Hand over a frame (JSON). Never waits; a reader that is too slow is dropped."""
        if self.ending is not None:
            return
        if self.size and self.size + len(frame) > MOST_WAITING:
            self.take()
            self.held = None
            self.end("slow")
            return
        self.size += len(frame)
        if self.held is not None:
            self.held.append(frame)
        else:
            self.waiting.append(frame)
            self.wake()

    def hold(self) -> None:
        """What is put from now on comes after the frame that `release` brings: a welcome, with
        the history as of a moment after this call."""
        self.held = []

    def release(self, frame: str) -> None:
        held, self.held = self.held or [], None
        self.put(frame)
        if held and self.ending is None:
            self.waiting.extend(held)
            self.wake()

    def written(self) -> None:
        """The first of `waiting` is on its way."""
        self.size -= len(self.waiting.pop(0))

    def take(self) -> list[str]:
        """The frames to write now, in their order."""
        taken, self.waiting = self.waiting, []
        self.size = sum(map(len, self.held)) if self.held else 0
        return taken

    def end(self, why: Ending) -> None:
        """What waits is still written (but for "slow"), then it is closed."""
        if self.ending is None:
            self.ending = why
            self.wake()


@dataclass(frozen=True, slots=True)
class Signal:
    """What a desk is told and needs not acknowledge."""

    kind: Literal["online", "offline", "typing", "visit"]
    visitor: str
    at: Millis
    data: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        return {**self.data, "type": self.kind, "visitor": self.visitor, "at": self.at}


@dataclass(frozen=True, slots=True)
class Presence:
    """A visitor who is there."""

    visitor: str
    at: Millis
    """Since when."""
    context: Context
    visible: bool
    """The chat is in front of them in one of their tabs."""

    def json(self) -> dict[str, Any]:
        return {
            "visitor": self.visitor,
            "at": self.at,
            "visible": self.visible,
            "context": self.context.json(),
        }


class DeskStream:
    """What one open `GET /v1/events` waits on. Only the newest one of a site counts."""

    def __init__(self) -> None:
        self.signals: deque[Signal] = deque(maxlen=MOST_SIGNALS)
        self.replaced = False
        """A newer stream has taken over: this one is to be ended."""
        self.closing = False
        """The relay ends."""
        self._event = asyncio.Event()

    def notify(self) -> None:
        """There is something new: durable events, signals, or its end."""
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Until there is something new (True) or the seconds are over. What came before the call
        counts too, so: look into the database *after* this returned, never before."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def take(self) -> list[Signal]:
        """The signals since the last call, in their order."""
        taken = list(self.signals)
        self.signals.clear()
        return taken


@dataclass(eq=False, slots=True)
class _Person:
    """A visitor who is connected, or was a moment ago."""

    since: Millis
    connections: list[Connection] = field(default_factory=list)
    leaving: asyncio.TimerHandle | None = None
    there: bool = False
    """The desk was told so."""
    seen: float = 0.0
    """By the loop's clock, when a page of theirs was last in front, or they did something."""
    forgetting: asyncio.TimerHandle | None = None
    """While every page is in the background."""

    @property
    def visible(self) -> bool:
        return any(each.visible for each in self.connections)


class Hub:
    """All connections of all sites."""

    def __init__(self, clock: Callable[[], Millis]) -> None:
        self._clock = clock
        self._people: dict[tuple[str, str], _Person] = {}
        self._streams: dict[str, DeskStream] = {}
        self._desk_seen: dict[str, float] = {}

    # Visitors

    def join(self, connection: Connection) -> None:
        """It is welcome, as `connection.visitor`, and gets everything from now on."""
        key = (connection.site, connection.visitor)
        person = self._people.get(key)
        if person is None:
            person = self._people[key] = _Person(self._clock())
        elif person.leaving is not None:
            person.leaving.cancel()
            person.leaving = None
        person.connections.append(connection)
        if person.there:
            self.signal(connection.site, "visit", connection.visitor, self._visit(connection))
        self._look(key, person)

    def leave(self, connection: Connection) -> None:
        """It is closed. Once more changes nothing."""
        key = (connection.site, connection.visitor)
        person = self._people.get(key)
        if person is None or connection not in person.connections:
            return
        person.connections.remove(connection)
        if not person.connections:
            loop = asyncio.get_running_loop()
            person.leaving = loop.call_later(GRACE, self._left, key)
        self._look(key, person)

    def move(self, connection: Connection, visitor: str) -> None:
        """This connection, no other one, belongs to `visitor` from now on."""
        if visitor == connection.visitor:
            return
        old = (connection.site, connection.visitor)
        person = self._people.get(old)
        was_there = person is not None and person.there
        self.leave(connection)
        if person is not None and not person.connections:
            if person.leaving is not None:
                person.leaving.cancel()
            self._left(old)
        connection.visitor = visitor
        self.join(connection)
        if was_there:
            self.active(connection)

    def deliver(self, site: str, visitor: str, frame: str, *, but: Connection | None = None) -> int:
        """To every tab of a visitor (`but` one); how many there are."""
        tabs = self.connections(site, visitor)
        for tab in tabs:
            if tab is not but:
                tab.put(frame)
        return len(tabs)

    def end(self, site: str, visitor: str, why: Ending, *, but: Connection | None = None) -> None:
        """Close every tab of a visitor (`but` one)."""
        for tab in self.connections(site, visitor):
            if tab is not but:
                tab.end(why)

    def connections(self, site: str, visitor: str) -> tuple[Connection, ...]:
        person = self._people.get((site, visitor))
        return () if person is None else tuple(person.connections)

    def everybody(self, site: str | None = None) -> Iterator[Connection]:
        """All connections (of a site), as they are at the time of the call."""
        for (of, _visitor), person in list(self._people.items()):
            if site is None or of == site:
                yield from tuple(person.connections)

    def online(self, site: str) -> list[Presence]:
        """Who is there: not who has the shop's pages open somewhere in the background."""
        found = []
        for (of, visitor), person in self._people.items():
            if of == site and person.connections and person.there:
                newest = person.connections[-1]
                found.append(Presence(visitor, person.since, newest.context, person.visible))
        return found

    def is_online(self, site: str, visitor: str) -> bool:
        person = self._people.get((site, visitor))
        return person is not None and person.there and bool(person.connections)

    def active(self, connection: Connection) -> None:
        """They wrote, typed or read: they are there, whatever their browser says of its page."""
        key = (connection.site, connection.visitor)
        person = self._people.get(key)
        if person is not None and connection in person.connections:
            self._come(connection, person)
            self._look(key, person)

    # Desks

    def open_stream(self, site: str) -> DeskStream:
        """The desk's stream; an older one of the site is `replaced`."""
        older = self._streams.get(site)
        if older is not None:
            older.replaced = True
            older.notify()
        stream = self._streams[site] = DeskStream()
        return stream

    def close_stream(self, site: str, stream: DeskStream) -> None:
        """It has ended, for whatever reason."""
        if self._streams.get(site) is stream:
            del self._streams[site]
            self._desk_seen[site] = asyncio.get_running_loop().time()

    def desk_gone_for(self, site: str) -> float | None:
        """Seconds since the desk's stream ended; None: it is open, or never was."""
        if site in self._streams or site not in self._desk_seen:
            return None
        return asyncio.get_running_loop().time() - self._desk_seen[site]

    def end_streams(self) -> None:
        """The relay ends."""
        for stream in self._streams.values():
            stream.closing = True
            stream.notify()

    def has_news(self, site: str) -> None:
        """A durable event of the site has been written."""
        stream = self._streams.get(site)
        if stream is not None:
            stream.notify()

    def signal(
        self,
        site: str,
        kind: Literal["online", "offline", "typing", "visit"],
        visitor: str,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell the desk, if it listens."""
        stream = self._streams.get(site)
        if stream is not None:
            stream.signals.append(Signal(kind, visitor, self._clock(), data or {}))
            stream.notify()

    # Inside

    def visited(self, connection: Connection) -> None:
        """Its `context` or `visible` has changed."""
        key = (connection.site, connection.visitor)
        person = self._people.get(key)
        if person is None:
            return
        if person.there:
            self.signal(connection.site, "visit", connection.visitor, self._visit(connection))
        self._look(key, person)

    def _look(self, key: tuple[str, str], person: _Person) -> None:
        """After any change of a visitor's pages: are they in front of one of them?"""
        if person.visible:
            if person.forgetting is not None:
                person.forgetting.cancel()
                person.forgetting = None
                person.seen = asyncio.get_running_loop().time()
            if not person.there:
                self._come(next(each for each in person.connections if each.visible), person)
        elif person.there and person.forgetting is None and person.connections:
            loop = asyncio.get_running_loop()
            person.seen = loop.time()
            person.forgetting = loop.call_later(UNSEEN, self._unseen, key)

    def _come(self, connection: Connection, person: _Person) -> None:
        person.seen = asyncio.get_running_loop().time()
        if not person.there:
            person.there, person.since = True, self._clock()
            self.signal(connection.site, "online", connection.visitor, self._visit(connection))

    def _unseen(self, key: tuple[str, str]) -> None:
        person = self._people.get(key)
        if person is None or person.forgetting is None:
            return
        loop = asyncio.get_running_loop()
        person.forgetting = None
        if not person.connections or person.visible:
            return  # they leave, or are there
        until = person.seen + UNSEEN
        if until > loop.time():  # they wrote meanwhile
            person.forgetting = loop.call_at(until, self._unseen, key)
            return
        person.there = False
        self.signal(key[0], "offline", key[1])

    @staticmethod
    def _visit(connection: Connection) -> dict[str, Any]:
        return {"visible": connection.visible, "context": connection.context.json()}

    def _left(self, key: tuple[str, str]) -> None:
        person = self._people.get(key)
        if person is not None and not person.connections:
            del self._people[key]
            if person.forgetting is not None:
                person.forgetting.cancel()
            if person.there:
                self.signal(key[0], "offline", key[1])
