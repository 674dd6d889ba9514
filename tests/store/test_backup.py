from __future__ import annotations

import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from store import backup, backups, blobs, check, conversations, messages, search
from store.database import open_database, transaction
from store.driver import Connection
from store.errors import StoreError
from store.model import NewAttachment
from tests.store.conftest import Shop, make_shop


@pytest.fixture
def filled(db: Connection, shop: Shop) -> Shop:
    kept = blobs.for_database(db)
    with transaction(db):
        small, large = kept.put(db, b"small"), kept.put(db, bytes(200_000))
    shop.message(
        shop.conversation(), "with files", raw=small,
        attachments=[NewAttachment("big.bin", "application/octet-stream", 200_000, large)],
    )  # fmt: skip
    return shop


@pytest.mark.parametrize("name", ["desk.tar", "desk.tar.gz"])
def test_there_and_back(
    db: Connection, path: Path, filled: Shop, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    size = backup.backup(db, target, blobs.for_database(db))
    assert size == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    restored = backup.restore(target, tmp_path / "new" / "place")
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        ["blobs", "desk.sqlite", "desk.sqlite-shm", "desk.sqlite-wal", "new", name, backup.BOOK]
    )
    assert backup.known_copies(path) == [target]
    with closing(open_database(restored)) as copy:
        assert check.check(copy, blobs.for_database(copy)) == []
        assert messages.get(copy, filled.made[0].id) == filled.made[0]
        digest = filled.made[0].attachments[0].blob
        assert blobs.for_database(copy).read(copy, digest) == bytes(200_000)
        assert len(search.search(copy, "files")) == 1


def test_while_others_write(db: Connection, path: Path, filled: Shop, tmp_path: Path) -> None:
    stop, written = threading.Event(), []

    def write() -> None:
        with closing(open_database(path)) as other:
            shop = make_shop(other)
            room = shop.conversation()
            while not stop.is_set():
                shop.message(room, f"number {len(written)}")
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            before = len(written)
            backup.backup(db, tmp_path / f"{number}.tar", blobs.for_database(db))
            restored = backup.restore(tmp_path / f"{number}.tar", tmp_path / str(number))
            with closing(open_database(restored)) as copy:
                assert check.check(copy, blobs.for_database(copy)) == []
                has = len(search.search(copy, "number", limit=100_000))
                assert before <= has <= len(written) + 1
    finally:
        stop.set()
        writer.join()


def test_what_is_erased_while_it_is_made_does_not_end_it(
    db: Connection, filled: Shop, tmp_path: Path
) -> None:
    kept = blobs.for_database(db)
    with transaction(db):
        digest = kept.put(db, b"erased" * 50_000)

    class Erasing(blobs.Blobs):
        """Somebody is erased as soon as the first file is asked for."""

        def file(self, asked: str) -> Path:
            if kept.file(digest).exists():
                with transaction(db):
                    db.execute("DELETE FROM blobs WHERE hash = ?", (digest,))
                kept.file(digest).unlink()
            return kept.file(asked)

    backup.backup(db, tmp_path / "desk.tar", Erasing(kept.directory))
    with tarfile.open(tmp_path / "desk.tar") as archive:
        assert len(archive.getnames()) == 2  # the database and the large one
    backups.verify(tmp_path / "desk.tar")


def test_a_store_is_never_overwritten(db: Connection, filled: Shop, tmp_path: Path) -> None:
    backup.backup(db, tmp_path / "desk.tar", blobs.for_database(db))
    with pytest.raises(StoreError, match=r"store in .* already"):
        backup.restore(tmp_path / "desk.tar", tmp_path)


@pytest.mark.parametrize("name", ["desk.sqlite-wal", "desk.sqlite-journal", "blobs/ab"])
def test_what_is_left_of_another_store_is_not_taken_for_this_one_s(
    db: Connection, filled: Shop, tmp_path: Path, name: str
) -> None:
    """SQLite would play such a log into what was restored."""
    backup.backup(db, tmp_path / "desk.tar", blobs.for_database(db))
    left = tmp_path / "new" / name
    left.parent.mkdir(parents=True)
    left.write_bytes(b"frames of another database")
    with pytest.raises(StoreError, match=rf"{left.relative_to(tmp_path).parts[1]} is left"):
        backup.restore(tmp_path / "desk.tar", tmp_path / "new")
    left.write_bytes(b"")
    if left.parent.name == "blobs":
        left.unlink()
    backup.restore(tmp_path / "desk.tar", tmp_path / "new")


def test_what_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with tarfile.open(tmp_path / "evil", "w") as archive:
        archive.add(tmp_path / "text", "../desk.sqlite")
    with tarfile.open(tmp_path / "empty", "w"):
        pass
    for name in ("text", "evil", "empty"):
        with pytest.raises(StoreError, match="not a backup"):
            backup.restore(tmp_path / name, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    assert not (tmp_path / "desk.sqlite").exists()


def test_a_backup_with_something_missing_is_none(
    db: Connection, filled: Shop, tmp_path: Path
) -> None:
    kept = blobs.for_database(db)
    kept.file(filled.made[0].attachments[0].blob).unlink()
    with pytest.raises(StoreError, match="missing"):
        backup.backup(db, tmp_path / "desk.tar", kept)
    assert not [file for file in tmp_path.iterdir() if "tar" in file.name]


def test_check_finds_what_is_wrong(db: Connection, filled: Shop) -> None:
    kept = blobs.for_database(db)

    def problems(sql: str) -> str:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("BEGIN")
        db.execute(sql)
        found = check.check(db, kept)
        db.execute("ROLLBACK")
        db.execute("PRAGMA foreign_keys = ON")
        return "\n".join(found)

    assert check.check(db, kept) == []
    assert "cannot be found" in problems("DELETE FROM message_search")
    assert "cannot be found" in problems("DELETE FROM customer_search")
    assert "too many" in problems("DELETE FROM messages")
    assert "disagrees" in problems("UPDATE conversations SET preview = 'x'")
    assert "disagrees" in problems("UPDATE conversations SET waiting_since = NULL")
    assert "doesn't exist" in problems("UPDATE conversations SET customer_id = 77")
    assert "other times" in problems("UPDATE customers SET last_contact_at = 5")
    assert "number of open" in problems("UPDATE conversation_counts SET conversations = 7")
    assert "not in the store" in problems("UPDATE messages SET raw = 'abc'")
    assert "has changed" in problems(
        "UPDATE blobs SET data = x'00', encoding = 'plain' WHERE data IS NOT NULL"
    )
    assert "not in the outbox" in problems("UPDATE messages SET state = 'queued'")
    digest = filled.made[0].attachments[0].blob
    kept.file(digest).write_bytes(bytes(199_999) + b"x")
    assert "has changed" in "\n".join(check.check(db, kept))
    kept.file(digest).unlink()
    assert "missing or damaged" in "\n".join(check.check(db, kept))


def test_what_follows_can_be_derived_anew(db: Connection, filled: Shop) -> None:
    before = conversations.all(db)
    with transaction(db):
        db.execute("UPDATE conversations SET preview = 'x', waiting_since = 3, messages = 9")
        db.execute("UPDATE conversation_counts SET conversations = 7")
        check.rederive(db)
    assert conversations.all(db) == before
    assert check.check(db, blobs.for_database(db)) == []
