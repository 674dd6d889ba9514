"""Says in the store that this screen is open, what stands on it and when a key was last touched."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from omnitui.desk.visiting.liveness import name_of_this
from store.clock import now
from store.errors import StoreError, StoreMoved, StoreTooNew, StoreWritable
from store.model import ConversationId, Millis

if TYPE_CHECKING:
    from omnitui.tui.link.desk_link import DeskLink

EVERY = 20.0
"""Seconds between beats (omnitui.desk.visiting.presence.EVERY)."""
LOOK = 0.5
"""Seconds between looks at what stands on the screen: whoever flies through the inbox looks at
nothing."""
BACK = 60_000
"""Milliseconds without a key after which the next one is told at once."""
SET: Millis = 10_000
"""Milliseconds by which the clock must be set for that to be told at once."""
OUTDATED = (StoreMoved, StoreTooNew, StoreWritable)
"""Only a screen that is opened anew can work on the store: whoever only reads would not notice."""
PATIENCE = 2.0
"""Seconds that leaving waits for the store: a screen that fell silent is forgotten anyway."""


class Heartbeat:
    """One for each screen. It only ever waits in a task of its own."""

    def __init__(
        self,
        link: DeskLink,
        shown: Callable[[], ConversationId | None],
        begun: Callable[[], None] = lambda: None,
        outdated: Callable[[str], None] = lambda _why: None,
        clock: Callable[[], Millis] = now,
        running: Callable[[], float] | None = None,
    ) -> None:
        """`shown`: the conversation that stands on the screen. `begun` is told when the store
        knows of the screen, `outdated` at every beat from then on why the screen has to be opened
        anew. `running` counts seconds, whatever is done to the `clock`: nobody falls silent, or is
        never idle again, because that was set."""
        self._link = link
        self._shown = shown
        self._begun = begun
        self._outdated = outdated
        self._clock = clock
        self.name = name_of_this()
        self._running = running or _running
        self._touched = self._running()
        self._told: tuple[float, float, ConversationId | None] | None = None
        """When it was told last, and what, in seconds of `running`."""
        self._ahead = 0
        """By how many milliseconds the clock was ahead of `running` then."""
        self._ended = False

    @property
    def active_at(self) -> Millis:
        """When a key was last pressed here."""
        return self._clock() - round((self._running() - self._touched) * 1000)

    def touched(self) -> None:
        """A key was pressed."""
        self._touched = self._running()

    async def run(self) -> None:
        """Until cancelled. A store that does not take it is asked again with the next beat."""
        while not self._ended:
            shown = self._shown()
            if self._due(shown):
                try:
                    await self._beat(shown)
                except OUTDATED as error:
                    self._outdated(str(error))
                except StoreError:
                    pass
            await asyncio.sleep(LOOK)

    async def end(self) -> None:
        """The screen closes: nobody has to wait until it is forgotten."""
        told, self._told, self._ended = self._told, None, True
        if told is not None:
            with contextlib.suppress(StoreError, TimeoutError):
                await asyncio.wait_for(self._link.leave(self.name), PATIENCE)

    def _due(self, shown: ConversationId | None) -> bool:
        if self._told is None:
            return True
        at, touched, before = self._told
        return (
            shown != before
            or self._running() - at >= EVERY
            or self._touched - touched >= BACK / 1000
            or abs(self._clock() - round(self._running() * 1000) - self._ahead) >= SET
        )

    async def _beat(self, shown: ConversationId | None) -> None:
        first = self._told is None
        self._told = (self._running(), self._touched, shown)
        self._ahead = self._clock() - round(self._running() * 1000)
        await self._link.beat(self.name, self.active_at, shown)
        if first:
            self._begun()


def _running() -> float:
    """Seconds, those that the machine slept too (clock_gettime(2))."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
