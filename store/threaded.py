"""aiosqlite, for whole functions: one thread hop for a batch of work, not one a row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from store.driver import Connection  # chooses the SQLite before aiosqlite imports it

import aiosqlite  # isort: skip

T = TypeVar("T")


class Threaded(aiosqlite.Connection):
    """A connection in a thread of its own. `Threaded.open` opens it there."""

    def __init__(self, connector: Callable[[], Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)

    @classmethod
    async def open(cls, connector: Callable[[], Connection]) -> Threaded:
        """Raises what `connector` raises."""
        # Not by aiosqlite's own thread, which would outlive a failure for a moment.
        db = await asyncio.to_thread(connector)
        threaded = cls(lambda: db)
        await threaded
        return threaded

    async def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """`function(connection, …)` in the thread."""
        execute: Any = self._execute
        result: T = await execute(function, self._conn, *args, **kwargs)
        return result
