from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import blobs, check, conversations, customers, messages, outbox, search
from store.database import transaction
from store.driver import Connection
from store.errors import NotFound
from store.model import Address, NewAttachment
from tests.fresh_store import fresh_store
from tests.store.conftest import NOW, Shop, make_shop


def test_what_is_inserted_is_what_is_read(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    new = shop.new(
        room,
        "Grüße,\nwhere is it?",
        external_id="a@b",
        content_hash="c" * 64,
        author="Ann",
        author_address="ann@example.org",
        recipients=[Address("support@acme.example", "Acme"), Address("bob@example.org")],
        subject="Re: order",
        quoted="> earlier",
        signature="Ann",
        raw="d" * 64,
        details={"cc": ["bob@example.org"], "html": "<p>€</p>"},
        attachments=[NewAttachment("фото.jpg", "image/jpeg", 5, "e" * 64, True, "cid")],
    )
    with transaction(db):
        inserted = messages.insert(db, new)
    assert messages.get(db, inserted.id) == inserted
    assert inserted.position == new.arrived_at << 12
    assert inserted.account == "support"
    assert inserted.attachments[0].name == "фото.jpg"
    assert messages.at_position(db, inserted.position) == inserted
    assert messages.by_external(db, "a@b") == [inserted]
    assert messages.find_by_externals(db, ["x", "a@b", ""]) == {"a@b": [inserted]}
    assert messages.of_conversation(db, room) == [inserted]
    with pytest.raises(NotFound):
        messages.get(db, 99)


def test_messages_of_one_millisecond_keep_their_order(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    with transaction(db):
        batch = [shop.new(room, str(number), at=NOW) for number in range(5000)]
        inserted = messages.insert_many(db, batch)
        later = messages.insert(db, shop.new(room, "later", at=NOW))
    positions = [message.position for message in inserted]
    assert positions == sorted(set(positions))
    assert positions[4095] == (NOW << 12) + 4095
    assert positions[4096] == (NOW + 1) << 12  # spilled over into the next one
    assert later.position == positions[-1] + 1
    assert [m.text for m in messages.of_conversation(db, room)][-2:] == ["4999", "later"]


@pytest.mark.parametrize("at", [-5, 0, 1 << 62])
def test_no_clock_is_too_wrong(db: Connection, shop: Shop, at: int) -> None:
    message = shop.message(shop.conversation(), at=at)
    assert messages.get(db, message.id).arrived_at == at


def test_text_that_is_no_text_is_kept_as_far_as_possible(db: Connection, shop: Shop) -> None:
    message = shop.message(
        shop.conversation(),
        "nul \0, lone \ud83d surrogate",
        author="\udcff",
        details={"a": ["\udc80"]},
        recipients=[Address("\udcff@x")],
        attachments=[NewAttachment("\udcff.txt", "text/plain", 1, "")],
    )
    assert messages.get(db, message.id).text == "nul \0, lone \ufffd\ufffd\ufffd surrogate"
    assert messages.get(db, message.id) == message


def test_the_timeline_by_pages(db: Connection, shop: Shop) -> None:
    customer = shop.customer()
    rooms = [shop.conversation(customer), shop.conversation(customer)]
    everything = [shop.message(rooms[number % 2], str(number)) for number in range(25)]
    shop.message(shop.conversation(), "somebody else's")
    assert messages.timeline_count(db, customer) == 25
    last = messages.timeline(db, customer, limit=10)
    assert last == everything[15:]
    before = messages.timeline(db, customer, before=last[0].position, limit=10)
    assert before == everything[5:15]
    assert messages.timeline(db, customer, after=before[-1].position, limit=3) == last[:3]
    assert messages.timeline(db, customer, before=everything[0].position) == []


def test_the_timeline_is_one_range_of_an_index(plan: Callable[..., str]) -> None:
    steps = plan(
        "SELECT m.id FROM messages m LEFT JOIN accounts a ON a.id = m.account_id"
        " WHERE m.customer_id = ? AND m.position < ? ORDER BY m.position DESC LIMIT 50", 1, 2
    )  # fmt: skip
    assert "messages_by_customer (customer_id=? AND position<?)" in steps
    assert "TEMP B-TREE" not in steps


def test_a_conversation_follows_its_messages(db: Connection, shop: Shop) -> None:
    customer = shop.customer()
    room = shop.conversation(customer)
    first = shop.message(room, "  Where is\nmy  parcel? " + "x" * 300)
    seen = conversations.get(db, room)
    assert seen.preview.startswith("Where is my parcel? xxx")
    assert len(seen.preview) == 120
    assert (seen.waiting_since, seen.last_inbound_id) == (first.arrived_at, first.id)
    assert seen.account_id == shop.account.id
    shop.message(room, "Hello?")
    assert conversations.get(db, room).waiting_since == first.arrived_at
    shop.message(room, "ask the courier", direction="note", channel="note")
    reply = shop.message(room, "Here", direction="out", channel="telegram")
    seen = conversations.get(db, room)
    assert seen.waiting_since is None
    assert seen.channels == ("telegram", "email")
    assert (seen.messages, seen.last_message_at) == (4, reply.arrived_at)
    known = customers.get(db, customer)
    assert known.first_contact_at == first.arrived_at
    assert known.last_contact_at == reply.arrived_at
    assert known.conversations == 1


def test_old_mail_that_arrives_late_changes_nothing_newer(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    asked = shop.message(room, "new question")
    shop.message(room, "old question", at=asked.arrived_at - 5000)
    seen = conversations.get(db, room)
    assert seen.preview == "new question"
    assert seen.last_inbound_id == asked.id
    assert seen.waiting_since == asked.arrived_at - 5000
    shop.message(room, "old answer", at=asked.arrived_at - 1000, direction="out")
    assert conversations.get(db, room).waiting_since == asked.arrived_at


@pytest.mark.parametrize("status", ["closed", "pending"])
def test_nothing_waits_in_a_conversation_that_was_dealt_with(
    db: Connection, shop: Shop, status: Any
) -> None:
    room = shop.conversation()
    asked = shop.message(room)
    with transaction(db):
        conversations.set_status(db, room, status, at=NOW)
    assert conversations.get(db, room).waiting_since is None
    again = shop.message(room, "And now?")
    assert conversations.get(db, room).waiting_since == again.arrived_at
    with transaction(db):
        conversations.set_status(db, room, "open", at=NOW)
    assert conversations.get(db, room).waiting_since == again.arrived_at > asked.arrived_at


def test_a_reply_taken_back_leaves_the_customer_waiting(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    asked = shop.message(room)
    reply = shop.message(room, "Oops", direction="out", state="queued")
    with transaction(db):
        outbox.enqueue(db, reply.id, shop.account.id, "k", ["a@x"], agent="ann", due_at=NOW)
        conversations.set_status(db, room, "pending", at=NOW)
    assert conversations.get(db, room).waiting_since is None
    with transaction(db):
        assert outbox.cancel(db, reply.id)
        conversations.set_status(db, room, "open", at=NOW)
    assert conversations.get(db, room).waiting_since == asked.arrived_at


def test_nobody_waits_for_an_answer_to_an_auto_reply(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    shop.message(room, "I am away", details={"auto_reply": {"kind": "out-of-office"}})
    assert conversations.get(db, room).waiting_since is None


def test_an_edit_keeps_the_earlier_text(db: Connection, shop: Shop) -> None:
    room = shop.conversation()
    message = shop.message(room, "size 41")
    with transaction(db):
        messages.edit(db, message.id, "size 42", at=NOW)
        messages.edit(db, message.id, "size 43", at=NOW + 1)
    edited = messages.get(db, message.id)
    assert edited.text == "size 43"
    assert [edit["text"] for edit in edited.details["edits"]] == ["size 41", "size 42"]
    assert conversations.get(db, room).preview == "size 43"
    assert check.check(db, blobs.for_database(db)) == []


def test_moving_messages_takes_everything_along(db: Connection, shop: Shop) -> None:
    here, there = shop.conversation(), shop.conversation()
    kept = shop.message(here, "stays")
    moved = shop.message(here, "goes", attachments=[NewAttachment("a.txt", "text/plain", 1, "")])
    with transaction(db):
        messages.move(db, [moved.id], there)
    assert [message.id for message in messages.of_conversation(db, here)] == [kept.id]
    assert conversations.get(db, there).preview == "goes"
    assert messages.get(db, moved.id).customer_id == conversations.get(db, there).customer_id
    assert check.check(db, blobs.for_database(db)) == []


def test_a_conversation_can_be_given_to_another_customer(db: Connection, shop: Shop) -> None:
    bob = shop.customer("Bob")
    room = shop.conversation()
    message = shop.message(room, "it was Bob who wrote")
    with transaction(db):
        conversations.give(db, room, bob)
    assert [one.id for one in messages.timeline(db, bob)] == [message.id]
    assert [one.message_id for one in search.search(db, f"customer:{bob}")] == [message.id]
    assert check.check(db, blobs.for_database(db)) == []


ACTIONS = st.one_of(
    st.tuples(st.just("message"), st.integers(0, 2), st.integers(0, 40),
              st.sampled_from(["in", "out", "note"]),
              st.sampled_from(["sent", "queued", "failed"]), st.booleans()),
    st.tuples(st.just("status"), st.integers(0, 2),
              st.sampled_from(["open", "pending", "closed", "snoozed"])),
    st.tuples(st.just("state"), st.integers(0, 99),
              st.sampled_from(["sent", "failed", "unknown", "cancelled"])),
    st.tuples(st.just("assign"), st.integers(0, 2), st.sampled_from(["", "ann", "bob"])),
    st.tuples(st.just("move"), st.integers(0, 99), st.integers(0, 2)),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(ACTIONS, max_size=6), max_size=6))
def test_whatever_happens_the_store_agrees_with_itself(steps: list[list[Any]]) -> None:
    with (
        TemporaryDirectory() as directory,
        closing(fresh_store(Path(directory) / "desk.sqlite")) as db,
    ):
        shop = make_shop(db)
        rooms = [shop.conversation() for _ in range(3)]
        made: list[Any] = []
        for step in steps:
            with transaction(db):
                for action, *values in step:
                    if action == "message":
                        room, at, direction, state, automatic = values
                        made.append(
                            messages.insert(
                                db,
                                shop.new(
                                    rooms[room], "x", at=NOW + at, direction=direction,
                                    state="received" if direction == "in" else state,
                                    details={"auto_reply": {"kind": "auto"}} if automatic else {},
                                ),
                            ).id
                        )  # fmt: skip
                    elif action == "status":
                        conversations.set_status(db, rooms[values[0]], values[1], at=NOW,
                                                 snoozed_until=NOW + 5)  # fmt: skip
                    elif action == "state" and made:
                        messages.set_state(db, made[values[0] % len(made)], values[1])
                    elif action == "assign":
                        conversations.assign(db, rooms[values[0]], values[1])
                    elif action == "move" and made:
                        messages.move(db, [made[values[0] % len(made)]], rooms[values[1]])
        # The outbox is not played here; what it promises is checked with it.
        problems = check.check(db, blobs.for_database(db))
        assert [one for one in problems if "outbox" not in one] == []


def test_a_long_history_is_found_with_whom_it_was_given_to(
    db: Connection, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_MANY_GIVEN", 3)
    monkeypatch.setattr(messages, "_GIVEN_AT_ONCE", 4)
    ann, ben = shop.customer("Ann"), shop.customer("Ben")
    rooms = [shop.conversation(ann), shop.conversation(ann)]
    theirs = [shop.message(rooms[number % 2], f"parcel {number}").id for number in range(11)]
    settings_before = db.execute("SELECT k, v FROM message_search_config ORDER BY k").fetchall()
    with transaction(db):
        conversations.give_all(db, rooms, ben)
    found = search.search(db, f"customer:{ben} parcel")
    assert [hit.message_id for hit in found] == theirs[::-1]
    assert not search.search(db, f"customer:{ann} parcel")
    assert db.execute("SELECT count(*) FROM message_search").fetchone()[0] == len(theirs)
    after = db.execute("SELECT k, v FROM message_search_config ORDER BY k").fetchall()
    assert after == settings_before
