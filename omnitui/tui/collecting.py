"""Python's collector of garbage, which stops everything while it looks, kept off the keys.

An overlay is a thousand objects that refer to one another: looked at too seldom, a screen grows by
what is long gone. But a full look costs a screen that has been worked at 30 to 50 ms, and Python
begins it in the midst of whatever makes objects, that is of what a key has asked for.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from time import monotonic

YOUNG = 2000
"""New objects after which the collector looks at those alone, whatever is done: 1 ms."""
SOON = 5
"""Such looks after which it looks, between keys, at what has outlived one (5 ms)."""
LATE = 25
"""The same where keys leave no time for that: by Python itself."""
WHOLE = 2
"""Looks at those after which everything is looked at, at rest."""
WHOLE_LATE = 50
BETWEEN = 0.15
"""Seconds without a key after which what that has asked for is done."""
REST = 0.5
"""The same after which none is expected at once."""
EVERY = 1.0
"""Seconds between two questions whether it is time."""
WHOLE_EVERY = 10.0
"""Seconds between two looks at everything, at least."""
AT_LEAST = 30.0
"""Seconds after which the short pause between two keys must do for that."""


def set_aside() -> None:
    """Keep the collector off all that there is by now: it stays anyway."""
    gc.collect()
    gc.freeze()
    gc.collect()  # where Python looks by itself: when a quarter was added to what it found now
    gc.set_threshold(YOUNG, LATE, WHOLE_LATE)


async def collect_at_rest(hands_on: Callable[[float], float]) -> None:
    """Until cancelled. `hands_on`: seconds until no key has come for so many; 0 and less when that
    is so."""
    whole_at, pause = monotonic(), EVERY
    while True:
        await asyncio.sleep(pause)
        pause = EVERY
        _young, middle, old = gc.get_count()
        since = monotonic() - whole_at
        if old >= WHOLE and since >= WHOLE_EVERY:
            left = hands_on(REST if since < AT_LEAST else BETWEEN)
            if left <= 0:
                gc.collect()
                whole_at = monotonic()
                continue
            pause = min(left, EVERY)
        if middle >= SOON and hands_on(BETWEEN) <= 0:
            gc.collect(1)
