"""aiosqlite, for whole functions: one thread hop for a batch of work, not one a row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from threading import Thread
from typing import Any, TypeVar

from store.driver import Connection  # chooses the SQLite before aiosqlite imports it

import aiosqlite  # isort: skip
from aiosqlite import core  # isort: skip

T = TypeVar("T")

AGAIN = 0.02
"""Seconds after which it is tried again to tell what there was no memory to tell."""


class Threaded(aiosqlite.Connection):
    """A connection in a thread of its own. `Threaded.open` opens it there."""

    def __init__(self, connector: Callable[[], Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread = Thread(target=_work, args=(self._tx,), name="store")

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


def _work(given: Any) -> None:
    """aiosqlite's thread ends where it has no memory to tell how something went: whoever waits for
    that, and all who come later, would wait for ever."""
    tell: Any
    going_on = True
    while going_on:
        future, function = given.get()
        try:
            what, tell = function(), core.set_result
        except BaseException as error:
            what, tell = error, core.set_exception
        going_on = what is not core._STOP_RUNNING_SENTINEL
        while future is not None:
            try:
                future.get_loop().call_soon_threadsafe(tell, future, what)
                break
            except MemoryError:
                time.sleep(AGAIN)
            except RuntimeError:  # the loop has ended: nobody waits any more
                return
        del future, function, what
