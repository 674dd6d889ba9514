"""What the clock does to conversations: the snoozed wake when their time has come, and what was
begun and left empty goes. What waits for a clock that was set back waits no longer."""

from __future__ import annotations

from omnitui.desk import timers
from omnitui.desk.replying import composing
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, until
from store.errors import StoreError
from store.model import Millis


class Timers:
    """Sleeps until the next of them is due, or the store changes."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe("timers")
        while True:
            try:
                due = await self._wake()
            except StoreError as error:
                LOGGER.warning("timers: %s", error)
                due = self._desk.now() + 5_000
            # A conversation that stays due (its waking failed) must not spin.
            if due is not None:
                due = max(due, self._desk.now() + 50)
            await until(beat, due, self._desk.now())

    async def _wake(self) -> Millis | None:
        """Wake whose time has come; when the next one's comes."""
        if await self._desk.read(composing.left):
            await self._desk.write(composing.sweep)
        if await self._desk.read(timers.waits_for_clock):
            n = await self._desk.write(timers.wait_no_longer)
            LOGGER.warning("timers: the clock was set back; %d that waited for it go now", n)
        due = await self._desk.read(timers.next_wake)
        if due is None or due > self._desk.now():
            return due
        woken = await self._desk.write(timers.wake_snoozed)
        LOGGER.info("timers: %d snoozed conversations are open again", woken)
        return await self._desk.read(timers.next_wake)
