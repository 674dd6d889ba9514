"""Tells customers whether somebody is there, and their place among those who wait."""

from __future__ import annotations

import asyncio

from connectors.contract import Attendance, Attends, ChannelError
from omnitui.desk.context import Desk
from omnitui.desk.visiting import attendance
from omnitui.engine.channel import Channel, Live
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER, trace
from omnitui.engine.pulse import Pulse, until
from store.errors import StoreError
from store.model import Account, Millis

EVERY = 60_000
"""Milliseconds: the channel forgets what it is not told again."""
LOOK_EVERY = 0.5
"""Seconds between two looks into the store, however much is written there."""
LIMIT = 20.0
RETRY = 2_000


class Attendant:
    """One account's; ends at once where the channel shows no such thing."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel
        self._told: Attendance | None = None
        self._told_at: Millis = 0
        self._to: Live | None = None
        self._failure = ""

    async def run(self) -> None:
        """Until cancelled."""
        name = f"attendance {self._channel.name}"
        async with self._channel.in_use() as connector:
            if not isinstance(connector, Attends):
                return
        beat = self._pulse.subscribe_commits(name)
        greeted = asyncio.Event()
        self._channel.visitors.greeted[:] = [beat, greeted]
        while True:
            if greeted.is_set():
                greeted.clear()
                self._told = None
            try:
                due_at = await self._round()
            except StoreError as error:
                LOGGER.debug("%s: %s", name, error)
                due_at = self._desk.now() + RETRY
            await asyncio.sleep(LOOK_EVERY)
            await until(beat, due_at, self._desk.now())

    async def _round(self) -> Millis:
        """Tell what is new; when to look again, should nothing be written."""
        account = self._channel.account
        assert account is not None  # registered before any loop is begun
        now = self._desk.now()
        current, changes_at = await self._desk.read(_current, account)
        stale = not 0 <= now - self._told_at < EVERY
        if current != self._told or stale or self._channel.live is not self._to:
            if not await self._tell(current):
                return now + RETRY
            self._told, self._told_at = current, now
        again = self._told_at + EVERY
        return again if changes_at is None else min(again, changes_at)

    async def _tell(self, current: Attendance) -> bool:
        live = self._channel.live
        if live is None or not isinstance(live.connector, Attends):
            return False
        try:
            async with asyncio.timeout(LIMIT):
                with live.used():
                    await live.connector.attend(current)
        except (ChannelError, TimeoutError) as error:
            self._say(str(error) or "it takes too long")
            return False
        except Exception as error:
            # Quarantined: told again, with what is so by then.
            self._say(trace(error))
            return False
        self._failure, self._to = "", live
        return True

    def _say(self, why: str) -> None:
        if why != self._failure:
            self._failure = why
            LOGGER.warning("%s: attendance: %s", self._channel.name, why)


def _current(desk: Desk, account: Account) -> tuple[Attendance, Millis | None]:
    return attendance.current(desk, account), attendance.next_change(desk)
