"""Failures of a channel that works, which pass before anybody need hear of them."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import Deferred, Unreachable


class Hiccups:
    """Counts failures in a row. That a channel does not work from the start is told at once."""

    def __init__(self, pauses: Sequence[float]) -> None:
        """`pauses`: seconds to wait after the first failures of what works; the one behind them
        is told."""
        self._pauses = pauses
        self._stumbled = len(pauses)

    def works(self) -> None:
        """What fails from now on is a hiccup at first."""
        self._stumbled = 0

    def pause(self, error: Unreachable | Deferred) -> float | None:
        """Seconds until the next try; None: this is no hiccup any more, or the server wants more
        time than one lasts."""
        asked = error.retry_after if isinstance(error, Deferred) else None
        if self._stumbled >= len(self._pauses) or (asked or 0.0) > self._pauses[-1]:
            return None
        pause = max(self._pauses[self._stumbled], asked or 0.0)
        self._stumbled += 1
        return pause
