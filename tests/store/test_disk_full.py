"""A disk that is really full: a small tmpfs, where the tests may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from store import backup, blobs, check
from store.database import open_database, transaction
from store.errors import DiskFull
from tests.store.conftest import make_shop


def mount(directory: Path, options: str) -> None:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)],
        check=False, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("this user may not mount")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("this user may not mount")
    directory = tmp_path / "small"
    directory.mkdir()
    mount(directory, "size=4m")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def test_nothing_that_was_stored_is_lost_and_it_goes_on_with_room(small: Path) -> None:
    with closing(open_database(small / "desk.sqlite")) as db:
        kept = blobs.for_database(db)
        shop = make_shop(db)
        room = shop.conversation()
        stored: list[str] = []

        def fill() -> None:
            for number in range(10_000):
                with transaction(db):
                    raw = kept.put(db, os.urandom(70_000 if number % 3 == 0 else 5000))
                shop.message(room, f"message {number}", raw=raw)
                stored.append(raw)

        with pytest.raises(DiskFull, match="make room"):
            fill()
        assert len(stored) > 5
        assert len(shop.made) == len(stored)
        with pytest.raises(DiskFull):
            backup.backup(db, small / "desk.tar", kept)
        assert check.check(db, kept) == []
        mount(small, "remount,size=40m")
        shop.message(room, "room again")
        assert check.check(db, kept) == []


def test_a_store_that_is_opened_on_a_full_disk_says_so(small: Path) -> None:
    path = small / "desk.sqlite"
    open_database(path).close()
    fill = os.open(small / "fill", os.O_CREAT | os.O_WRONLY)
    with suppress(OSError):
        while os.write(fill, bytes(4096)):
            pass
    os.close(fill)
    with pytest.raises(DiskFull, match="make room"):
        open_database(path)
