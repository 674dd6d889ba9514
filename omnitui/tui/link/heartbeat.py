"""Says in the store that this screen is open, what stands on it and when a key was last touched."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from omnitui.desk.visiting.liveness import name_of_this
from store.clock import now
from store.errors import StoreError
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
PATIENCE = 2.0
"""Seconds that leaving waits for the store: a screen that fell silent is forgotten anyway."""


class Heartbeat:
    """One for each screen. It only ever waits in a task of its own."""

    def __init__(
        self,
        link: DeskLink,
        shown: Callable[[], ConversationId | None],
        begun: Callable[[], None] = lambda: None,
        clock: Callable[[], Millis] = now,
    ) -> None:
        """`shown`: the conversation that stands on the screen. `begun` is told when the store
        knows of the screen."""
        self._link = link
        self._shown = shown
        self._begun = begun
        self._clock = clock
        self.name = name_of_this()
        self._active_at = clock()
        self._told: tuple[Millis, Millis, ConversationId | None] | None = None
        """When it was told last, and what."""
        self._ended = False

    @property
    def active_at(self) -> Millis:
        """When a key was last pressed here."""
        return self._active_at

    def touched(self) -> None:
        """A key was pressed."""
        self._active_at = self._clock()

    async def run(self) -> None:
        """Until cancelled. A store that does not take it is asked again with the next beat."""
        while not self._ended:
            shown = self._shown()
            if self._due(shown):
                with contextlib.suppress(StoreError):
                    await self._beat(shown)
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
        at, active_at, before = self._told
        return (
            shown != before
            or self._clock() - at >= EVERY * 1000
            or self._active_at - active_at >= BACK
        )

    async def _beat(self, shown: ConversationId | None) -> None:
        first = self._told is None
        self._told = (self._clock(), self._active_at, shown)
        await self._link.beat(self.name, self._active_at, shown)
        if first:
            self._begun()
