"""Whoever may write a shared store's directory puts links there, and names of files elsewhere:
neither the engine nor root follows them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from omnitui.engine.lock import EngineLock, LockError
from store import backup, blobs, contents, erased_list
from store.blobs import FILE_SIZE, Blobs
from store.database import open_database, transaction
from store.driver import Connection
from store.errors import NotFound, StoreError
from store.shared import share


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """What belongs to the engine alone."""
    path = tmp_path / "secret"
    path.write_text("swordfish")
    path.chmod(0o600)
    return path


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    directory = tmp_path / "shared"
    directory.mkdir()
    directory.chmod(0o2770)
    return directory


@pytest.mark.parametrize("name", ["..//{secret}", "../../secret", "{link}"])
def test_no_content_is_read_from_elsewhere(db: Connection, secret: Path, name: str) -> None:
    kept = blobs.for_database(db)
    link = "ab" * 32
    kept.directory.joinpath("ab").mkdir(parents=True)
    kept.directory.joinpath("ab", link[2:]).symlink_to(secret)
    digest = name.format(secret=secret, link=link)
    with transaction(db):
        db.execute("INSERT INTO blobs (hash, size, encoding) VALUES (?, 9, 'file')", (digest,))
    for reading in (kept.read, kept.held):
        with pytest.raises(StoreError):
            reading(db, digest)
    with transaction(db):
        db.execute("DELETE FROM blobs")
        contents.doom(db, digest)
        assert contents.delete_files(db, kept) == 1
    assert secret.read_text() == "swordfish"


def test_a_content_that_is_held_stays_the_same(db: Connection, secret: Path) -> None:
    kept, content = blobs.for_database(db), os.urandom(FILE_SIZE)
    with transaction(db):
        digest = kept.put(db, content)
    path = kept.held(db, digest)
    assert isinstance(path, Path)
    kept.file(digest).unlink()
    kept.file(digest).symlink_to(secret)
    assert path.read_bytes() == content
    handle = Path(str(path))
    del path
    assert not handle.exists(), "it is still open"


def test_files_that_come_are_gathered_where_nobody_else_writes(
    shared: Path, secret: Path, tmp_path: Path
) -> None:
    kept = Blobs(shared / "blobs")
    kept.incoming = tmp_path / "engine" / "incoming"
    content = os.urandom(FILE_SIZE)
    kept.begin("1").write_bytes(content)
    placed = kept.take(kept.incoming / "1")
    assert kept.file(placed.hash).read_bytes() == content
    assert kept.file(placed.hash).stat().st_mode & 0o777 == 0o640
    assert list(kept.incoming.iterdir()) == []
    with pytest.raises(NotFound):
        kept.file("../secret")


def test_nothing_is_opened_to_the_group_or_written_through_a_link(
    shared: Path, secret: Path, db: Connection
) -> None:
    for name in ("engine.lock", backup.BOOK, "desk.sqlite", erased_list.NAME):
        (shared / name).symlink_to(secret)
    with pytest.raises(OSError, match="symbolic"):
        share(shared / "engine.lock")
    with pytest.raises(LockError):
        EngineLock(shared / "engine.lock").acquire()
    backup._note(shared, Path("/backups/desk.tar.gz"))
    erased_list.write(db, shared)
    with pytest.raises(StoreError):
        open_database(shared / "desk.sqlite")
    (shared / "desk.sqlite").unlink()
    (shared / "desk.sqlite").symlink_to(secret.with_name("new"))
    with pytest.raises(StoreError):
        open_database(shared / "desk.sqlite")
    assert not secret.with_name("new").exists()
    assert secret.read_text() == "swordfish"
    assert secret.stat().st_mode & 0o777 == 0o600
