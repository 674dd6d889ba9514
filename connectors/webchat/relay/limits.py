"""How much one visitor, address and site may do: token buckets and counts, bounded in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from config.relay import RelayLimits
from connectors.webchat.relay.client_address import limit_key

MOST_KEYS = 100_000
"""Buckets of one kind that are remembered; one costs about 250 bytes."""

Clock = Callable[[], float]


class Buckets:
    """One token bucket for each key: `capacity` at once, refilled within `period` seconds.

    A bucket that is full again is as good as none and is forgotten; when there are too many,
    the one that was not asked for longest goes.
    """

    def __init__(
        self, capacity: float, period: float, clock: Clock = time.monotonic, most: int = MOST_KEYS
    ) -> None:
        self.capacity = float(capacity)
        self.rate = capacity / period
        self._clock = clock
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, key: str, cost: float = 1.0) -> float:
        """Seconds until `cost` can be taken; 0 when it can be now. Takes nothing.

        What costs more than a whole bucket can be taken from a full one.
        """
        missing = min(cost, self.capacity) - self._tokens(key, self._clock())
        return max(0.0, missing / self.rate)

    def take(self, key: str, cost: float = 1.0) -> float:
        """Take `cost`; 0 when it was there, else the seconds until it is, and nothing is taken."""
        now = self._clock()
        tokens = self._tokens(key, now)
        missing = min(cost, self.capacity) - tokens
        if missing > 0:
            return missing / self.rate
        self._left[key] = (tokens - cost, now)
        self._left.move_to_end(key)
        if len(self._left) > self._most:
            self._forget()
        return 0.0

    def _tokens(self, key: str, now: float) -> float:
        found = self._left.get(key)
        if found is None:
            return self.capacity
        tokens, at = found
        return min(self.capacity, tokens + (now - at) * self.rate)

    def _forget(self) -> None:
        """Full buckets from the old end, at least one bucket in any case."""
        now = self._clock()
        for number, key in enumerate(list(islice(self._left, 64))):
            if number and self._tokens(key, now) < self.capacity:
                return
            del self._left[key]


class Counts:
    """How many of something each key has open."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    def __getitem__(self, key: str) -> int:
        return self._open.get(key, 0)

    def enter(self, key: str, most: int) -> bool:
        """Count one more, unless there are `most` already."""
        if self[key] >= most:
            return False
        self._open[key] = self[key] + 1
        return True

    def leave(self, key: str) -> None:
        left = self[key] - 1
        if left > 0:
            self._open[key] = left
        else:
            self._open.pop(key, None)


class Limits:
    """Every limit of one relay. Answers are seconds to wait: 0 lets through, and only then counts.

    Addresses are given as they are; an IPv6 one counts as its /64.
    """

    def __init__(self, settings: RelayLimits, clock: Clock = time.monotonic) -> None:
        def minute(capacity: int) -> Buckets:
            return Buckets(capacity, 60.0, clock)

        def hour(capacity: int) -> Buckets:
            return Buckets(capacity, 3_600.0, clock)

        s = self.settings = settings
        self._attempts = minute(s.attempts_per_minute_per_address)
        self._requests = minute(s.requests_per_minute_per_address)
        self._frames = minute(s.frames_per_minute)
        self._messages = minute(s.messages_per_minute)
        self._messages_address = minute(s.messages_per_minute_per_address)
        self._messages_site = minute(s.messages_per_minute_per_site)
        self._text_address = hour(s.text_bytes_per_hour_per_address)
        self._newcomers = hour(s.visitors_per_hour_per_address)
        self._codes = hour(s.codes_per_hour_per_address)
        self._uploads = minute(s.uploads_per_minute)
        self._uploads_address = minute(s.uploads_per_minute_per_address)
        self._bytes = hour(s.upload_bytes_per_hour)
        self._bytes_address = hour(s.upload_bytes_per_hour_per_address)
        self._sites = Counts()
        self._addresses = Counts()
        self._visitors = Counts()

    # Rates

    def attempt(self, address: str) -> float:
        """A handshake, or a long poll that begins a session."""
        return self._attempts.take(limit_key(address))

    def request(self, address: str) -> float:
        """An HTTP request of a visitor."""
        return self._requests.take(limit_key(address))

    def frame(self, visitor: str, cost: float = 1.0) -> float:
        """Any frame of a visitor; one that makes much work costs as much as several."""
        return self._frames.take(visitor, cost)

    def message(
        self,
        site: str,
        visitor: str,
        address: str,
        *,
        size: int = 0,
        new: bool = False,
        code: bool = False,
    ) -> float:
        """A durable frame of `size` bytes: a message, a form, a wish. `new`: the visitor's first;
        `code`: it asks for a one-time code."""
        key = limit_key(address)
        wanted = [
            (self._messages, visitor, 1.0),
            (self._messages_address, key, 1.0),
            (self._messages_site, site, 1.0),
            (self._text_address, key, float(size)),
        ]
        if new:
            wanted.append((self._newcomers, key, 1.0))
        if code:
            wanted.append((self._codes, key, 1.0))
        return _take_all(*wanted)

    def upload(self, visitor: str, address: str) -> float:
        """One more file."""
        key = limit_key(address)
        return _take_all((self._uploads, visitor, 1.0), (self._uploads_address, key, 1.0))

    def uploaded(self, visitor: str, address: str, size: int) -> float:
        """`size` bytes of files."""
        key = limit_key(address)
        return _take_all(
            (self._bytes, visitor, float(size)), (self._bytes_address, key, float(size))
        )

    # Open connections

    def connect(self, site: str, address: str) -> bool:
        """Count one more open connection, unless site or address has as many as it may."""
        key = limit_key(address)
        if not self._sites.enter(site, self.settings.connections_per_site):
            return False
        if not self._addresses.enter(key, self.settings.connections_per_address):
            self._sites.leave(site)
            return False
        return True

    def disconnect(self, site: str, address: str) -> None:
        self._sites.leave(site)
        self._addresses.leave(limit_key(address))

    @contextmanager
    def connection(self, site: str, address: str) -> Iterator[bool]:
        """`connect` for as long as the block runs; False when there is one too many."""
        counted = self.connect(site, address)
        try:
            yield counted
        finally:
            if counted:
                self.disconnect(site, address)

    def enter(self, visitor: str) -> bool:
        """Count one more connection of a visitor, unless they have as many as they may."""
        return self._visitors.enter(visitor, self.settings.connections_per_visitor)

    def leave(self, visitor: str) -> None:
        self._visitors.leave(visitor)


def _take_all(*wanted: tuple[Buckets, str, float]) -> float:
    """Take from all of these buckets or from none."""
    seconds = max(buckets.wait(key, cost) for buckets, key, cost in wanted)
    if seconds > 0:
        return seconds
    for buckets, key, cost in wanted:
        buckets.take(key, cost)
    return 0.0
