"""Visits, barring and what was read, as the store keeps them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store import accounts, barred, chats, conversations, customers, identities, visits
from store.database import transaction
from store.driver import Connection
from store.model import AccountId
from store.visits import FORGOTTEN_AFTER, LEFT_AFTER, Seen
from tests.store.conftest import NOW, Shop


@pytest.fixture
def site(db: Connection, shop: Shop) -> AccountId:
    with transaction(db):
        return accounts.ensure(db, "site", "webchat").id


def test_what_is_told_is_kept_and_the_rest_stays(db: Connection, site: AccountId) -> None:
    visits.note(db, site, [Seen("v", "v", NOW, True, {"page": "a", "title": "A"})], NOW)
    visits.note(db, site, [Seen("v", "", NOW + 5, None, {"page": "b", "title": None})], NOW)
    visits.note(db, site, [Seen("v", "v", NOW - 5, True)], NOW)  # late
    visit = visits.get(db, site, "v")
    assert visit is not None
    assert (visit.at, visit.seen_at, visit.online, visit.chat) == (NOW, NOW + 5, True, "v")
    assert visit.details == {"page": "b", "title": "A"}


def test_who_goes_is_due_once(db: Connection, site: AccountId) -> None:
    visits.note(db, site, [Seen(v, v, NOW, True) for v in ("a", "b")], NOW)
    assert visits.next_left(db, site) is None
    visits.note(db, site, [Seen("a", "a", NOW + 1, False)], NOW + 1)
    assert visits.next_left(db, site) == NOW + 1 + LEFT_AFTER
    # That they are gone, said again, puts nothing off.
    visits.note(db, site, [Seen("a", "a", NOW + 9, False)], NOW + 9)
    assert visits.next_left(db, site) == NOW + 1 + LEFT_AFTER
    assert visits.left(db, site, NOW + LEFT_AFTER) == []
    (left,) = visits.left(db, site, NOW + 1 + LEFT_AFTER)
    assert (left.address, left.at) == ("a", NOW + 1)
    visits.decided(db, site, ["a"])
    assert visits.left(db, site, NOW + FORGOTTEN_AFTER) == []
    assert visits.nobody(db, site, NOW + 10) == ["b"]
    assert visits.nobody(db, site, NOW + 20) == []


def test_two_visits_become_one(db: Connection, site: AccountId) -> None:
    visits.note(db, site, [Seen("old", "old", NOW + 5, True, {"page": "b"})], NOW)
    visits.fill_in(db, site, "old", "old", {"order": "42", "name": "A"}, NOW)
    visits.become(db, site, "old", "new")
    visit = visits.get(db, site, "new")
    assert visit is not None
    assert (visit.chat, visit.online, visit.form["order"]) == ("new", True, "42")
    visits.note(db, site, [Seen("third", "third", NOW + 9, False, {"title": "C"})], NOW)
    visits.fill_in(db, site, "third", "third", {"name": "B"}, NOW + 9)
    visits.mark(db, site, "new", "new", NOW, read=["new:3", NOW])
    visits.become(db, site, "third", "new")
    visit = visits.get(db, site, "new")
    assert visit is not None
    assert visit.details == {"page": "b", "title": "C"}
    assert visit.form == {"order": "42", "name": "B"}
    assert visit.marks == {"read": ["new:3", NOW]}
    assert visits.get(db, site, "old") is visits.get(db, site, "third") is None
    visits.become(db, site, "nobody", "new")
    visits.become(db, site, "new", "new")
    assert visits.get(db, site, "new") == visit


def test_strangers_are_forgotten_customers_are_not(db: Connection, site: AccountId) -> None:
    with transaction(db):
        ann = customers.create(db, name="Ann", at=NOW)
        identities.add(db, ann, "webchat", "known", at=NOW)
    visits.note(db, site, [Seen(v, v, NOW, False) for v in ("known", "stranger")], NOW)
    visits.note(db, site, [Seen("there", "there", NOW, True)], NOW)
    assert visits.forget_strangers(db, NOW + FORGOTTEN_AFTER) == 0
    assert visits.forget_strangers(db, NOW + FORGOTTEN_AFTER + 1) == 1
    assert visits.get(db, site, "stranger") is None
    assert [v.address for v in visits.of_customer(db, ann)] == ["known"]
    assert list(visits.of_customers(db, [ann])) == [ann]


def test_a_bar_is_told_until_it_is_known_as_it_is_now(db: Connection, site: AccountId) -> None:
    assert barred.bar(db, site, "v", "ann", NOW)
    assert not barred.bar(db, site, "v", "bob", NOW + 1)
    (known,) = barred.untold(db, site)
    # While the channel was being told, an agent changed their mind.
    assert barred.lift(db, site, "v", "bob", NOW + 2)
    barred.told(db, known, NOW + 3)
    (known,) = barred.untold(db, site)
    assert known.lifted_at == NOW + 2
    barred.told(db, known, NOW + 4)
    assert barred.untold(db, site) == []
    assert barred.among(db, site, ["v", "w"]) == set()
    assert barred.bar(db, site, "v", "ann", NOW + 5)
    assert barred.among(db, site, ["v", "w"]) == {"v"}
    assert not barred.lift(db, site, "w", "ann", NOW)


def test_what_agents_have_read_since(db: Connection, shop: Shop) -> None:
    room, mail = shop.conversation(), shop.conversation()
    first = shop.message(room, external_id="v:1", author_address="v", details={"chat": "v"})
    second = shop.message(room, external_id="v:2", author_address="v", details={"chat": "v"})
    letter = shop.message(mail, external_id="m@x")
    conversations.mark_read(db, "ann", room, first.id, NOW + 1)
    conversations.mark_read(db, "bob", mail, letter.id, NOW + 2)
    conversations.mark_read(db, "bob", room, second.id, NOW + 3)
    found = chats.read_since(db, shop.account.id, NOW)
    assert [(one.at, one.chat, one.key) for one in found] == [
        (NOW + 1, "v", "v:1"),
        (NOW + 2, "", ""),
        (NOW + 3, "v", "v:2"),
    ]
    assert [one.at for one in chats.read_since(db, shop.account.id, NOW + 3)] == [NOW + 3]
    assert [one.at for one in chats.read_since(db, shop.account.id, NOW, 1)] == [NOW + 1]


def test_no_visit_is_looked_for_in_all_of_them(plan: Callable[..., str]) -> None:
    for sql in (
        "SELECT address FROM visits WHERE account_id = 1 AND online = 1",
        "SELECT min(left_due) FROM visits WHERE account_id = 1 AND left_due IS NOT NULL",
        "SELECT 1 FROM visits WHERE online = 0 AND seen_at < 5",
        "SELECT 1 FROM identities i JOIN visits v ON v.address = i.address WHERE i.customer_id = 1",
        "SELECT message_id FROM read_marks WHERE at >= 5 ORDER BY at, conversation_id LIMIT 5",
    ):
        assert "SCAN" not in plan(sql), sql
        assert "TEMP B-TREE" not in plan(sql), sql
