"""Opening a store, transactions on it, and the same from asyncio.

One directory holds a desk: `desk.sqlite`, its WAL, and `blobs/`. Any number of processes
read and write it at once; every writing transaction takes the lock at its start.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from store import index, migration
from store.disk import require_local
from store.driver import Connection, require_safe, sqlite3
from store.errors import (
    StoreError,
    StoreMissing,
    StoreMoved,
    closed,
    from_os,
    from_sqlite,
    from_value,
    locked,
    no_memory,
    perhaps_stored,
)
from store.shared import share
from store.turn import Turn
from store.wording import _

if TYPE_CHECKING:
    from store.blobs import Blobs
    from store.threaded import Threaded

P = ParamSpec("P")
T = TypeVar("T")

LOCK_TIMEOUT = 30.0
"""Seconds a transaction waits for the write lock before `StoreLocked`, unless its connection
has another `patience`."""

ROLLBACK_WITHIN = 5.0
"""Seconds in which a transaction that failed is undone, when memory or disk are in the way."""

_BUSY = 5


def open_database(path: Path, *, create: bool = True, readonly: bool = False) -> Connection:
    """Open the store at `path`, made or migrated when needed.

    Raises `StoreError`: `StoreMissing` when it is not there and not to be created
    (`readonly` never creates), `NotLocal`, `StoreReadOnly`, `StoreTooNew`, `StoreDamaged`,
    `StoreLocked`, `DiskFull`, `DiskFailed`, `Exhausted`, `UnsafeSqlite`.
    """
    require_safe()
    path = Path(path)
    fresh = not path.exists()
    if fresh and (readonly or not create):
        raise StoreMissing(
            _("There is no store at {store} yet: start `omnitui` or `omnitui serve` once.").format(
                store=path
            )
        )
    require_local(path)
    try:
        if fresh:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _open(path, fresh, readonly)
    except OSError as error:
        raise from_os(error, str(path)) from error
    except sqlite3.Error as error:
        raise from_sqlite(error, str(path)) from error
    except MemoryError as error:
        raise no_memory(str(path)) from error


def _open(path: Path, fresh: bool, readonly: bool) -> Connection:
    if fresh:
        # Who may enter the directory as a group (a team's desk) may write the store. It is made
        # here, since SQLite would follow a link that somebody has put there.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            share(path)
    db: Connection = sqlite3.connect(
        f"{path.absolute().as_uri()}{_mode(path, readonly)}",
        uri=True,
        timeout=LOCK_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        factory=Connection,
    )
    db.path, db.directory = str(path.absolute()), str(path.parent)
    db.patience = LOCK_TIMEOUT
    try:
        _configure(db)
        if migration.pending(db, path):
            if readonly:
                open_database(path).close()
            else:
                _retry(lambda: db.execute("PRAGMA journal_mode = WAL"), str(path), db.patience)
                begin(db)
                migration.migrate(db, path)
        if readonly:
            db.execute("PRAGMA query_only = 1")
        db.file = _file_at(db.path)
    except BaseException:
        db.close()
        raise
    return db


def _mode(path: Path, readonly: bool) -> str:
    """How to open: a store in a directory without write access is read as it lies there."""
    if readonly and not os.access(path.parent, os.W_OK):
        wal = path.with_name(path.name + "-wal")
        if not wal.exists() or wal.stat().st_size == 0:
            return "?mode=ro&immutable=1"
        return "?mode=ro"
    return "?mode=rw"


def _configure(db: Connection) -> None:
    for pragma in (
        f"busy_timeout = {int(LOCK_TIMEOUT * 1000)}",
        "synchronous = FULL",  # a queued reply is a promise
        "foreign_keys = ON",
        "mmap_size = 0",  # a disk error must be an error, not a signal
        "temp_store = MEMORY",
        "cache_size = -8192",
        # A checkpoint costs the committer who meets it 20 ms: rarely enough to
        # leave the 99th percentile alone, often enough to keep the WAL small.
        "wal_autocheckpoint = 4000",
        "journal_size_limit = 67108864",
        "trusted_schema = OFF",
        "secure_delete = ON",  # what is erased is overwritten, whoever moved it about before
    ):
        db.execute(f"PRAGMA {pragma}")


def _retry(attempt: Callable[[], T], path: str, patience: float) -> T:
    """Repeat what SQLite refuses as busy without asking its own busy handler."""
    for pause in _pauses(patience):
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) != _BUSY:
                raise
        time.sleep(pause)
    raise locked(path)


def _pauses(patience: float) -> Iterator[float]:
    """Seconds to wait between attempts: growing, with jitter, `patience` in total."""
    end = time.monotonic() + patience
    pause = 0.0005
    while time.monotonic() < end:
        yield random.uniform(pause / 2, pause)  # noqa: S311
        pause = min(pause * 1.4, 0.005)


def begin(db: Connection) -> None:
    """BEGIN IMMEDIATE. SQLite's own waiting is in steps and unfair: we take turns.

    Raises `StoreTooNew` when a newer program has changed the schema since it was opened,
    `StoreMoved` when its file is not there any more.
    """
    if db.turn is None:
        db.turn = Turn(db.directory)
    db.execute("PRAGMA busy_timeout = 0")
    try:
        with db.turn.taken(db.patience):
            _retry(lambda: db.execute("BEGIN IMMEDIATE"), db.path, db.patience)
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(LOCK_TIMEOUT * 1000)}")
    migration.refuse_newer(migration.schema_version(db), db.path)
    _refuse_moved(db)


def _commit(db: Connection) -> None:
    """Raises the `StoreError` for a transaction that may be stored although this failed."""
    try:
        db.execute("COMMIT")
    except (sqlite3.Error, MemoryError) as error:
        # While it is open still, nothing of it can be stored.
        if not db.in_transaction and (told := perhaps_stored(error, db.path)) is not None:
            raise told from error
        raise


def _roll_back(db: Connection) -> None:
    """Whatever it takes. What stayed open would keep all others waiting, and everything later
    would be taken for a part of it and never be stored: rather no connection at all."""
    end = time.monotonic() + ROLLBACK_WITHIN
    while db.in_transaction:  # SQLite itself rolls back on some errors, a full disk among them
        try:
            db.execute("ROLLBACK")
        except (sqlite3.Error, MemoryError):
            if time.monotonic() > end:
                db.close()
                return
            time.sleep(0.02)


def _refuse_closed(db: Connection) -> None:
    if db.is_closed:
        raise closed(db.path)


def _refuse_moved(db: Connection) -> None:
    """What is written into a file that was taken away would be stored and never seen again."""
    if db.file is not None and db.file != _file_at(db.path):
        raise StoreMoved(
            _("The store {store} was restored or moved away: log in again.").format(store=db.path)
        )


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - before every commit
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _told(db: Connection, error: sqlite3.Error) -> StoreError:
    """Why a statement failed: perhaps what it asks for is not in a newer schema any more."""
    with suppress(sqlite3.Error):
        try:
            migration.refuse_newer(migration.schema_version(db), db.path)
        except StoreError as newer:
            return newer
    return from_sqlite(error, db.path)


@contextmanager
def transaction(db: Connection) -> Iterator[None]:
    """One writing transaction: all of it is stored when the block ends, or nothing.

    Inside another one it is a savepoint: an error undoes only the inner block, so that
    one bad message of a batch can be set aside. Raises `StoreError` for SQLite's errors.
    """
    _refuse_closed(db)
    if db.in_transaction:
        with _savepoint(db):
            yield
        return
    try:
        try:
            begin(db)
            yield
            index.flush(db)
            _commit(db)
        except BaseException:
            index.forget(db)
            _roll_back(db)
            raise
    except sqlite3.Error as error:
        raise _told(db, error) from error
    except MemoryError as error:
        raise no_memory(db.path) from error
    except (OverflowError, UnicodeEncodeError) as error:
        if (told := from_value(error)) is not None:
            raise told from error
        raise


@contextmanager
def _savepoint(db: Connection) -> Iterator[None]:
    owed = index.mark(db)
    db.execute("SAVEPOINT inner")
    try:
        yield
    except BaseException:
        index.forget(db, owed)
        if db.in_transaction:
            try:
                db.execute("ROLLBACK TO inner")
                db.execute("RELEASE inner")
            except BaseException:
                _roll_back(db)  # half of it must not be stored with the rest
                raise
        raise
    db.execute("RELEASE inner")


@contextmanager
def snapshot(db: Connection) -> Iterator[None]:
    """Several reads of one moment. Raises `StoreError` for SQLite's errors."""
    _refuse_closed(db)
    try:
        if db.in_transaction:
            yield
            return
        db.execute("BEGIN")
        try:
            yield
        finally:
            _roll_back(db)
    except sqlite3.Error as error:
        raise _told(db, error) from error
    except MemoryError as error:
        raise no_memory(db.path) from error
    except (OverflowError, UnicodeEncodeError) as error:
        if (told := from_value(error)) is not None:
            raise told from error
        raise


def _read(db: Connection, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    with snapshot(db):
        return function(db, *args, **kwargs)


def _write(db: Connection, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    with transaction(db):
        return function(db, *args, **kwargs)


_CHANGES = frozenset(
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("INSERT", "UPDATE", "DELETE", "ALTER_TABLE", "ATTACH", "DROP_TABLE", "DROP_INDEX",
                 "DROP_TRIGGER", "DROP_VIEW", "CREATE_TABLE", "CREATE_INDEX", "CREATE_TRIGGER",
                 "CREATE_VIEW", "REINDEX")
)  # fmt: skip


def _only(tables: frozenset[str]) -> Callable[..., int]:
    """SQLite asks it about each part of a statement (sqlite.org/c3ref/set_authorizer.html)."""

    def allows(action: int, first: str | None, *_more: str | None) -> int:
        if action in _CHANGES and first not in tables:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    return allows


class Store:
    """A store from asyncio: a reader and a writer, each a connection in a thread of its own.

    Reads never wait for this process's writes.
    """

    path: Path
    blobs: Blobs

    def __init__(self, path: Path, reader: Threaded, writer: Threaded) -> None:
        from store.blobs import Blobs

        self.path = path
        self.blobs = Blobs(path.parent / "blobs")
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(
        cls,
        path: Path,
        create: bool = True,
        *,
        patience: float | None = None,
        writes: Collection[str] | None = None,
    ) -> Store:
        """Raises what `open_database` raises.

        Args:
            patience: seconds that a write waits for the lock; not given, `LOCK_TIMEOUT`.
            writes: the tables that may be written, and no other; None: all.
        """
        from store.threaded import Threaded

        def open_writer() -> Connection:
            db = open_database(path, create=create)
            db.patience = LOCK_TIMEOUT if patience is None else patience
            if writes is not None:
                db.set_authorizer(_only(frozenset(writes)))
            return db

        path = Path(path)
        writer = await Threaded.open(open_writer)
        try:
            reader = await Threaded.open(lambda: open_database(path, readonly=True))
        except BaseException:
            await writer.close()
            raise
        return cls(path, reader, writer)

    async def read(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`function(db, …)` on one snapshot, in the reader's thread."""
        return await self._reader.run(_read, function, *args, **kwargs)

    async def write(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`function(db, …)` in one transaction, in the writer's thread.

        When the caller is cancelled meanwhile, the transaction still ends whole.
        """
        return await self._writer.run(_write, function, *args, **kwargs)

    async def maintain(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`function(db, …)` in the writer's thread and in no transaction: for what SQLite does
        only there."""
        return await self._writer.run(function, *args, **kwargs)

    async def close(self) -> None:
        try:
            await self._reader.close()
        finally:
            await self._writer.close()


__all__ = ["Connection", "Store", "StoreError", "open_database", "snapshot", "transaction"]
