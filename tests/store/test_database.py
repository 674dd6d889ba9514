from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from store import database, disk, driver, events, inbox, migration
from store.database import Store, open_database, snapshot, transaction
from store.driver import Connection
from store.errors import (
    DiskFull,
    NotLocal,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreMissing,
    StoreMoved,
    StoreReadOnly,
    StoreTooNew,
)
from tests.store.conftest import NOW


def test_settings_of_a_connection(db: Connection) -> None:
    def pragma(name: str) -> object:
        return db.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2
    assert pragma("foreign_keys") == 1
    assert pragma("mmap_size") == 0
    assert pragma("user_version") == migration.migrations()[-1][0]


def test_a_missing_store_is_not_made_unless_asked(path: Path) -> None:
    for options in ({"create": False}, {"readonly": True}):
        with pytest.raises(StoreMissing, match="no store"):
            open_database(path, **options)
    assert not path.exists()


def test_a_fresh_store_is_for_its_owner(path: Path) -> None:
    directory = path.parent / "new" / "desk"
    open_database(directory / "desk.sqlite").close()
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "desk.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_team_directory_makes_a_team_store(path: Path) -> None:
    path.parent.chmod(0o2770)
    with closing(open_database(path)) as db, transaction(db):
        events.append(db, "ann", "x", at=NOW)
        assert path.stat().st_mode & 0o777 == 0o660
        assert path.with_name("desk.sqlite-wal").stat().st_mode & 0o777 == 0o660


def test_readonly_reads_what_another_connection_writes(db: Connection, path: Path) -> None:
    with closing(open_database(path, readonly=True)) as reader:
        with transaction(db):
            events.append(db, "ann", "x", at=NOW)
        assert events.last_id(reader) == 1
        with pytest.raises(StoreReadOnly), transaction(reader):
            events.append(reader, "ann", "y", at=NOW)


def test_a_store_of_a_newer_program(db: Connection, path: Path) -> None:
    db.execute("PRAGMA user_version = 9999")
    with pytest.raises(StoreTooNew, match="newer omnitui"):
        open_database(path)
    with pytest.raises(StoreTooNew):
        open_database(path, readonly=True)


def test_a_program_that_runs_is_told_when_the_store_has_become_newer(path: Path) -> None:
    with closing(open_database(path)) as old, closing(open_database(path)) as new:
        with snapshot(old):
            old.execute("SELECT count(*) FROM customers").fetchone()
        new.execute("ALTER TABLE customers RENAME COLUMN company TO firm")
        new.execute("PRAGMA user_version = 9999")
        with pytest.raises(StoreTooNew, match="log in again"), transaction(old):
            pytest.fail("nothing may be written")
        assert not old.in_transaction
        with pytest.raises(StoreTooNew), snapshot(old):
            old.execute("SELECT company FROM customers").fetchall()


@pytest.mark.parametrize("put_back", [True, False])
def test_a_store_that_was_moved_away_takes_nothing_more(path: Path, put_back: bool) -> None:
    """A restore while somebody's screen is open: what they write would never be seen again."""
    with closing(open_database(path)) as old:
        away = path.parent.rename(path.parent.with_name("broken"))
        path.parent.mkdir()
        if put_back:
            open_database(path).close()
        with pytest.raises(StoreMoved, match="log in again"), transaction(old):
            pytest.fail("nothing may be written")
        assert not old.in_transaction
        path.parent.joinpath(path.name).unlink(missing_ok=True)
        path.parent.rmdir()
        away.rename(path.parent)
        with transaction(old):
            events.append(old, "ann", "x", at=NOW)  # it is there again


def test_what_is_no_store(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to have a header" * 50)
    with pytest.raises(StoreDamaged, match="not a sound omnitui store"):
        open_database(path)
    path.unlink()
    other = driver.sqlite3.connect(path)
    other.execute("CREATE TABLE books (title TEXT)")
    other.close()
    with pytest.raises(StoreDamaged, match="another program"):
        open_database(path)


def test_a_damaged_store_says_so(db: Connection, path: Path) -> None:
    with transaction(db):
        for number in range(2000):
            events.append(db, "ann", f"kind {number}", at=NOW)
    db.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    def read() -> None:
        reader = open_database(path)
        with snapshot(reader):
            events.after(reader, 0)

    with pytest.raises(StoreDamaged, match="restore a backup"):
        read()


def test_a_directory_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path)


def test_a_full_disk_stores_nothing_and_goes_on(db: Connection) -> None:
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 5}")

    def fill() -> None:
        with transaction(db):
            for _ in range(200):
                events.append(db, "ann", "x" * 1000, at=NOW)

    with pytest.raises(DiskFull, match="make room"):
        fill()
    assert events.last_id(db) == 0
    db.execute("PRAGMA max_page_count = 4294967294")
    with transaction(db):
        events.append(db, "ann", "x", at=NOW)
    assert events.last_id(db) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_a_store_without_write_access(db: Connection, path: Path) -> None:
    with transaction(db):
        events.append(db, "ann", "x", at=NOW)
    db.close()
    for directory in [path.parent, *path.parent.parents][:4]:
        directory.chmod(directory.stat().st_mode | 0o055)
    path.chmod(0o644)
    code = f"""
import os
from pathlib import Path
from store import events, migration
from store.database import open_database, transaction
from store.errors import StoreReadOnly
path = Path({str(path)!r})
migration.migrations(); os.setgroups([]); os.setgid(65534); os.setuid(65534)
assert events.last_id(open_database(path, readonly=True)) == 1
try:
    db = open_database(path)
    with transaction(db):
        events.append(db, "bob", "y", at=1)
except StoreReadOnly as error:
    print(error)
else:
    raise SystemExit("written")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "closed to you (mode 0755)" in done.stdout


def test_a_lock_that_is_never_released(
    db: Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 0.2)
    other = open_database(path)
    with transaction(db), pytest.raises(StoreLocked, match="by another program"):
        database.begin(other)
    other.close()
    with closing(open_database(path)) as other, transaction(other):
        events.append(other, "ann", "x", at=NOW)


def _append_and_fail(db: Connection) -> None:
    with transaction(db):
        events.append(db, "ann", "undone", at=NOW)
        raise RuntimeError


def test_an_error_undoes_all_of_a_transaction(db: Connection) -> None:
    with pytest.raises(RuntimeError):
        _append_and_fail(db)
    assert events.last_id(db) == 0


def test_an_inner_error_undoes_only_the_inner_block(db: Connection) -> None:
    with transaction(db):
        events.append(db, "ann", "kept", at=NOW)
        with pytest.raises(RuntimeError):
            _append_and_fail(db)
        events.append(db, "ann", "also kept", at=NOW)
    assert [event.kind for event in events.after(db, 0)] == ["kept", "also kept"]


def test_a_migration_keeps_a_copy(
    db: Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(db):
        events.append(db, "ann", "x", at=NOW)
    db.close()
    first = migration.migrations()
    steps = (
        *first,
        (7001, "CREATE TABLE a (b TEXT) STRICT; -- why\nINSERT INTO a VALUES ('; --');\n"),
        (7002, "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n DELETE FROM a;\n SELECT 1;\nEND;\n"),
    )
    monkeypatch.setattr(migration, "migrations", lambda: steps)
    with closing(open_database(path)) as migrated:
        assert migration.schema_version(migrated) == 7002
        assert migrated.execute("SELECT b FROM a").fetchone() == ("; --",)
        assert events.last_id(migrated) == 1
    monkeypatch.setattr(migration, "migrations", lambda: first)
    with closing(open_database(path.with_name("desk.sqlite.before-7001"))) as copy:
        assert migration.schema_version(copy) == first[-1][0]
        assert events.last_id(copy) == 1


def test_a_migration_that_fails_changes_nothing(
    db: Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.close()
    first = migration.migrations()
    broken = (*first, (7001, "CREATE TABLE a (b TEXT) STRICT;\nCREATE TABLE a (b TEXT) STRICT;\n"))
    monkeypatch.setattr(migration, "migrations", lambda: broken)
    with pytest.raises(StoreError, match="already exists"):
        open_database(path)
    monkeypatch.setattr(migration, "migrations", lambda: first)
    with closing(open_database(path)) as back:
        assert not back.execute("SELECT 1 FROM sqlite_schema WHERE name = 'a'").fetchone()


MOUNTS = r"""sysfs /sys sysfs rw 0 0
/dev/vda / ext4 rw 0 0
files:/home /home nfs4 rw 0 0
/dev/vdb /home/ann/local ext4 rw 0 0
//files/team /mnt/my\040team cifs rw 0 0
ann@host: /mnt/far fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("/var/lib/omnitui/desk.sqlite", "ext4"),
        ("/home/bob/desk.sqlite", "nfs4"),
        ("/home/ann/local/desk.sqlite", "ext4"),
        ("/homeless/desk.sqlite", "ext4"),
        ("/mnt/my team/desk.sqlite", "cifs"),
        ("/mnt/far/away/desk.sqlite", "fuse.sshfs"),
    ],
)
def test_which_file_system_a_path_is_on(where: str, kind: str) -> None:
    assert disk.file_system(Path(where), MOUNTS) == kind


def test_network_file_systems_are_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nfiles:/x {tmp_path} nfs rw 0 0\n")
    with pytest.raises(NotLocal, match="local disk"):
        disk.require_local(tmp_path / "desk.sqlite", mounts)
    disk.require_local(Path("/etc/desk.sqlite"), mounts)


async def test_a_store_from_asyncio(path: Path) -> None:
    store = await Store.open(path)
    try:
        await store.write(events.append, "ann", "x", at=NOW)
        assert [event.actor for event in await store.read(events.after, 0)] == ["ann"]
        assert await store.read(inbox.counts, "ann") == dict.fromkeys(
            ("mine", "unassigned", "all", "snoozed", "closed", "mentions"), 0
        )
        with pytest.raises(StoreReadOnly):
            await store.read(events.append, "ann", "y", at=NOW)
    finally:
        await store.close()


async def test_reads_do_not_wait_for_writes(path: Path) -> None:
    store = await Store.open(path)
    begun, may_end = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(db: Connection) -> None:
        events.append(db, "ann", "slow", at=NOW)
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(may_end.wait(), loop).result(30)

    writing = asyncio.create_task(store.write(slow))
    await begun.wait()
    assert await asyncio.wait_for(store.read(events.last_id), 10) == 0
    may_end.set()
    await writing
    assert await store.read(events.last_id) == 1
    await store.close()


async def test_nobody_waits_for_a_thread_that_had_no_memory_to_tell(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Store.open(path)
    loop = asyncio.get_running_loop()
    tell, short = loop.call_soon_threadsafe, [MemoryError(), MemoryError()]

    def tells(*given: Any) -> asyncio.Handle:
        if short:
            raise short.pop()
        return tell(*given)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_soon_threadsafe", tells)
        assert await asyncio.wait_for(store.read(events.last_id), 10) == 0
    assert not short
    await store.close()


async def test_an_async_store_that_is_missing(path: Path) -> None:
    with pytest.raises(StoreMissing):
        await Store.open(path, create=False)
