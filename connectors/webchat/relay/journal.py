"""The relay's database: one thread writes, another one reads, the event loop waits for neither.

All writes that wait at one moment go into one transaction (group commit): a thousand visitors
cost as many `fdatasync`s as the disk can do, not a thousand. A write counts, and is told to
anybody, only after its transaction is on the disk (WAL, synchronous=FULL).

What is done to the database stands in functions by subject (`arrivals`, `sends`, `marks`,
`visitors`, `history`), which take the connection first and do nothing but to it: when another
write of their transaction fails they are rolled back and called once more.

    sent = await journal.write(sends.send, site="acme", key=…, then=hub_tells)
    page = await journal.read(history.page, visitor="v_…", after=7)
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import queue
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

VERSION = 1
"""Of schema.sql, in `PRAGMA user_version`."""
LARGEST_BATCH = 500
"""Writes of one transaction: the first of them waits for the last."""
CHECKPOINT_EVERY = 2_000
"""Writes (about 20 MB of WAL) after which it is copied into the database, which keeps the disk busy
for tens of milliseconds: it is done beside the writer, not by it, and not for every hundredth
message, whose writer would wait for the disk as long."""


class JournalError(Exception):
    """The database could not do it; nothing of that write was stored. `str()` is one sentence."""


@dataclass(slots=True)
class _Write(Generic[T]):
    """One write on its way: what to do, and who hears of it on the loop, after the commit."""

    do: Callable[[sqlite3.Connection], T]
    then: Callable[[T], None] | None
    future: asyncio.Future[T]


@dataclass(slots=True)
class _Outcome:
    write: _Write[Any]
    result: Any = None
    error: BaseException | None = None


class Journal:
    """The open database. `epoch` names it: a database made anew has another one."""

    epoch: str

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writes: queue.SimpleQueue[_Write[Any] | None] = queue.SimpleQueue()
        self._reads: queue.SimpleQueue[_Write[Any] | None] = queue.SimpleQueue()
        self._checkpoints: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._checkpointed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._lock = -1
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> None:
        """Make or open the database. Raises `JournalError`: another relay has it open, it was
        made by a newer relay, it cannot be written."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._open)
        self._start("relay writer", self._write_batches)
        self._start("relay reader", self._read_one_by_one)
        self._start("relay checkpoints", self._copy_wal)

    async def close(self) -> None:
        """Ends after every write that was handed over is on the disk."""
        if self._lock < 0:
            return
        lock, self._lock = self._lock, -1
        self._writes.put(None)
        self._reads.put(None)
        self._checkpoints.put(False)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        os.close(lock)

    async def write(
        self,
        do: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`do(db, …)` in a transaction that may hold other writes too; returns when it is durable.

        What `do` raises is raised here, with nothing of it stored. Raises `JournalError` when the
        disk or the database fails.
        """
        return await self._hand_over(self._writes, lambda db: do(db, *args, **kwargs), None)

    async def write_then(
        self,
        then: Callable[[T], None],
        do: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """As `write`; `then(result)` is called on the loop as soon as it is durable, in the order
        of the commits, whether or not anybody still waits for the result: what tells others of a
        write belongs in there. It must not raise."""
        return await self._hand_over(self._writes, lambda db: do(db, *args, **kwargs), then)

    async def read(
        self,
        do: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`do(db, …)` on a connection that only reads: it sees every write that has ended before,
        and waits for none. Raises what `do` raises, and `JournalError`."""
        return await self._hand_over(self._reads, lambda db: do(db, *args, **kwargs), None)

    # What runs in the threads

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _locked(self.path.with_suffix(".lock"))
        try:
            self.path.touch(mode=0o600)
            with _connected(self.path) as db:
                self.epoch = _prepared(db)
        except BaseException as error:
            os.close(self._lock)
            self._lock = -1
            if isinstance(error, OSError | sqlite3.Error):
                raise JournalError(
                    f"The relay's database {self.path} cannot be used: {error}."
                ) from error
            raise

    def _start(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _write_batches(self) -> None:
        with _connected(self.path) as db:
            db.execute("PRAGMA wal_autocheckpoint = 0")
            ended = False
            writes = 0
            while not ended:
                batch: list[_Write[Any]] = []
                write = self._writes.get()
                while write is not None:
                    batch.append(write)
                    if len(batch) >= LARGEST_BATCH:
                        break
                    try:
                        write = self._writes.get_nowait()
                    except queue.Empty:
                        break
                ended = write is None
                if batch:
                    self._tell(_transaction(db, batch))
                    writes += len(batch)
                if writes >= CHECKPOINT_EVERY:
                    writes = 0
                    self._checkpoints.put(True)
                if self._checkpointed.is_set():
                    # The little that came meanwhile: with nothing left the WAL starts over.
                    self._checkpointed.clear()
                    _checkpoint(db)

    def _copy_wal(self) -> None:
        with _connected(self.path) as db:
            while self._checkpoints.get():
                _checkpoint(db)
                self._checkpointed.set()

    def _read_one_by_one(self) -> None:
        with _connected(self.path) as db:
            db.execute("PRAGMA query_only = 1")
            while (read := self._reads.get()) is not None:
                self._tell([_done(db, read)])

    def _tell(self, outcomes: list[_Outcome]) -> None:
        assert self._loop is not None
        # Closed: the program has ended without waiting for us.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, outcomes)

    # What runs on the loop

    async def _hand_over(
        self,
        to: queue.SimpleQueue[_Write[Any] | None],
        do: Callable[[sqlite3.Connection], T],
        then: Callable[[T], None] | None,
    ) -> T:
        if self._lock < 0:
            raise JournalError("The relay's database is closed.")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        to.put(_Write(do, then, future))
        try:
            return await future
        except sqlite3.Error as error:
            raise JournalError(f"The relay's database failed: {error}.") from error


def _locked(path: Path) -> int:
    """Two relays with one database would each tell only half of the visitors."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"The relay's directory cannot be written: {error}.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(file)
        raise JournalError(
            f"Another relay is running on {path.parent}; stop that one first."
        ) from error
    return file


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.row_factory = sqlite3.Row
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = 1",
            "secure_delete = ON",  # who is forgotten is overwritten
        ):
            db.execute(f"PRAGMA {pragma}")
        yield db
    finally:
        db.close()


def _checkpoint(db: sqlite3.Connection) -> None:
    # What cannot be copied now (a full disk) is safe in the WAL and is copied the next time.
    with contextlib.suppress(sqlite3.Error):
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _prepared(db: sqlite3.Connection) -> str:
    """Bring the schema to this version; the database's epoch."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise JournalError(
            "The relay's database was made by a newer omnitui; install that version or a newer one."
        )
    if version == 0:
        schema = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
        db.executescript(f"BEGIN IMMEDIATE; {schema}; PRAGMA user_version = {VERSION}; COMMIT;")
    epoch = secrets.token_urlsafe(12)
    db.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', ?)", (epoch,))
    row = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    return str(row[0])


def _transaction(db: sqlite3.Connection, batch: list[_Write[Any]]) -> list[_Outcome]:
    """One transaction; a write that fails takes back only itself."""
    try:
        return _together(db, batch) or _one_by_one(db, batch)
    except sqlite3.Error as error:  # disk full, I/O: nothing of the batch is there
        _roll_back(db)
        return [_Outcome(write, error=error) for write in batch]


def _together(db: sqlite3.Connection, batch: list[_Write[Any]]) -> list[_Outcome]:
    """As nearly always: no write fails. When one does nothing is stored, and nothing returned.
    Savepoints would be a fifth of all statements."""
    db.execute("BEGIN IMMEDIATE")
    outcomes = []
    for write in batch:
        outcome = _done(db, write)
        if outcome.error is not None:
            _roll_back(db)
            return []
        outcomes.append(outcome)
    db.execute("COMMIT")
    return outcomes


def _one_by_one(db: sqlite3.Connection, batch: list[_Write[Any]]) -> list[_Outcome]:
    """Each with a savepoint, to which the database goes back when it fails."""
    db.execute("BEGIN IMMEDIATE")
    outcomes = []
    for write in batch:
        db.execute("SAVEPOINT one")
        outcome = _done(db, write)
        outcomes.append(outcome)
        if outcome.error is not None:
            if not db.in_transaction:  # a full disk takes everything back
                raise outcome.error
            db.execute("ROLLBACK TO one")
        db.execute("RELEASE one")
    db.execute("COMMIT")
    return outcomes


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")


def _done(db: sqlite3.Connection, write: _Write[Any]) -> _Outcome:
    try:
        return _Outcome(write, write.do(db))
    except Exception as error:
        return _Outcome(write, error=error)


def _settle(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        write, error = outcome.write, outcome.error
        if error is None and write.then is not None:
            write.then(outcome.result)
        if write.future.cancelled():
            continue
        if error is None:
            write.future.set_result(outcome.result)
        else:
            write.future.set_exception(error)
