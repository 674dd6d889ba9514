"""Attachments whose contents come later, and contents that are taken from the disk as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import attachments, messages
from store.blobs import FILE_SIZE, Blobs, Placed, for_database
from store.check import check
from store.database import transaction
from store.driver import Connection
from store.model import Message, NewAttachment
from tests.store.conftest import Shop


def message(shop: Shop, *references: str) -> Message:
    files = [NewAttachment(name, "image/jpeg", 10, "", reference=name) for name in references]
    return shop.message(shop.conversation(), attachments=files)


def test_the_newest_message_s_files_are_due_first(db: Connection, shop: Shop) -> None:
    older, newer = message(shop, "a", "b"), message(shop, "c")
    shop.message(older.conversation_id)
    later = shop.clock + 1
    account = shop.account.id
    assert [f.reference for f in attachments.due(db, later, account)] == ["c", "a", "b"]
    assert attachments.next_due_at(db, account) == older.arrived_at
    c = newer.attachments[0].id
    assert attachments.next_due_at(db, account, {f.id for f in older.attachments}) == (
        newer.arrived_at
    )
    with transaction(db):
        attachments.later(db, c, later + 50, "Not now.")
        attachments.never(db, older.attachments[0].id, "Too large.")
    assert [f.reference for f in attachments.due(db, later, account)] == ["b"]
    found = messages.get(db, newer.id).attachments[0]
    assert (found.problem, found.awaited) == ("Not now.", True)
    found = messages.get(db, older.id).attachments[0]
    assert (found.problem, found.awaited) == ("Too large.", False)
    missing = attachments.missing(db, older.conversation_id)
    assert [(f.reference, f.tries) for f in missing] == [("a", 1), ("b", 0)]
    with transaction(db):
        attachments.again(db, older.attachments[0].id, later)
    assert attachments.get(db, older.attachments[0].id).tries == 0


def test_what_has_arrived_is_not_fetched_again(db: Connection, shop: Shop) -> None:
    one = message(shop, "a")
    id_ = one.attachments[0].id
    with transaction(db):
        blob = for_database(db).put(db, b"content")
        attachments.arrived(db, id_, blob, 7)
        attachments.again(db, id_, shop.clock)
    assert attachments.due(db, shop.clock + 1, shop.account.id) == []
    assert attachments.next_due_at(db, shop.account.id) is None
    found = messages.get(db, one.id).attachments[0]
    assert (found.blob, found.size, found.awaited) == (blob, 7, False)


@pytest.mark.parametrize("size", [0, 10, FILE_SIZE - 1, FILE_SIZE, 3 * FILE_SIZE + 1])
def test_a_file_is_taken_as_it_is(db: Connection, size: int, tmp_path: Path) -> None:
    blobs = for_database(db)
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    blobs.incoming.mkdir(parents=True)
    for name in ("one", "two"):
        (blobs.incoming / name).write_bytes(content)
    for name in ("one", "two"):
        taken = blobs.take(blobs.incoming / name)
        assert isinstance(taken, Placed) == (size >= FILE_SIZE)
        with transaction(db):
            digest = blobs.put(db, taken)
    assert list(blobs.incoming.iterdir()) == []
    assert blobs.read(db, digest) == content
    assert db.execute("SELECT count(*) FROM blobs").fetchone()[0] == 1
    with transaction(db):
        assert blobs.put(db, content) == digest
    assert check(db, Blobs(blobs.directory)) == []
