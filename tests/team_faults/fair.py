"""When nothing kept anybody from writing into the store."""

from __future__ import annotations

import itertools
import threading
import time


class Fair:
    """Moments are of `time.monotonic()`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._foul: dict[int, tuple[float, float | None]] = {}
        """From when to when something was wrong; None: it still is."""
        self._numbers = itertools.count()

    def spoils(self, since: float | None = None) -> int:
        """Something is wrong from now on, or since it was last looked; a number for it."""
        with self._lock:
            number = next(self._numbers)
            self._foul[number] = (time.monotonic() if since is None else since, None)
            return number

    def clears(self, number: int) -> None:
        with self._lock:
            self._foul[number] = (self._foul[number][0], time.monotonic())

    def longest(self, since: float, until: float) -> tuple[float, bool]:
        """Seconds that it was fair without a break between two moments, at most; and whether
        something had been wrong before that."""
        with self._lock:
            foul = sorted((begun, ended or until) for begun, ended in self._foul.values())
        best, at, broken = (0.0, False), since, False
        for begun, ended in [*foul, (until, until)]:
            if ended < since:
                continue
            best = max(best, (min(begun, until) - at, broken))
            at, broken = max(at, ended), True
        return best
