"""Wakes the engine's loops when somebody changed the store: an agent's reply, a snooze."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER, failure, name_of
from store.errors import StoreError
from store.feed import ChangeFeed
from store.model import Millis

# Timers are wall-clock times: a machine that slept, or whose clock was set, is noticed so.
LONGEST_SLEEP = 30.0
FEED_RETRY = 1.0
REST, LONGEST_REST = 0.02, 0.1
"""Seconds between two wakes: the first is at once, and the more there are without a pause, the
longer it is until the next, since each has dozens of loops ask the store."""


class Pulse:
    """Fans the change feed out to the loops that wait for work."""

    def __init__(self, desk: EngineDesk) -> None:
        self._desk = desk
        self._beats: dict[str, asyncio.Event] = {}
        self._commits: dict[str, asyncio.Event] = {}

    def subscribe(self, name: str) -> asyncio.Event:
        """An event that is set at every change that the event log tells; the one loop that waits
        for it clears it."""
        return self._beats.setdefault(name, asyncio.Event())

    def subscribe_commits(self, name: str) -> asyncio.Event:
        """The same at every change there is."""
        return self._commits.setdefault(name, asyncio.Event())

    def wake(self) -> None:
        for beat in self._beats.values():
            beat.set()

    def committed(self) -> None:
        for beat in self._commits.values():
            beat.set()

    async def run(self) -> None:
        """Follow the feed until cancelled. Without a feed the loops still wake by the clock."""
        told = ""
        rest, rested = REST, 0.0
        while True:
            try:
                async with ChangeFeed(
                    self._desk.store.path, self._desk.store, committed=self.committed
                ) as feed:
                    async for _events in feed:
                        self.wake()
                        waited = monotonic() - rested
                        rest = REST if waited > REST else min(rest * 1.5, LONGEST_REST)
                        await asyncio.sleep(rest)
                        rested = monotonic()
            except Exception as error:
                # Quarantined: replies then leave a second late instead of not at all.
                if (where := name_of(error)) != told:
                    failure("change feed", error)
                    told = where
            await asyncio.sleep(FEED_RETRY)
            self.wake()
            self.committed()


async def rounds(
    desk: EngineDesk,
    beat: asyncio.Event,
    name: str,
    one: Callable[[], Awaitable[Millis | None]],
    again: Millis,
    rest: float = 0.0,
) -> None:
    """Go round at each `beat`, and when a round says that it is due next, until cancelled.

    Args:
        name: what the log calls it.
        one: a round; when the next one is due (UTC ms), None: not by the clock.
        again: milliseconds after a round that the store had no answer for.
        rest: seconds between two rounds at least, whatever is due.
    """
    while True:
        try:
            due_at = await one()
        except StoreError as error:
            LOGGER.warning("%s: %s", name, error)
            due_at = desk.now() + again
        if rest:
            await asyncio.sleep(rest)
        await until(beat, due_at, desk.now())


async def until(beat: asyncio.Event, due_at: int | None, now: int) -> None:
    """Wait for `beat` or for `due_at` (UTC ms), at most `LONGEST_SLEEP` seconds."""
    seconds = LONGEST_SLEEP
    if due_at is not None:
        seconds = min(seconds, max(0.0, (due_at - now) / 1000))
    try:
        async with asyncio.timeout(seconds):
            await beat.wait()
    except TimeoutError:
        return
    beat.clear()
