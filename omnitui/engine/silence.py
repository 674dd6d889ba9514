"""Keeps the list of conversations whose customers wait for an assignee who is not there."""

from __future__ import annotations

from omnitui.desk.together import silence
from omnitui.engine.desk import EngineDesk
from omnitui.engine.pulse import Pulse, rounds
from store.model import Millis

REST = 2.0
"""Seconds between two looks at least: every commit may have changed who is there."""
AGAIN: Millis = 5_000
"""Milliseconds after which a store that gave no answer is asked again."""


class Silence:
    """The desk's one; does nothing without `[team] reclaim_after`."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe_commits("silence")
        await rounds(self._desk, beat, "silence", self._round, AGAIN, REST)

    async def _round(self) -> Millis | None:
        """When somebody falls silent, should nobody do anything."""
        if await self._desk.read(silence.differs):
            await self._desk.write(silence.update)
        return await self._desk.read(silence.next_change)
