"""The wall clock in the store's unit."""

from __future__ import annotations

import time

from store.model import Millis


def now() -> Millis:
    """UTC milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
