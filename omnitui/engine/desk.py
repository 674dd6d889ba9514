"""The engine's way into the store: desk functions run as agent "engine", one hop each."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

from config.access import ENGINE
from config.model import Config
from omnitui.desk.context import Desk
from omnitui.engine.backoff import Pace
from omnitui.engine.log import LOGGER
from omnitui.engine.shared_commit import SharedCommit
from store.clock import now as wall_clock
from store.database import Store
from store.driver import Connection
from store.errors import (
    DiskFailed,
    DiskFull,
    Exhausted,
    StoreClosed,
    StoreError,
    StoreLocked,
    StoreMoved,
    StoreReadOnly,
    StoreTooNew,
    StoreWritable,
)
from store.model import Millis

P = ParamSpec("P")
T = TypeVar("T")

Passing = (DiskFailed, DiskFull, Exhausted, StoreLocked, StoreReadOnly)
"""Failures of the store that pass when somebody makes room, mends the disk or ends another program:
waiting loses nothing."""


class EngineDesk:
    """Reads and writes through the store's threads; nothing here blocks the loop."""

    def __init__(
        self,
        store: Store,
        config: Config,
        pace: Pace,
        clock: Callable[[], Millis] = wall_clock,
    ) -> None:
        self.store = store
        self.config = config
        self.pace = pace
        self.clock = clock
        self._shared = SharedCommit(store)
        self.outdated = asyncio.Event()
        """Another program has given the store a schema that this one does not know, it has been
        restored, has become writable since it was opened, or was let go of: only a new process
        can work on it."""

    def now(self) -> Millis:
        return self.clock()

    async def read(
        self, function: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def run(db: Connection) -> T:
            return function(Desk(db, self.config, ENGINE, self.clock), *args, **kwargs)

        with self._noticing():
            return await self.store.read(run)

    async def write(
        self, function: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """One transaction. Raises `StoreError`."""

        def run(db: Connection) -> T:
            return function(Desk(db, self.config, ENGINE, self.clock), *args, **kwargs)

        with self._noticing():
            return await self.store.write(run)

    @contextlib.contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except (StoreClosed, StoreMoved, StoreTooNew, StoreWritable):
            self.outdated.set()
            raise

    async def write_patiently(
        self,
        work: Callable[[Desk], T],
        *,
        patience: float | None = None,
        waiting: Callable[[StoreError], Awaitable[Any]] | None = None,
        can_wait: bool = False,
    ) -> T:
        """Write, waiting while the store is full or locked; `patience` in seconds, None: for ever.

        `work` may be done again, and what others write so at that moment goes into the same commit.
        `waiting` hears of every failure that is waited out. The last one is raised. `can_wait`
        as for `SharedCommit.write`.
        """

        def run(db: Connection) -> T:
            return work(Desk(db, self.config, ENGINE, self.clock))

        loop = asyncio.get_running_loop()
        until = None if patience is None else loop.time() + patience
        delay = self.pace.store_first
        said = ""
        while True:
            try:
                with self._noticing():
                    return await self._shared.write(run, can_wait=can_wait)
            except Passing as error:
                if until is not None and loop.time() + delay > until:
                    raise
                if said != str(error):
                    said = str(error)
                    LOGGER.warning("store: %s", said)
                if waiting is not None:
                    await waiting(error)
                await asyncio.sleep(delay * random.uniform(0.75, 1.25))  # noqa: S311
                delay = min(delay * 2, self.pace.store_cap)
