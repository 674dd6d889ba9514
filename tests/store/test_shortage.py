"""When the system gives too little: it is said in a sentence, and nothing is left open."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import events, migration, presence, set_back
from store.database import open_database, snapshot, transaction
from store.driver import Connection, sqlite3
from store.errors import (
    DiskFailed,
    Exhausted,
    StoreClosed,
    StoreError,
    StoreReadOnly,
    StoreWritable,
    from_os,
    from_sqlite,
    is_shortage,
)

DAY = 86_400_000


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    return open_database(tmp_path / "desk.sqlite")


def test_want_of_memory_undoes_all_and_is_said(db: Connection) -> None:

    def write() -> None:
        with transaction(db):
            events.append(db, "ann", "x", at=1)
            raise MemoryError

    with pytest.raises(Exhausted, match="memory"):
        write()
    assert not db.in_transaction
    assert events.last_id(db) == 0


@pytest.mark.parametrize("error", [MemoryError(), sqlite3.OperationalError("disk I/O error")])
def test_what_fails_at_the_very_beginning_holds_no_lock(
    db: Connection, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Else everything later would be taken for a part of it, and be stored by nobody."""
    with monkeypatch.context() as patched:

        def fails(_db: Connection) -> int:
            raise error

        patched.setattr(migration, "schema_version", fails)
        with pytest.raises(StoreError), transaction(db):
            pass
    assert not db.in_transaction
    with transaction(db):
        events.append(db, "ann", "x", at=1)
    other = open_database(Path(db.path))
    assert events.last_id(other) == 1


def test_a_part_that_cannot_be_undone_takes_the_whole_with_it(db: Connection) -> None:

    def half() -> None:
        with transaction(db):
            events.append(db, "ann", "half", at=1)
            db.execute("RELEASE inner")
            raise ValueError

    def write() -> None:
        with transaction(db):
            events.append(db, "ann", "x", at=1)
            half()

    with pytest.raises(StoreError, match="no such savepoint"):
        write()
    assert not db.in_transaction
    assert events.last_id(db) == 0


def _no_memory() -> Exception:
    return MemoryError()


def _not_synced() -> Exception:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode, error.sqlite_errorname = 1034, "SQLITE_IOERR_FSYNC"
    return error


@pytest.mark.parametrize("fails", [_no_memory, _not_synced])
def test_whether_it_is_stored_is_not_said_where_nobody_can_know(
    db: Connection, monkeypatch: pytest.MonkeyPatch, fails: Callable[[], Exception]
) -> None:
    """An agent who reads “nothing was stored” sends it once more."""
    execute = db.execute
    ended = False

    def last(statement: str, *values: Any) -> Any:
        if statement != "COMMIT":
            return execute(statement, *values)
        if ended:
            execute(statement)
        raise fails()

    monkeypatch.setattr(db, "execute", last)
    with pytest.raises(StoreError) as told, transaction(db):
        events.append(db, "ann", "x", at=1)
    assert "Look what was done" not in str(told.value)
    assert events.last_id(db) == 0
    ended = True
    with pytest.raises((DiskFailed, Exhausted), match="Look what was done"), transaction(db):
        events.append(db, "ann", "x", at=1)
    assert events.last_id(db) == 1


def test_a_store_that_was_let_go_of_says_so(db: Connection) -> None:
    db.close()
    for use in (transaction, snapshot):
        with pytest.raises(StoreClosed, match="start it again"), use(db):
            pass


def test_a_store_that_can_be_written_again_is_opened_anew(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("attempt to write a readonly database")
    error.sqlite_errorcode, error.sqlite_errorname = 8, "SQLITE_READONLY"
    where = tmp_path / "desk.sqlite"
    assert type(from_sqlite(error, str(where))) is StoreReadOnly
    where.touch()
    assert type(from_sqlite(error, str(where))) is StoreWritable


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.EMFILE, Exhausted), (errno.ENOMEM, Exhausted), (errno.EIO, DiskFailed)],
)
def test_what_the_system_refuses_passes(number: int, kind: type[StoreError]) -> None:
    assert type(from_os(OSError(number, "words"), "/store/blobs")) is kind


def test_a_library_that_finds_no_memory_is_no_bug() -> None:
    """Whatever dlopen(3) calls it, which it does by how far it has come. Where the C library has
    none for itself it ends the process (127)."""
    tried = """
import resource, sys
from store.errors import is_shortage
with open("/proc/self/status") as file:
    has = next(int(line.split()[1]) << 10 for line in file if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (has + int(sys.argv[1]),) * 2)
try:
    import gcld3
except ImportError as error:
    sys.exit(0 if is_shortage(error) else str(error))
except MemoryError:
    sys.exit(0)
sys.exit(42)
"""
    for more in range(0, 8 << 20, 24 << 10):
        ran = subprocess.run(
            [sys.executable, "-c", tried, str(more)], stderr=subprocess.PIPE, text=True, check=False
        )
        if ran.returncode == 42:
            break
        assert ran.returncode in (0, 127), ran.stderr
    assert ran.returncode == 42
    assert more > 0


def test_want_of_memory_threads_or_files_is_no_bug() -> None:
    short = [
        MemoryError(),
        OSError(errno.EMFILE, "words"),
        RuntimeError("can't start new thread"),
        ImportError("libx.so: cannot open shared object file"),
        ImportError("libx.so: cannot map zero-fill pages"),
    ]
    assert all(map(is_shortage, short))
    assert is_shortage(ExceptionGroup("words", short))
    bugs = [OSError(errno.EIO, "words"), RuntimeError("words"), ImportError("words"), KeyError()]
    assert not any(map(is_shortage, bugs))
    assert not is_shortage(ExceptionGroup("words", [*short, KeyError()]))


def test_too_few_files_are_told_from_a_store_that_is_closed(db: Connection) -> None:
    db.close()
    free = os.dup(2)
    os.close(free)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    for more in range(4):
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + more, limits[1]))
        try:
            open_database(Path(db.path)).close()
        except Exhausted:
            continue
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert more


def test_nobody_was_seen_in_the_future(db: Connection) -> None:
    """The clock was a year ahead: else they would not fall silent for a year."""
    now = 1_800_000_000_000
    with transaction(db):
        for agent in ("ann", "bob"):
            presence.beat(db, agent, f"{agent}'s", now + 365 * DAY, now + 365 * DAY, None)
        presence.beat(db, "ann", "ann's", now, now - 5, None)
    assert presence.last_seen(db) == {"ann": now - 5, "bob": now + 365 * DAY}
    assert set_back.found(db, now, DAY)
    with transaction(db):
        set_back.release(db, now, DAY)
    assert presence.last_seen(db) == {"ann": now - 5, "bob": now}
    assert not set_back.found(db, now, DAY)
