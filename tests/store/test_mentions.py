"""Who is named in a note: kept with the note, wherever that goes."""

from __future__ import annotations

from store import mentions, messages
from store.database import transaction
from store.driver import Connection
from tests.store.conftest import NOW, Shop


def test_who_is_named_is_told_until_they_have_looked(db: Connection, shop: Shop) -> None:
    first, second = shop.conversation(), shop.conversation()
    note = shop.message(first, "@ann look", direction="note", at=NOW + 1)
    later = shop.message(second, "@ann and @bob", direction="note", at=NOW + 2)
    again = shop.message(first, "@ann once more", direction="note", at=NOW + 3)
    with transaction(db):
        mentions.add(db, first, note.id, ["ann"], NOW + 1)
        mentions.add(db, second, later.id, ["ann", "bob"], NOW + 2)
        mentions.add(db, first, again.id, ["ann"], NOW + 3)
    assert [one.message_id for one in mentions.of_agent(db, "ann")] == [again.id, later.id, note.id]
    assert (mentions.unseen(db, "ann"), mentions.unseen(db, "bob")) == (2, 1)
    with transaction(db):
        assert mentions.seen(db, "ann", first, NOW + 9) == 2
        assert mentions.seen(db, "ann", first, NOW + 10) == 0
    assert [one.message_id for one in mentions.of_agent(db, "ann", unseen=True)] == [later.id]
    assert mentions.unseen(db, "ann") == 1
    assert {one.seen_at for one in mentions.of_conversation(db, first)} == {NOW + 9}
    assert [one.agent for one in mentions.of_messages(db, [later.id])[later.id]] == ["ann", "bob"]


def test_a_mention_goes_where_its_note_goes(db: Connection, shop: Shop) -> None:
    here, there = shop.conversation(), shop.conversation()
    note = shop.message(here, "@ann look", direction="note")
    with transaction(db):
        mentions.add(db, here, note.id, ["ann"], NOW)
        messages.move(db, [note.id], there)
    assert [one.conversation_id for one in mentions.of_agent(db, "ann")] == [there]
    with transaction(db):
        mentions.remove(db, note.id)
    assert mentions.of_agent(db, "ann") == []
