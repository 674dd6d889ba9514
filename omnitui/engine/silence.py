"""Keeps the list of conversations whose customers wait for an assignee who is not there."""

from __future__ import annotations

import asyncio

from omnitui.desk.together import silence
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, until
from store.errors import StoreError
from store.model import Millis

REST = 2.0
"""Seconds between two looks at least: every commit may have changed who is there."""


class Silence:
    """The desk's one; does nothing without `[team] reclaim_after`."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe_commits("silence")
        while True:
            due_at: Millis | None = None
            try:
                if await self._desk.read(silence.differs):
                    await self._desk.write(silence.update)
                due_at = await self._desk.read(silence.next_change)
            except StoreError as error:
                LOGGER.warning("silence: %s", error)
            await asyncio.sleep(REST)
            await until(beat, due_at, self._desk.now())
            beat.clear()
