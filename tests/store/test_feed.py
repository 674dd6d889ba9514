from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from store import customers, events, feed
from store.database import Store, open_database, transaction
from store.driver import sqlite3
from store.errors import StoreDamaged
from store.feed import ChangeFeed
from tests.store.conftest import NOW

WRITER = """
import sys
from pathlib import Path
from store import events
from store.database import open_database, transaction
db = open_database(Path(sys.argv[1]))
for line in sys.stdin:
    with transaction(db):
        for _ in range(int(line)):
            events.append(db, "other", "x", at=1)
    print("done", flush=True)
"""


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(path)
    yield opened
    await opened.close()


async def next_of(changes: ChangeFeed) -> list[int]:
    found = await asyncio.wait_for(anext(changes), 20)
    return [event.id for event in found]


@pytest.mark.parametrize("inotify", [True, False])
async def test_another_process_is_heard_in_order_and_whole(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, inotify: bool
) -> None:
    if not inotify:
        monkeypatch.setattr(ChangeFeed, "_watch", lambda _self: None)
    await store.write(events.append, "before", "x", at=NOW)
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdin=-1, stdout=-1
    )
    assert writer.stdin is not None
    try:
        async with ChangeFeed(path, store) as changes:
            expected = 2
            for size in (1, 3, 2500, 1):
                writer.stdin.write(f"{size}\n".encode())
                heard: list[int] = []
                while len(heard) < size:
                    heard += await next_of(changes)
                assert heard == list(range(expected, expected + size))
                expected += size
    finally:
        writer.stdin.close()
        await writer.wait()


async def test_this_process_is_heard_too(store: Store, path: Path) -> None:
    async with ChangeFeed(path, store) as changes:
        await store.write(events.append, "ann", "x", at=NOW)
        assert await next_of(changes) == [1]
        await store.write(lambda db: db.execute("UPDATE accounts SET state_at = 1"))
        await store.write(events.append, "ann", "y", at=NOW)
        assert await next_of(changes) == [2]


async def test_damage_that_a_look_meets_is_the_store_s(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A screen says it and goes on; an error of SQLite's own would end it."""

    def damaged(*_given: object) -> bool:
        raise sqlite3.DatabaseError("database disk image is malformed")

    async with ChangeFeed(path, store, urgent=lambda: (None, 2)) as changes:
        await store.write(events.append, "ann", "x", at=NOW)
        assert await next_of(changes) == [1]
        changes.pause = 600.0
        monkeypatch.setattr(events, "concern", damaged)
        await store.write(events.append, "ann", "x", at=NOW)
        with pytest.raises(StoreDamaged):
            await next_of(changes)


async def test_nothing_between_arming_and_waiting_is_lost(store: Store, path: Path) -> None:
    await store.write(events.append, "ann", "x", at=NOW)
    async with ChangeFeed(path, store, after=0) as changes:
        assert await next_of(changes) == [1]
        for number in range(2, 60):
            await store.write(events.append, "ann", "x", at=NOW)
            if number % 3 == 0:
                await asyncio.sleep(0)
        heard: list[int] = []
        while len(heard) < 58:
            heard += await next_of(changes)
        assert heard == list(range(2, 60))


async def test_a_checkpoint_and_a_restarted_log_change_nothing(store: Store, path: Path) -> None:
    async with ChangeFeed(path, store) as changes:
        for number in range(1, 6):
            await store.write(events.append, "ann", "x", at=NOW)
            assert await next_of(changes) == [number]
            with closing(open_database(path)) as other:
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def test_without_a_wake_it_looks_now_and_then(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "IDLE", 0.05)
    async with ChangeFeed(path, store) as changes:
        monkeypatch.setattr(changes._wake, "set", lambda: None)
        await store.write(events.append, "ann", "x", at=NOW)
        assert await next_of(changes) == [1]


async def test_a_commit_of_another_process_is_known_soon(store: Store, path: Path) -> None:
    """Well under a poll's 50 ms; the median, since the machine has other work."""
    with closing(open_database(path)) as other:
        async with ChangeFeed(path, store) as changes:
            took = []
            for _ in range(30):
                waiting = asyncio.ensure_future(next_of(changes))
                await asyncio.sleep(0.002)
                committed = await asyncio.to_thread(_commit, other)
                await waiting
                took.append(time.perf_counter() - committed)
    assert sorted(took)[15] < feed.POLL


def _commit(db: object) -> float:
    with transaction(db):  # type: ignore[arg-type]
        events.append(db, "other", "x", at=NOW)  # type: ignore[arg-type]
    return time.perf_counter()


async def test_a_commit_without_an_event_is_told_to_who_wants_to_know(
    store: Store, path: Path
) -> None:
    told = asyncio.Event()
    async with ChangeFeed(path, store, committed=told.set) as changes:
        following = asyncio.create_task(next_of(changes))
        # The first look counts as a change: nobody has looked before.
        await asyncio.wait_for(told.wait(), 20)
        told.clear()
        await store.write(
            lambda db: (
                db.execute(
                    "INSERT INTO template_uses (template, agent, last_used_at) VALUES ('a', 'b', 1)"
                ).rowcount
            )
        )
        await asyncio.wait_for(told.wait(), 20)
        assert not following.done()
        await store.write(events.append, "me", "x", at=NOW)
        assert len(await following) == 1


async def _happens(store: Store, conversation_id: int) -> int:
    return int(
        await store.write(events.append, "x", "x", at=NOW, customer_id=conversation_id)  # type: ignore[arg-type]
    )


async def test_news_are_gathered_for_a_pause_and_what_is_urgent_is_not(
    store: Store, path: Path
) -> None:
    for name in ("One", "Two"):
        await store.write(customers.create, name=name, at=NOW)
    async with ChangeFeed(path, store, urgent=lambda: (None, 2)) as changes:
        first = await _happens(store, 1)
        assert await next_of(changes) == [first]  # the first is at once
        changes.pause = 600.0
        others = [await _happens(store, 1) for _each in range(3)]
        waiting = asyncio.create_task(next_of(changes))
        done, _pending = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        urgent = await _happens(store, 2)
        # With it comes what was before it: nothing is left out, and the order is kept.
        assert await waiting == [*others, urgent]
        changes.pause = 0.0
        last = await _happens(store, 1)
        assert await next_of(changes) == [last]
