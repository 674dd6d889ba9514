"""What the clock does to conversations: the snoozed wake when their time has come."""

from __future__ import annotations

from omnitui.desk import timers
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, until
from store.errors import StoreError


async def run_timers(desk: EngineDesk, pulse: Pulse) -> None:
    """Until cancelled."""
    beat = pulse.subscribe()
    while True:
        due = None
        try:
            due = await desk.read(timers.next_wake)
            if due is not None and due <= desk.now():
                woken = await desk.write(timers.wake_snoozed)
                if woken:
                    LOGGER.info("timers: %d snoozed conversations are open again", woken)
                due = await desk.read(timers.next_wake)
        except StoreError as error:
            LOGGER.warning("timers: %s", error)
            due = desk.now() + 5_000
        # A conversation that stays due (its waking failed) must not spin.
        if due is not None:
            due = max(due, desk.now() + 50)
        await until(beat, due, desk.now())
