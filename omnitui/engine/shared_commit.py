"""Work of several accounts in one commit: in a storm each would wait for the others' to be on the
disk, one after the other, and all who write beside the engine with them."""

from __future__ import annotations

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
"""Seconds after which nothing more goes into a commit: an agent may be waiting to write."""
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
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, db: Connection) -> None:
        """In a transaction of its own, or in a part of another that fails alone."""
        try:
            with transaction(db):
                self.result = self.work(db)
        except Exception as error:  # raised where it was asked for
            self.error = _told(db, error)
        self.done = True


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

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Durable when it returns. Raises what `work` raises, and `StoreError`."""
        job = _Job(work)
        self._waiting.append(job)
        await self._store.maintain(self._run, job)
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _run(self, db: Connection, job: _Job) -> None:
        """In the writer's thread, once for each job: the first that waits takes others along."""
        if job.done:
            return
        group: list[_Job] = []
        try:
            with transaction(db):
                begun = time.monotonic()
                while self._waiting and (not group or time.monotonic() - begun < LONGEST):
                    group.append(self._waiting.popleft())
                    group[-1].run(db)
                    if not db.in_transaction:
                        # A full disk: SQLite has rolled all of it back.
                        raise group[-1].error or StoreError  # noqa: TRY301
        except Exception as failed:
            error = _told(db, failed)
            if not group:  # the store is locked: each who waits may try again
                self._waiting.remove(job)
                group = [job]
            for one in group:
                one.done, one.error, one.result = True, error, None
            if len(group) > 1 and not isinstance(error, _OF_ALL):
                for one in group:
                    one.error = None
                    one.run(db)
