"""Work of several accounts in one commit: in a storm each would wait for the others' to be on the
disk, one after the other, and all who write beside the engine with them. And a commit costs as much
as two messages in it: its pages, its sync, its part of the search index, everybody it wakes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from store.database import Store, transaction
from store.driver import Connection, sqlite3
from store.errors import (
    DiskFailed,
    DiskFull,
    Exhausted,
    StoreClosed,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreTooNew,
    from_sqlite,
    no_memory,
)

T = TypeVar("T")

LONGEST = 0.02
"""Seconds of the processor after which nothing more goes into a commit: an agent may be waiting to
write. On the clock, a crowded machine would make each commit as small as it can be, and so dearest
when there is least to spend."""
EVERY = 0.1
"""Seconds from one commit to the next where all that goes into it can wait."""
AT_ONCE = 5
"""Commits that may come faster than that after a while without any."""
_OF_ALL = (
    DiskFailed,
    DiskFull,
    Exhausted,
    StoreClosed,
    StoreDamaged,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreTooNew,
)
"""Failures that no one piece of work is to blame for."""


class _Job:
    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, db: Connection) -> None:
        """In a transaction of its own, or in a part of another that fails alone."""
        try:
            with transaction(db):
                self.result = self.work(db)
        except Exception as error:  # raised where it was asked for
            self.error = _told(db, error)

    def end(self, error: BaseException | None = None) -> None:
        """Let who asked for it go on."""
        self.error = error or self.error
        if not self.told.done():
            self.told.set_result(None)


def _told(db: Connection, error: Exception) -> Exception:
    """What a failure of the store is in its own words, whose kind says whether it passes."""
    if isinstance(error, MemoryError):
        told: StoreError = no_memory(db.path)
    elif isinstance(error, sqlite3.Error):
        told = from_sqlite(error, db.path)
    else:
        return error
    told.__cause__ = error
    return told


class SharedCommit:
    """Runs work that may be run again, as soon as the writer's thread is free: what is waiting
    then goes into one transaction. What fails in it fails alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[_Job] = deque()
        self._asked = False
        """The writer's thread will look at what is waiting."""
        self._commits: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._used_up = 0.0
        """Until when the commits so far would take, had they come one `EVERY`."""

    async def write(self, work: Callable[[Connection], T], *, can_wait: bool = False) -> T:
        """Durable when it returns. Raises what `work` raises, and `StoreError`.

        `can_wait`: nobody notices a tenth of a second. Then others' work comes together meanwhile,
        when there is much of it.
        """
        job = _Job(work)
        self._waiting.append(job)
        if not can_wait:
            self._begin()
        elif self._timer is None:
            if (pause := self._pause()) > 0:
                self._timer = asyncio.get_running_loop().call_later(pause, self._begin)
            else:
                self._begin()
        await job.told
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _pause(self) -> float:
        """Seconds until the next commit of what can wait, which it counts."""
        now = time.monotonic()
        begin = max(now, self._used_up - (AT_ONCE - 1) * EVERY)
        self._used_up = max(now, self._used_up) + EVERY
        return begin - now

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._asked:
            self._asked = True
            task = asyncio.get_running_loop().create_task(self._commit(), name="shared commit")
            self._commits.add(task)
            task.add_done_callback(self._commits.discard)

    async def _commit(self) -> None:
        try:
            group = await self._store.maintain(self._run)
        except Exception as error:  # raised where it was asked for: the store is closed
            self._asked = False
            while self._waiting:
                self._waiting.popleft().end(error)
            return
        for job in group:
            job.end()
        if self._waiting and self._timer is None:
            self._begin()

    def _run(self, db: Connection) -> list[_Job]:
        """In the writer's thread. What has ended, well or not."""
        self._asked = False  # before the look: what is asked for from now on asks again
        group: list[_Job] = []
        if not self._waiting:
            return group
        try:
            with transaction(db):
                begun = time.thread_time()
                while self._waiting and (not group or time.thread_time() - begun < LONGEST):
                    group.append(self._waiting.popleft())
                    group[-1].run(db)
                    if not db.in_transaction:
                        # A full disk: SQLite has rolled all of it back.
                        raise group[-1].error or StoreError  # noqa: TRY301
        except Exception as failed:
            error = _told(db, failed)
            if not group:  # the store is locked: each who waits may try again
                while self._waiting:
                    group.append(self._waiting.popleft())
            for one in group:
                one.error, one.result = error, None
            if len(group) > 1 and not isinstance(error, _OF_ALL):
                for one in group:
                    one.error = None
                    one.run(db)
        return group
