"""Seals the event log (`store.audit`), and writes each block's digest where agents cannot."""

from __future__ import annotations

import asyncio
import logging

from omnitui.desk.context import Desk
from omnitui.engine import anchor
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, rounds
from store import audit
from store.audit import Block
from store.errors import is_shortage
from store.model import Millis

EVERY: Millis = 10_000
"""Milliseconds between two blocks, while not more happens than goes into one."""
AGAIN: Millis = 5_000
"""Milliseconds after a round for which the store had no answer."""
SPOKEN_EVERY: Millis = 3_600_000
"""Milliseconds: so often the newest digest goes into the log, which is kept by another."""


class Auditor:
    """The desk's one."""

    def __init__(self, desk: EngineDesk, pulse: Pulse) -> None:
        self._desk = desk
        self._pulse = pulse
        self._path = anchor.path_in(desk.config.home.state)
        self._due: Millis = 0
        self._spoken: Millis = 0
        self._failed = ""

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe("audit")
        await self._compare()
        await rounds(self._desk, beat, "audit", self._round, AGAIN)

    async def _compare(self) -> None:
        anchors = await asyncio.to_thread(self._read)
        if await self._desk.read(lambda desk: anchor.differs(desk.db, anchors)):
            LOGGER.error(
                "audit: the event log is not as it was sealed; “omnitui audit verify” tells more"
            )

    def _read(self) -> dict[int, bytes]:
        try:
            return anchor.read(self._path)
        except OSError as error:
            if is_shortage(error):
                raise  # it passes, and this has to be looked at
            LOGGER.error("audit: %s cannot be read: %s", self._path, error.strerror)
            return {}

    async def _round(self) -> Millis | None:
        """When to look again; None: not before something happens."""
        now = self._desk.now()
        if now < self._due <= now + EVERY:  # a clock that was set back must not stop it
            return self._due
        sealed = await self._desk.write(_seal)
        if sealed is None:
            return None
        await asyncio.to_thread(self._anchor, sealed)
        if not 0 <= now - self._spoken < SPOKEN_EVERY:
            self._spoken = now
            LOGGER.info("audit: sealed up to event %d: %s", sealed.upto, sealed.digest.hex())
        # A whole block: there is more, of an import or of the time before.
        self._due = now + EVERY if sealed.events < audit.BLOCK else now
        return self._due

    def _anchor(self, block: Block) -> None:
        try:
            anchor.write(self._path, block)
            self._failed = ""
        except OSError as error:
            # The chain goes on; the next block's line speaks for this one, too.
            if (why := str(error.strerror)) != self._failed:
                level = logging.WARNING if is_shortage(error) else logging.ERROR
                LOGGER.log(level, "audit: %s cannot be written: %s", self._path, why)
            self._failed = why


def _seal(desk: Desk) -> Block | None:
    return audit.seal(desk.db, desk.now())
