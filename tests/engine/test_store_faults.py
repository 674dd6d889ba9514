"""A store that takes no writes for a while: nothing is confirmed, nothing lost, all comes in."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnitui.desk.replying import reply
from store import accounts, conversations, ledger, messages
from store.database import open_database
from tests.engine.desk_home import DeskHome, until


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "none", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small file system can be mounted by root only")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_locked_store_is_waited_for(desk: DeskHome) -> None:
    desk.start()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
    db = open_database(desk.config.home.store_file)
    db.execute("BEGIN IMMEDIATE")
    desk.place.deliver(*(f"message {n}" for n in range(10)))
    assert desk.read(lambda d: ledger.all(d.db)) == []
    db.execute("ROLLBACK")
    db.close()
    desk.eventually(lambda d: len(ledger.all(d.db)) == 10)


def test_a_full_disk_is_waited_for_and_said(small_disk: Path, tmp_path: Path) -> None:
    desk = DeskHome(small_disk / "desk", outside=tmp_path / "outside")
    try:
        process = desk.start()
        desk.place.deliver("first")
        desk.eventually(lambda d: len(ledger.all(d.db)) == 1)
        conversation = desk.read(lambda d: conversations.all(d.db)[0].id)
        ballast = small_disk / "ballast"
        _fill(ballast)
        desk.place.deliver(*(f"{n} " + "long " * 2000 for n in range(200)))
        until(lambda: "No room left" in desk.log, lambda: desk.log)
        assert process.poll() is None
        ballast.unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        desk.eventually(lambda d: len(ledger.all(d.db)) == 201)
        assert desk.read(lambda d: ledger.quarantined(d.db)) == []
        desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
        answer = desk.write(lambda d: reply.queue(d, conversation, "hello again", undo_delay=0))
        desk.eventually(lambda d: messages.get(d.db, answer).state == "sent")
        assert desk.stop(process) == 0
    finally:
        desk.close()


def test_an_engine_ends_when_a_newer_program_has_taken_the_store_over(desk: DeskHome) -> None:
    """Whoever keeps it running starts the new program then. Nothing is written, nothing lost."""
    process = desk.start()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
    db = open_database(desk.config.home.store_file)
    db.execute("PRAGMA user_version = 9999")
    desk.place.deliver("for the new one")
    until(lambda: process.poll() is not None, lambda: desk.log)
    assert process.poll() == 0
    assert "newer omnitui" in desk.log
    assert db.execute("SELECT count(*) FROM ledger").fetchone() == (0,)
    db.execute("PRAGMA user_version = 1")
    db.close()
    desk.start()
    desk.eventually(lambda d: len(ledger.all(d.db)) == 1)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
