"""Work that keys, and whoever listens from outside, wait for; not while it asks the agent.

Keys are those of `KeyGate`, who listens is a `Heard`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from omnitui.tui.keys.heard import Heard
from omnitui.tui.keys.key_gate import KeyGate


class Hold:
    """One piece of such work, from its beginning to its end."""

    def __init__(self, gate: KeyGate, heard: Heard | None) -> None:
        self._gate = gate
        self._heard = heard
        self.taken = False

    def take(self) -> None:
        self.taken = True
        self._gate.close()
        if self._heard is not None:
            self._heard.begin()

    def let_go(self) -> None:
        self.taken = False
        self._gate.open()
        if self._heard is not None:
            self._heard.end()


HOLD: ContextVar[Hold | None] = ContextVar("HOLD", default=None)
"""What the work that runs here holds."""


@contextlib.contextmanager
def lent() -> Iterator[None]:
    """Keys are for what is asked within, and who listens goes on; the work gets them back."""
    hold = HOLD.get()
    if hold is None or not hold.taken:
        yield
        return
    hold.let_go()
    try:
        yield
    finally:
        hold.take()
