"""Who types where is known while it is fresh, and kept no longer."""

from __future__ import annotations

from store import events, typing
from store.database import transaction
from store.driver import Connection
from tests.store.conftest import NOW, Shop


def test_typing_is_fresh_for_a_while(db: Connection, shop: Shop) -> None:
    here, there = shop.conversation(), shop.conversation()
    before = events.last_id(db)
    with transaction(db):
        typing.note(db, here, "ann", shop.account.id, NOW)
        typing.note(db, here, "", shop.account.id, NOW + 1)
        typing.note(db, there, "ann", None, NOW + 2)
        typing.note(db, here, "ann", shop.account.id, NOW + 3)
    found = [(t.conversation_id, t.who, t.at) for t in typing.fresh(db, NOW + 2)]
    assert found == [(here, "ann", NOW + 3), (there, "ann", NOW + 2)]
    with transaction(db):
        typing.clear(db, here, "ann")
    assert [(t.conversation_id, t.who) for t in typing.fresh(db, 0)] == [(here, ""), (there, "ann")]
    assert events.last_id(db) == before


def test_what_is_long_past_is_not_kept(db: Connection, shop: Shop) -> None:
    ids = [shop.conversation() for _ in range(6)]
    with transaction(db):
        for n, id_ in enumerate(ids):
            typing.note(db, id_, "ann", None, NOW + n)
        typing.note(db, ids[0], "bob", None, NOW + 10 * 60_000)
    assert db.execute("SELECT count(*) FROM typing").fetchone()[0] == 1
