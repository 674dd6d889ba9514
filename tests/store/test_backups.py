"""Backups in a row: read again after writing, the oldest deleted, a broken one kept apart."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from store import backup, backups, blobs
from store.database import transaction
from store.driver import Connection
from store.errors import StoreDamaged, StoreError
from tests.store.conftest import Shop


@pytest.fixture
def directory(db: Connection, shop: Shop, tmp_path: Path) -> Path:
    """Where they go; the store has a content in a file of its own."""
    with transaction(db):
        blobs.for_database(db).put(db, bytes(100_000))
    place = tmp_path / "backups"
    place.mkdir()
    return place


def test_the_newest_are_kept(db: Connection, directory: Path) -> None:
    for day in ("01", "02", "03"):
        (directory / f"omnitui-2026-01-{day}-031000.tar.gz").write_bytes(b"old")
    (directory / "omnitui-of-the-boss.tar.gz").write_bytes(b"not ours")
    kept = backups.one_more(db, directory, 2)
    assert [path.name[8:18] for path in kept.deleted] == ["2026-01-01", "2026-01-02"]
    assert backups.in_order(directory)[-1] == kept.path
    assert len(backups.in_order(directory)) == 2
    assert (directory / "omnitui-of-the-boss.tar.gz").exists()
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert not [p for p in directory.iterdir() if p.name.startswith(".")]


def test_a_clock_that_was_ahead_costs_no_new_one(db: Connection, directory: Path) -> None:
    (directory / "omnitui-2099-01-01-031000.tar.gz").write_bytes(b"of a clock that was ahead")
    kept = backups.one_more(db, directory, 1)
    assert kept.path.exists()
    assert backups.one_more(db, directory, 1).path.exists()


def test_what_killed_ones_have_left_goes(db: Connection, directory: Path) -> None:
    half = directory / ".omnitui-2026-01-01-031000.tar.gz.0123abcd.sqlite"
    begun = directory / ".omnitui-2026-01-02-031000.tar.gz.0123abcd"
    looked_at = directory / ".verifying-abc" / "desk.sqlite"
    theirs = directory / ".bash_history"
    looked_at.parent.mkdir()
    for path in (half, begun, looked_at, theirs):
        path.write_bytes(b"customers")
    for path in (half, looked_at.parent, theirs):
        os.utime(path, (1, 1))
    backups.one_more(db, directory, 2)
    assert {path.name for path in directory.glob(".*")} == {begun.name, theirs.name}


def _written(db: Connection, directory: Path) -> Path:
    target = directory / "one.tar"
    backup.backup(db, target, blobs.for_database(db))
    backups.verify(target)
    return target


def _again(path: Path, *, without: str = "", other: bytes | None = None) -> None:
    """Pack it anew, without a member, or with another content for what is under blobs/."""
    fresh = path.with_name("fresh")
    with tarfile.open(path) as old, tarfile.open(fresh, "w") as new:
        for member in old:
            if without and member.name.startswith(without):
                continue
            content = old.extractfile(member).read()  # type: ignore[union-attr]
            if other is not None and member.name.startswith("blobs/"):
                content = other
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    fresh.replace(path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ({"without": "desk.sqlite"}, "no database"),
        ({"without": "blobs/"}, "is missing"),
        ({"other": b"something else"}, "not what it was"),
    ],
)
def test_what_is_missing_or_changed_is_found(
    db: Connection, directory: Path, harm: dict[str, object], said: str
) -> None:
    target = _written(db, directory)
    _again(target, **harm)  # type: ignore[arg-type]
    with pytest.raises(StoreDamaged, match=said):
        backups.verify(target)


def test_a_damaged_one_costs_no_older_one(
    db: Connection, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk that turns bits: the copy is cut off between its writing and its reading."""
    old = directory / "omnitui-2026-01-01-031000.tar.gz"
    old.write_bytes(b"old")
    verify = backups.verify

    def cut_off(path: Path) -> None:
        os.truncate(path, path.stat().st_size // 2)
        verify(path)

    monkeypatch.setattr(backups, "verify", cut_off)
    with pytest.raises(StoreError, match="cannot be read again"):
        backups.one_more(db, directory, 1)
    assert old.exists()
    (broken,) = directory.glob("*.damaged")
    assert broken.stat().st_size
