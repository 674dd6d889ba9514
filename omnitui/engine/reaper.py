"""Takes screens off the list whose process is gone: a colleague who is not there is not shown as
looking, and customers are not told that somebody is."""

from __future__ import annotations

import asyncio

from omnitui.desk.visiting import presence
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, rounds
from store.model import Millis

EVERY: Millis = 2_000
"""Milliseconds between two looks, while there are screens."""
AGAIN: Millis = 5_000
"""Milliseconds after which a store that gave no answer is asked again."""


class Reaper:
    """The desk's one."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe_commits("reaper")
        await rounds(self._desk, beat, "presence", self._round, AGAIN, EVERY / 1000)

    async def _round(self) -> Millis | None:
        """When to look again; None: not before anything changes."""
        screens = await self._desk.read(presence.here)
        if dead := await asyncio.to_thread(presence.dead, screens):
            await self._desk.write(presence.lose, dead)
            LOGGER.info("presence: %d screens ended without a word", len(dead))
        return self._desk.now() if screens else None
