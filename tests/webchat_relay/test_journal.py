"""The relay's database by itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.webchat.relay import arrivals, stored_files, visitors
from connectors.webchat.relay.journal import CHECKPOINT_EVERY, Journal, JournalError
from connectors.webchat.relay.records import Caller, Context, FileRef, SignedIn


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = Journal(tmp_path / "relay" / "relay.sqlite")
    await opened.open()
    yield opened
    await opened.close()


def put(db: sqlite3.Connection, key: str) -> str:
    db.execute("INSERT INTO meta VALUES (?, 'x')", (key,))
    return key


def keys(db: sqlite3.Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT key FROM meta")}


async def test_a_write_that_fails_takes_no_other_one_along(journal: Journal) -> None:
    def half(db: sqlite3.Connection) -> None:
        put(db, "half")
        raise LookupError("on purpose")

    done = await asyncio.gather(
        journal.write(put, "a"),
        journal.write(half),
        journal.write(put, "a"),
        journal.write(put, "b"),
        return_exceptions=True,
    )
    assert [type(each) for each in done] == [str, LookupError, JournalError, str]
    assert await journal.read(keys) == {"epoch", "a", "b"}


async def test_others_are_told_in_order_also_of_what_nobody_waits_for(journal: Journal) -> None:
    told: list[str] = []
    tasks = [
        asyncio.create_task(journal.write_then(told.append, put, f"k{number}"))
        for number in range(50)
    ]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await journal.write(put, "last")
    assert told == [f"k{number}" for number in range(50)]


async def test_a_full_disk_fails_the_write_and_nothing_else(journal: Journal) -> None:
    def limit(db: sqlite3.Connection, pages: int) -> None:
        db.execute(f"PRAGMA max_page_count = {pages}")

    def much(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO meta VALUES ('much', ?)", ("x" * 1_000_000,))

    await journal.write(limit, 60)
    with pytest.raises(JournalError, match="full"):
        await journal.write(much)
    await journal.write(limit, 1_000_000)
    assert await journal.write(put, "after") == "after"
    assert await journal.read(keys) == {"epoch", "after"}


async def test_only_one_relay_has_it_open(journal: Journal) -> None:
    with pytest.raises(JournalError, match="Another relay is running"):
        await Journal(journal.path).open()


async def test_the_epoch_stays_and_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "relay.sqlite"
    epochs = set()
    for _time in range(2):
        journal = Journal(path)
        await journal.open()
        epochs.add(journal.epoch)
        await journal.write(lambda db: None)
        await journal.close()
    assert len(epochs) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(JournalError, match="newer omnitui"):
        await Journal(path).open()
    path.write_bytes(b"this is no database at all, but a text" * 100)
    with pytest.raises(JournalError, match="cannot be used"):
        await Journal(path).open()


async def test_the_wal_starts_over(journal: Journal) -> None:
    wal = journal.path.with_name("relay.sqlite-wal")
    sizes = []

    def put(db: sqlite3.Connection, number: int) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"k{number}", "x" * 3_000))

    for _round in range(4):
        for _batch in range(CHECKPOINT_EVERY // 120 + 1):
            await asyncio.gather(*(journal.write(put, number) for number in range(120)))
        sizes.append(wal.stat().st_size)
    assert sizes[-1] < 3 * sizes[0]


async def test_a_file_that_was_on_its_way_at_the_sign_in_is_theirs(journal: Journal) -> None:
    def sign_in(db: sqlite3.Connection, visitor: str) -> str:
        caller = Caller("acme", visitor)
        visitors.present(db, caller, 1)
        found = visitors.identify(
            db, site="acme", signed=SignedIn("ann"), caller=caller, context=Context(), now=1
        )
        return found.visitor.visitor

    ann = await journal.write(sign_in, "v_phone")
    assert await journal.write(sign_in, "v_laptop") == ann
    file = FileRef("f", "a.txt", "text/plain", 1)
    await journal.write(stored_files.add, site="acme", visitor="v_laptop", file=file, most=9, now=2)
    sent = await journal.write(
        arrivals.message, caller=Caller("acme", ann, signed_in=True), mid="m", text="",
        files=("f",), context=Context(), now=3,
    )  # fmt: skip
    assert sent.message is not None
    assert sent.message.files == (file,)
