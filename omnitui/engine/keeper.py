"""Keeps the engine's loops going: a mistake of ours in one must not end the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from omnitui.engine.log import failure

PAUSE = 5.0


async def keep(name: str, run: Callable[[], Awaitable[None]], pause: float = PAUSE) -> None:
    """Run until it ends by itself; after an unexpected error again, `pause` seconds later."""
    while True:
        try:
            # In a task of its own, for what is asked below to be about this one alone.
            return await asyncio.create_task(_running(run), name=f"{name} running")
        except Exception as error:
            # Quarantined: what the loop was about is still in the store.
            failure(name, error)
            if (task := asyncio.current_task()) is not None and task.cancelling():
                # A TaskGroup in which something failed at that moment raises that alone.
                raise asyncio.CancelledError from error
        await asyncio.sleep(pause)


async def _running(run: Callable[[], Awaitable[None]]) -> None:
    await run()
