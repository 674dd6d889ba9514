from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import blobs
from store.blobs import FILE_SIZE
from store.database import transaction
from store.driver import Connection
from store.errors import DiskFull, NotFound, StoreDamaged


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=2000))
def test_small_contents_come_back(db: Connection, content: bytes) -> None:
    kept = blobs.for_database(db)
    with transaction(db):
        digest = kept.put(db, content)
        assert kept.put(db, blobs.pack(content)) == digest
    assert digest == hashlib.sha256(content).hexdigest()
    assert kept.read(db, digest) == content
    assert kept.size(db, digest) == len(content)
    assert kept.open_path(db, digest) is None


@pytest.mark.parametrize("size", [FILE_SIZE - 1, FILE_SIZE, 3_000_000])
@pytest.mark.parametrize("as_file", [False, True])
def test_large_contents_are_files(db: Connection, tmp_path: Path, size: int, as_file: bool) -> None:
    content = os.urandom(size)
    source = tmp_path / "source"
    source.write_bytes(content)
    kept = blobs.for_database(db)
    with transaction(db):
        digest = kept.put(db, source if as_file else content)
        assert kept.put(db, content) == digest
    assert kept.read(db, digest) == content
    path = kept.open_path(db, digest)
    assert (path is not None) is (size >= FILE_SIZE)
    if path is not None:
        assert path.read_bytes() == content
        assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_content_of_an_undone_transaction_can_come_again(db: Connection) -> None:
    kept, content = blobs.for_database(db), bytes(FILE_SIZE)

    def put_and_fail() -> None:
        with transaction(db):
            kept.put(db, content)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        put_and_fail()
    with transaction(db):
        digest = kept.put(db, content)
    assert kept.read(db, digest) == content


def test_what_is_missing_says_so(db: Connection) -> None:
    kept = blobs.for_database(db)
    with pytest.raises(NotFound):
        kept.read(db, "0" * 64)
    with pytest.raises(NotFound):
        kept.size(db, "0" * 64)
    with transaction(db):
        digest = kept.put(db, bytes(FILE_SIZE))
    kept.file(digest).unlink()
    assert kept.open_path(db, digest) is None
    with pytest.raises(StoreDamaged, match="backup"):
        kept.read(db, digest)


def test_a_full_disk_leaves_nothing_behind(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = blobs.for_database(db)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blobs.os, "fsync", full)
    with pytest.raises(DiskFull), transaction(db):
        kept.put(db, bytes(FILE_SIZE))
    assert [file for file in kept.directory.rglob("*") if file.is_file()] == []
    assert db.execute("SELECT count(*) FROM blobs").fetchone() == (0,)
