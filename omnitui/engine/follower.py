"""Sends after customers by mail what they did not see in a chat, once they have been gone for a
while: by the clock, and whenever something is written into the store."""

from __future__ import annotations

import asyncio

from omnitui.desk import follow_ups, one_time_codes
from omnitui.desk.context import Desk
from omnitui.desk.follow_ups import Look
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, until
from omnitui.engine.supervisor import Supervisor
from store import one_time_codes as store_codes
from store.errors import StoreError
from store.model import Millis

LOOK_EVERY = 0.5
"""Seconds between two looks into the store, however much is written there."""


class Follower:
    """One for all accounts."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channels: Supervisor) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channels = channels

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe_commits("following up")
        while True:
            try:
                due_at = await self._round()
            except StoreError as error:
                LOGGER.warning("following up: %s", error)
                due_at = self._desk.now() + 5_000
            await asyncio.sleep(LOOK_EVERY)
            await until(beat, due_at, self._desk.now())

    async def _round(self) -> Millis | None:
        """Do what is to be done; when to look again."""
        names, settled_in = self._known()
        found, overdue_at = await self._desk.read(_look, names)
        if overdue_at is not None and overdue_at <= self._desk.now():
            await self._desk.write(one_time_codes.withdraw_overdue)
        if found.now:
            queued = await self._desk.write(follow_ups.go_after, names)
            for message_id in queued:
                LOGGER.info("following up: message %d goes after a customer", message_id)
            found, overdue_at = await self._desk.read(_look, names)
        times = [at for at in (found.due_at, overdue_at) if at is not None]
        if settled_in is not None:
            times.append(self._desk.now() + int(settled_in * 1000) + 50)
        return min(times, default=None)

    def _known(self) -> tuple[list[str], float | None]:
        """The accounts of which it is known who is there, and in how many seconds it will be of
        another: after a connection was made, what happened before is still being told."""
        settle = self._desk.pace.follow_up_settle
        online = {channel.name: channel.online_for for channel in self._channels}
        waiting = [settle - seconds for seconds in online.values() if 0 < seconds < settle]
        known = [name for name, seconds in online.items() if seconds >= settle]
        return known, min(waiting, default=None)


def _look(desk: Desk, names: list[str]) -> tuple[Look, Millis | None]:
    return follow_ups.look(desk, names), store_codes.next_overdue(desk.db)
