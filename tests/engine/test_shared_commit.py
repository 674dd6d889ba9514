from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from omnitui.engine import shared_commit
from omnitui.engine.shared_commit import SharedCommit
from store import events
from store.database import Store
from store.driver import Connection
from store.errors import DiskFull
from tests.fresh_store import fresh_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    fresh_store(tmp_path / "desk.sqlite").close()
    store = await Store.open(tmp_path / "desk.sqlite")
    yield store
    await store.close()


class Slow:
    """Keeps the writer's thread busy until all have asked."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, db: Connection) -> None:
        assert self.go.wait(30)


def _says(kind: str) -> Callable[[Connection], str]:
    def work(db: Connection) -> str:
        events.append(db, "test", kind, at=1)
        return kind

    return work


async def _all(store: Store, *works: Callable[[Connection], object]) -> tuple[list[object], int]:
    """What each came to, and the commits that they took."""
    shared, slow = SharedCommit(store), Slow()
    before = await store.read(_version)
    first = asyncio.create_task(store.maintain(slow))
    rest = [asyncio.create_task(shared.write(work)) for work in works]
    await asyncio.sleep(0)
    slow.go.set()
    await first
    found = await asyncio.gather(*rest, return_exceptions=True)
    return list(found), await store.read(_version) - before


def _version(db: Connection) -> int:
    """Counts on with each commit that changed something (sqlite.org/fileformat2.html)."""
    db.execute("SELECT 1 FROM sqlite_schema").fetchone()
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def _kinds(db: Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT kind FROM events ORDER BY id")]


async def test_what_waits_goes_into_one_commit(store: Store) -> None:
    found, commits = await _all(store, *[_says(f"k{n}") for n in range(5)])
    assert found == [f"k{n}" for n in range(5)]
    assert await store.read(_kinds) == [f"k{n}" for n in range(5)]
    assert commits == 1


async def test_in_a_storm_what_can_wait_comes_together_and_what_cannot_takes_it_along(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_commit, "EVERY", 3600.0)
    shared = SharedCommit(store)
    for n in range(shared_commit.AT_ONCE):
        await shared.write(_says(f"k{n}"), can_wait=True)
    before = await store.read(_version)
    waiting = [asyncio.create_task(shared.write(_says(k), can_wait=True)) for k in "ab"]
    await asyncio.wait(waiting, timeout=0.1)
    assert await store.read(_version) == before
    assert await shared.write(_says("c")) == "c"
    assert await asyncio.gather(*waiting) == ["a", "b"]
    assert (await store.read(_kinds))[shared_commit.AT_ONCE :] == ["a", "b", "c"]
    assert await store.read(_version) == before + 1


async def test_what_fails_fails_alone(store: Store) -> None:
    def fails(db: Connection) -> None:
        events.append(db, "test", "half", at=1)
        raise ZeroDivisionError

    found, _commits = await _all(store, _says("a"), fails, _says("b"))
    assert [found[0], found[2]] == ["a", "b"]
    assert isinstance(found[1], ZeroDivisionError)
    assert await store.read(_kinds) == ["a", "b"]


async def test_what_fails_only_when_all_is_written_out_is_found_out(store: Store) -> None:
    """As something that the index cannot take: the commit itself fails."""

    def poison(db: Connection) -> None:
        events.append(db, "test", "poison", at=1)
        db.unindexed.append((1, None, "", "", "", "", ""))  # type: ignore[arg-type]

    found, _commits = await _all(store, _says("a"), poison, _says("b"))
    assert [found[0], found[2]] == ["a", "b"]
    assert isinstance(found[1], Exception)
    assert await store.read(_kinds) == ["a", "b"]


async def test_a_full_disk_is_nobodys_fault_and_nothing_is_kept(store: Store) -> None:
    def full(db: Connection) -> None:
        db.execute("ROLLBACK")  # as SQLite does then
        raise DiskFull("No room.")

    found, _commits = await _all(store, _says("a"), full, _says("b"))
    assert [type(one) for one in found[:2]] == [DiskFull, DiskFull]
    assert found[2] == "b"  # was not begun when the disk was full
    assert await store.read(_kinds) == ["b"]
