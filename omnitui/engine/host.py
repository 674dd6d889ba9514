"""Writes down which visitors are there, a few times a second at most, and tells who has left."""

from __future__ import annotations

import asyncio
import contextlib

from omnitui.desk.context import Desk
from omnitui.desk.visiting import visits
from omnitui.engine.channel import Channel
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse
from omnitui.engine.visitors import Signalled
from store import visits as store_visits
from store.errors import StoreError
from store.model import Account, Millis

EVERY = 0.5
"""Seconds between two writes of who came, went and turned a page."""
URGENT = 0.15
"""The same where somebody types."""
RETRY = 5.0


class Host:
    """One account's."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._visitors = channel.visitors
        self._channel = channel
        self._visitors.nobody()  # who was there when an engine ended before this one is not now

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            due_at = await self._round()
            await self._until(due_at)

    async def _round(self) -> Millis | None:
        """Write what was signalled; when somebody has left next."""
        account, taken = self._channel.account, self._visitors.take()
        assert account is not None
        try:
            if taken.anything:
                return await self._desk.write(_write, account, taken)
            due_at = await self._desk.read(_next_left, account)
            if due_at is not None and due_at <= self._desk.now():
                due_at = await self._desk.write(visits.tell_who_left, account)
        except StoreError as error:
            LOGGER.debug("%s: visitors: %s", account.name, error)
            self._visitors.put_back(taken)
            await asyncio.sleep(RETRY)
            return None
        return due_at

    async def _until(self, due_at: Millis | None) -> None:
        """Wait for something to write, and a moment longer for more of it."""
        await asyncio.sleep(URGENT)
        seconds = None if due_at is None else max(0.0, (due_at - self._desk.now()) / 1000)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._visitors.news.wait()
        if not self._visitors.news.is_set():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await self._visitors.urgent.wait()


def _write(desk: Desk, account: Account, taken: Signalled) -> Millis | None:
    if taken.everybody is not None:
        visits.present(desk, account, taken.everybody)
    visits.take(desk, account, taken.signals)
    return visits.tell_who_left(desk, account)


def _next_left(desk: Desk, account: Account) -> Millis | None:
    return store_visits.next_left(desk.db, account.id)
