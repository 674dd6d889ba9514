"""Keys in the order they were pressed, also when a command takes a moment.

`J r hello` typed at once over a slow link arrives as one batch. The text must land in the
box that `r` opens for the conversation that `J` finds, so keys wait while a command that
moves the eye is under way. So does what was pasted between them. What has waited for `LONGEST` is
given back instead of delivered: in the list, the letters of a reply are commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.events import Key, Paste

LONGEST = 10.0
"""Seconds after which keys go on whatever happens. On a machine that has more to do than it can, a
command took more than four."""


Typed = Key | Paste


class KeyGate:
    """Open: keys pass. Closed, as at first: they queue. All on one event loop."""

    def __init__(
        self,
        deliver: Callable[[Typed], Awaitable[None]],
        soon: Callable[[Callable[[], Awaitable[None]]], object],
        dropped: Callable[[str], object],
    ) -> None:
        """`deliver` handles one key; `soon` calls a function in the loop that delivers keys;
        `dropped` is told the text of keys that waited for too long and go nowhere."""
        self._deliver = deliver
        self._soon = soon
        self._dropped = dropped
        self._held: list[Typed] = []
        self._closed = 1
        """So many `open`s are still due, the first when the screen stands."""
        self._timer: asyncio.TimerHandle | None = None

    def takes(self, key: Typed) -> bool:
        """True when the key has to wait; it is delivered later."""
        if self._closed or self._held:
            self._held.append(key)
            return True
        return False

    def close(self) -> None:
        """Hold keys until `open`."""
        self._closed += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST, self._give_up)

    def open(self) -> None:
        """Undo one `close`; keys go on when none is left."""
        if self._closed:
            self._closed -= 1
            if not self._closed:
                self._release()

    def _give_up(self) -> None:
        self._timer = None
        self._closed = 0
        held, self._held = self._held, []
        if held:
            self._dropped("".join(_text(key) for key in held))

    def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            self._soon(self._replay)

    async def _replay(self) -> None:
        while self._held and not self._closed:
            key = self._held[0]
            await self._deliver(key)
            if self._held and self._held[0] is key:  # else given up meanwhile
                self._held.pop(0)


def _text(key: Typed) -> str:
    if isinstance(key, Paste):
        return key.text
    return key.character if key.is_printable and key.character else ""
