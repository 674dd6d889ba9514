"""Takes screens off the list whose process is gone: a colleague who is not there is not shown as
looking, and customers are not told that somebody is."""

from __future__ import annotations

import asyncio

from omnitui.desk.visiting import presence
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, until
from store.errors import StoreError
from store.model import Millis

EVERY: Millis = 2_000
"""Milliseconds between two looks, while there are screens."""


class Reaper:
    """The desk's one."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe_commits("reaper")
        while True:
            screens = None
            try:
                screens = await self._desk.read(presence.here)
                if dead := await asyncio.to_thread(presence.dead, screens):
                    await self._desk.write(presence.lose, dead)
                    LOGGER.info("presence: %d screens ended without a word", len(dead))
            except StoreError as error:
                LOGGER.warning("presence: %s", error)
            if screens:
                await asyncio.sleep(EVERY / 1000)
                beat.clear()
            else:
                await until(beat, None, self._desk.now())
