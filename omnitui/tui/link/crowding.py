"""How crowded the machine is, as this screen feels it.

Twenty screens that follow a storm of messages as closely as each could alone take all processors
between them, and every key waits for its turn. Each knows nothing of the others, but the kernel
counts how long it has waited for a processor while it had something to do.
"""

from __future__ import annotations

from pathlib import Path
from time import monotonic

COUNTED = Path("/proc/self/schedstat")
"""Of the first thread, which draws: nanoseconds that it ran and that it waited to run, and a number
of slices (proc(5), Linux). Where it is not there nothing counts as crowded."""
EVERY = 1.0
"""Seconds between two looks."""
KEPT = 0.5
"""What the looks before count for, each time."""
USUAL = 0.1
"""Share of waiting that is no crowd yet."""
STEEP = 15.0
MOST = 12.0
"""Times as long as usual is waited at most."""


class Crowding:
    """One for each screen."""

    def __init__(self, counted: Path = COUNTED) -> None:
        self._counted = counted
        self._share = 0.0
        self._at = monotonic()
        self._ran, self._waited = self._look()

    @property
    def factor(self) -> float:
        """Times as long as usual one rests before the next work that nobody has asked for by a key:
        1 on a machine with nothing else to do."""
        if monotonic() - self._at >= EVERY:
            self._at = monotonic()
            ran, waited = self._look()
            wanted = ran - self._ran + waited - self._waited
            share = (waited - self._waited) / wanted if wanted > 0 else 0.0
            self._share = KEPT * self._share + (1 - KEPT) * share
            self._ran, self._waited = ran, waited
        return min(MOST, 1 + STEEP * max(0.0, self._share - USUAL))

    def _look(self) -> tuple[int, int]:
        try:
            ran, waited, *_slices = self._counted.read_text("ascii").split()
            return int(ran), int(waited)
        except (OSError, ValueError):
            return 0, 0
