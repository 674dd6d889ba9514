"""Identities, accounts, ledger, drafts, templates' uses, events, customers' small things."""

from __future__ import annotations

import pytest

from store import (
    accounts,
    conversations,
    customers,
    drafts,
    events,
    identities,
    ledger,
    overview,
    template_uses,
)
from store.database import transaction
from store.driver import Connection
from store.errors import NotFound
from store.model import Draft
from tests.store.conftest import NOW, Shop


@pytest.mark.parametrize(
    ("channel", "written", "kept"),
    [
        ("email", " <Ann.Lee@EXAMPLE.org> ", "ann.lee@example.org"),
        ("email", "ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("email", "ann@xn--\udcff.example.", "ann@xn--\udcff.example"),
        ("email", "no address", "no address"),
        ("phone", "00380 44 123-45-67", "+380441234567"),
        ("phone", "+380 (44) 1234567", "+380441234567"),
        ("phone", "044 1234567", "0441234567"),
        ("telegram", " 12345 ", "12345"),
    ],
)
def test_an_address_has_one_form(channel: str, written: str, kept: str) -> None:
    assert identities.normalise(channel, written) == kept
    assert identities.normalise(channel, kept) == kept


def test_identities(db: Connection, shop: Shop) -> None:
    ann = shop.customer()
    with transaction(db):
        added = identities.add(db, ann, "email", "Ann@Example.org", name="Ann", at=NOW)
        again = identities.add(db, shop.customer("B"), "email", "ann@example.org", at=NOW)
        phone = identities.add(db, ann, "phone", "+1 23", at=NOW)
        identities.prove(db, added.id, "dmarc")
        identities.flag(db, added.id, "bounced")
        identities.touch(db, phone.id, NOW + 5, name="Ann L.")
        identities.touch(db, phone.id, NOW + 2)
    assert again == added
    found = identities.find(db, "email", "ANN@example.org")
    assert found is not None
    assert (found.customer_id, found.proof, found.flag) == (ann, "dmarc", "bounced")
    assert [one.address for one in identities.of(db, ann)] == ["+123", "ann@example.org"]
    assert identities.of(db, ann)[0].last_used_at == NOW + 5
    assert identities.of(db, ann)[0].name == "Ann L."
    assert identities.find(db, "email", "bob@example.org") is None


def test_accounts(db: Connection) -> None:
    with transaction(db):
        made = accounts.ensure(db, "bot", "telegram", capabilities={"edit": True})
        same = accounts.ensure(db, "bot", "telegram", address="@acme")
        accounts.set_state(db, made.id, "retrying", "no route", NOW)
        accounts.set_cursor(db, made.id, {"update": 7, "папка": [1]})
    assert same.id == made.id
    seen = accounts.get(db, "bot")
    assert (seen.address, seen.capabilities, seen.state) == ("@acme", {"edit": True}, "retrying")
    assert accounts.get(db, made.id) == seen
    assert accounts.all(db) == [seen]
    assert accounts.cursor(db, made.id) == {"update": 7, "папка": [1]}
    with pytest.raises(NotFound, match="no account"):
        accounts.get(db, "support")


def test_the_ledger_has_one_row_for_each_item(db: Connection, shop: Shop) -> None:
    account = shop.account.id
    message = shop.message(shop.conversation())
    with transaction(db):
        assert ledger.record(db, account, "INBOX/1/1", "accepted", message_id=message.id, at=NOW)
        assert not ledger.record(db, account, "INBOX/1/1", "ignored", reason="again", at=NOW)
        assert ledger.record(db, account, "INBOX/1/2", "quarantined", raw="f" * 64, at=NOW + 1)
        assert ledger.record(db, account, "INBOX/10/3", "ignored", reason="sent", at=NOW + 2)
        assert ledger.record(db, account, "In%box/1", "ignored", at=NOW + 3)
    assert ledger.known(db, account, ["INBOX/1/1", "INBOX/1/9", *map(str, range(1200))]) == {
        "INBOX/1/1"
    }
    assert ledger.ids(db, account, "INBOX/1/") == {"INBOX/1/1", "INBOX/1/2"}
    assert ledger.ids(db, account, "In%") == {"In%box/1"}
    assert len(ledger.ids(db, account, "")) == 4
    first, *_rest = ledger.all(db)
    assert (first.account, first.outcome, first.message_id) == ("support", "accepted", message.id)
    assert [one.external_id for one in ledger.all(db, limit=1)] == ["In%box/1"]
    assert [one.external_id for one in ledger.all(db, outcome="quarantined")] == ["INBOX/1/2"]
    assert ledger.all(db, "nobody") == []
    with transaction(db):  # understood after all
        assert ledger.record(db, account, "INBOX/1/2", "accepted", message_id=message.id, at=NOW)
    assert ledger.quarantined(db) == []
    assert ledger.all(db, outcome="accepted")[-1].raw == "f" * 64


def test_drafts_and_templates(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    draft = Draft(room, "ann", "reply", "Dear…", shop.account.id, ("a.txt", "b.txt"), NOW)
    with transaction(db):
        drafts.save(db, Draft(room, "ann", "reply", "D", None, (), NOW - 1))
        drafts.save(db, draft)
        drafts.save(db, Draft(room, "ann", "note", "hm", None, (), NOW + 1))
        template_uses.count(db, "refund", "ann", NOW)
        template_uses.count(db, "refund", "ann", NOW)
        template_uses.count(db, "hello", "bob", NOW)
    assert drafts.get(db, room, "ann") == draft
    assert drafts.get(db, room, "bob") is None
    assert [one.kind for one in drafts.of(db, "ann")] == ["note", "reply"]
    with transaction(db):
        drafts.delete(db, room, "ann")
    assert drafts.get(db, room, "ann") is None
    assert drafts.get(db, room, "ann", "note") is not None
    assert template_uses.ranks(db, "ann") == {"refund": 2}


def test_events_in_order(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    assert events.last_id(db) == 0
    with transaction(db):
        ids = [
            events.append(db, "ann", "conversation.tagged", at=NOW + n, conversation_id=room,
                          customer_id=shop.customer() if n else None, data={"tag": "ё"})
            for n in range(3)
        ]  # fmt: skip
    assert [event.id for event in events.after(db, ids[0])] == ids[1:]
    assert len(events.after(db, 0, limit=2)) == 2
    assert events.last_id(db) == ids[-1]
    assert [event.id for event in events.of_conversation(db, room)] == ids
    assert events.of_conversation(db, room)[0].data == {"tag": "ё"}


def test_a_customers_card(db: Connection, shop: Shop) -> None:
    ann = shop.customer()
    with transaction(db):
        customers.update(db, ann, company="Acme", language="uk", timezone="Europe/Kyiv",
                         fields={"orders": 3})  # fmt: skip
        assert customers.add_tag(db, ann, "vip")
        assert not customers.add_tag(db, ann, "vip")
        customers.add_tag(db, ann, "angry")
        customers.add_note(db, ann, "bob", "likes blue", NOW)
    seen = customers.get(db, ann)
    assert (seen.company, seen.language, seen.timezone) == ("Acme", "uk", "Europe/Kyiv")
    assert seen.fields == {"orders": 3}
    assert list(seen.tags) == customers.tags(db, ann) == ["angry", "vip"]
    assert [(note.author, note.text) for note in customers.notes(db, ann)] == [
        ("bob", "likes blue")
    ]
    with transaction(db):
        assert customers.remove_tag(db, ann, "vip")
        assert not customers.remove_tag(db, ann, "vip")
    with pytest.raises(TypeError):
        customers.update(db, ann, id=5)
    with pytest.raises(NotFound):
        customers.get(db, 99)  # type: ignore[arg-type]


def test_who_has_given_all_away_has_nothing_open(db: Connection, shop: Shop) -> None:
    with transaction(db):
        room = conversations.create(
            db, shop.customer("Ann"), subject="Order", assignee="maria", at=NOW
        )
        assert overview.open_by_agent(db) == {"maria": 1}
        conversations.assign(db, room, "ivan")
        assert overview.open_by_agent(db) == {"ivan": 1}
