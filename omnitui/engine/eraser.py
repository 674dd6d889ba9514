"""Finishes erasing: takes away, a little at a time, what is left of customers who were cut off,
then their words in index and files. Whoever began it may be gone since.

Once an hour it also looks what the rules of [retention] have for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from omnitui.desk.context import Desk
from omnitui.desk.data_rights import erasing, retention
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, until
from store import contents, sweeping
from store import erasing as store_erasing
from store.erasing import Erasure
from store.errors import StoreError
from store.model import Millis

PAUSE = 0.02
"""Seconds between two steps."""
AGAIN = 5_000
"""Milliseconds until the log is cut off, if somebody reads in it now."""
EVERY = 3_600_000
"""Milliseconds between two looks at the rules."""


class Eraser:
    """The desk's one."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse
        self._rules_due: Millis = 0

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe("erasing")
        while True:
            try:
                due_at = await self._round()
            except (StoreError, OSError) as error:
                LOGGER.warning("erasing: %s", error)
                due_at = self._desk.now() + AGAIN
            await until(beat, due_at, self._desk.now())

    async def _round(self) -> Millis | None:
        """When there is something to do again; None: not before anything changes."""
        rules = self._desk.config.retention
        if rules.anything and self._desk.now() >= self._rules_due:
            await self._apply_rules()
            self._rules_due = self._desk.now() + EVERY
        due_at = self._rules_due if rules.anything else None
        left = await self._desk.read(_unfinished)
        for one in left:
            if one.emptied_at is None:
                await self._empty(one)
        doomed = await self._desk.read(_files)
        if (left or doomed) and not await self._sweep():
            return self._desk.now() + AGAIN
        return due_at

    async def _apply_rules(self) -> None:
        rules = retention.Run()
        await _in_steps(self._desk, rules.step)
        if rules.done.anything:
            LOGGER.info("retention: %s", rules.done)

    async def _empty(self, one: Erasure) -> None:
        steps = erasing.Steps(one.customer_id)
        await _in_steps(self._desk, steps.step)
        LOGGER.info("erasing: customer %d is erased", one.customer_id)

    async def _sweep(self) -> bool:
        """False: somebody reads what the log still holds."""
        begun, sweep = self._desk.now(), erasing.Sweep()
        await _in_steps(self._desk, sweep.step)
        for last in (sweeping.compact, sweeping.empty_log):
            if not await self._desk.store.maintain(last):
                return False
        await self._desk.write(erasing.swept, begun)
        return True


async def _in_steps(desk: EngineDesk, step: Callable[[Desk], bool]) -> None:
    """Each in a transaction of its own, until there is no more to do."""
    more = True
    while more:
        more = await desk.write(step)
        await asyncio.sleep(PAUSE)  # in which others commit


def _unfinished(desk: Desk) -> list[Erasure]:
    return store_erasing.unfinished(desk.db)


def _files(desk: Desk) -> bool:
    return bool(contents.doomed(desk.db, 1))
