"""Conversations that are split, moved into and joined, and all that taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from omnitui.desk.command import CommandError
from omnitui.desk.replying import outbox
from store import conversations, drafts, messages, moving
from store import outbox as store_outbox
from store.blobs import for_database
from store.check import check
from store.model import ConversationId, Message
from tests.desk.office import HOUR, MINUTE, Office

ANN, BOB = "ann@home.example", "bob@elsewhere.example"


@pytest.fixture(autouse=True)
def sound(office: Office) -> Iterator[None]:
    yield
    assert check(office.desk.db, for_database(office.desk.db)) == []


def wrote(office: Office, who: str = ANN, **more: Any) -> Message:
    office.clock.pass_(MINUTE)
    return office.got(office.letter(f"Ann <{who}>", **more))


def state(office: Office) -> dict[str, list[str]]:
    """What an undone move must have left as it was."""
    tables = {
        "conversations": "*", "messages": "*", "conversation_tags": "*", "drafts": "*",
        "read_marks": "agent, conversation_id, message_id", "awaited_messages": "*",
        "outbox": "*", "customers": "*",
    }  # fmt: skip
    db = office.desk.db
    return {
        name: sorted(map(repr, db.execute(f"SELECT {columns} FROM {name}").fetchall()))
        for name, columns in tables.items()
    }


def unread(office: Office, agent: str, conversation: int) -> bool:
    id_ = ConversationId(conversation)
    return bool(conversations.unread(office.desk.db, agent, [id_]))


@pytest.mark.parametrize("status", ["open", "pending", "snooze 2d", "close"])
@pytest.mark.parametrize("other", ["open", "pending", "snooze 3d", "close"])
def test_a_join_taken_back_leaves_all_as_it_was(office: Office, status: str, other: str) -> None:
    one = wrote(office, in_reply_to="not-here-yet")
    two = wrote(office, text="Two", subject="Another")
    here, there = one.conversation_id, two.conversation_id
    office.do(here, "tag add billing", "assign me", "priority high", "reply set 'Dear Ann'")
    for room, line in ((here, status), (there, other)):
        office.do(room, line if line[0] in "sc" else f"status {line}")
    office.do(there, "mark read", agent="joe")
    before = state(office)
    office.clock.pass_(MINUTE)
    done = office.do(here, f"join {there}")
    assert office.texts(there) == [one.text, two.text]
    draft = drafts.get(office.desk.db, there, "ann")
    assert draft is not None
    assert draft.text == "Dear Ann"
    assert unread(office, "joe", there), "what he has not read came there"
    office.do(here, done.undo)
    assert state(office) == before


@pytest.mark.parametrize("status", ["open", "pending", "snooze 3d"])
def test_a_split_that_is_taken_back_is_made_once_more(office: Office, status: str) -> None:
    first = wrote(office)
    second = wrote(office, text="Two", in_reply_to=first.external_id)
    here = first.conversation_id
    done = office.do(here, f"split {second.id} 'Its own'")
    other = ConversationId(int("".join(filter(str.isdigit, done.message))))
    office.do(other, "assign bob", status if status[0] == "s" else f"status {status}")
    for room in (here, other):
        office.do(room, "mark read", agent="joe")
    before = state(office)
    for _again in range(2):
        back = office.do(here, done.undo)
        assert office.conversation(other).status == "closed"
        office.clock.pass_(MINUTE)
        done = office.do(here, back.undo)
        assert state(office) == before


def test_what_was_to_be_done_is_to_be_done_there(office: Office) -> None:
    one, two = wrote(office), wrote(office, subject="Another")
    here, there = one.conversation_id, two.conversation_id
    office.do(there, "status pending")
    office.do(here, f"join {there}")
    joined = office.conversation(there)
    assert (joined.status, joined.waiting_since) == ("open", one.arrived_at)
    three = wrote(office, subject="A third")
    office.do(there, "close")
    office.do(three.conversation_id, "snooze 2d")
    until = office.conversation(three.conversation_id).snoozed_until
    office.do(three.conversation_id, f"join {there}")
    assert office.conversation(there).status == "open"
    four = wrote(office, subject="A fourth")
    office.sent(four.conversation_id, "We look into it")
    office.do(four.conversation_id, "snooze 2d")
    office.do(there, "close")
    office.do(four.conversation_id, f"join {there}")
    joined = office.conversation(there)
    assert joined.status == "snoozed"
    assert until is not None
    assert (joined.snoozed_until or 0) > until


def test_what_has_happened_since_stays(office: Office) -> None:
    one, two = wrote(office), wrote(office, subject="Another")
    here, there = one.conversation_id, two.conversation_id
    office.do(there, "close")
    done = office.do(here, f"join {there}")
    came = wrote(office, in_reply_to=two.external_id, text="More")
    assert came.conversation_id == there
    office.do(there, done.undo)
    assert office.texts(here) == [one.text]
    assert office.texts(there) == [two.text, "More"]
    assert office.conversation(there).status == "open", "what came since waits"
    with pytest.raises(CommandError, match="Nothing of what was moved"):
        office.do(there, done.undo)


def test_a_split_is_taken_back_and_done_again(office: Office) -> None:
    one = wrote(office)
    two = wrote(office, in_reply_to=one.external_id, text="And another thing")
    office.do(one.conversation_id, "mark read")
    before = office.conversation(one.conversation_id)
    done = office.do(one.conversation_id, f"split {two.id} 'Another thing'")
    new = messages.get(office.desk.db, two.id).conversation_id
    assert not unread(office, "ann", new), "she has read it"
    assert unread(office, "joe", new)
    again = office.do(new, done.undo)
    assert office.conversation(one.conversation_id) == before
    assert office.conversation(new).status == "closed"
    office.do(one.conversation_id, again.undo)
    assert office.texts(new) == ["And another thing"]


def test_messages_of_several_conversations_go_back_to_each(office: Office) -> None:
    one, two, three = wrote(office), wrote(office, subject="B"), wrote(office, subject="C")
    office.do(two.conversation_id, "snooze 2d")
    before = state(office)
    done = office.do(three.conversation_id, f"move {one.id},{two.id} {three.conversation_id}")
    assert len(office.texts(three.conversation_id)) == 3
    office.do(three.conversation_id, done.undo)
    assert state(office) == before


def test_a_wake_up_that_has_passed_meanwhile_is_not_waited_for(office: Office) -> None:
    one, two = wrote(office), wrote(office, subject="B")
    office.do(one.conversation_id, "snooze 2h")
    done = office.do(one.conversation_id, f"join {two.conversation_id}")
    office.clock.pass_(3 * HOUR)
    office.do(one.conversation_id, done.undo)
    assert office.conversation(one.conversation_id).status == "open"


def test_what_is_on_its_way_goes_to_whom_it_was_written(office: Office) -> None:
    """Also from a conversation that is another customer's now, and what was begun stays here."""
    one, two = wrote(office), wrote(office, BOB, subject="Another")
    office.do(one.conversation_id, "reply set 'Only for Ann'")
    queued = office.reply(one.conversation_id, "For Ann")
    scheduled = office.reply(one.conversation_id, "Later", send_at=office.clock.at + HOUR)
    before = state(office)
    done = office.do(one.conversation_id, f"join {two.conversation_id} yes")
    assert messages.get(office.desk.db, queued).customer_id == two.customer_id
    assert drafts.get(office.desk.db, two.conversation_id, "ann") is None
    entry = store_outbox.get(office.desk.db, scheduled)
    outgoing = outbox.outgoing(office.desk, office.entry(queued))
    assert [person.address for person in outgoing.to] == [ANN]
    assert outgoing.envelope == entry.recipients == (ANN,)
    assert BOB not in repr(outgoing)
    assert two.text not in repr(outgoing.quote) or two.text == one.text
    office.do(one.conversation_id, done.undo)
    assert state(office) == before


def test_reading_marks_say_who_has_read_what(office: Office) -> None:
    one, two = wrote(office), wrote(office, subject="Another")
    here, there = one.conversation_id, two.conversation_id
    for agent, rooms in (("ann", (here, there)), ("joe", (there,)), ("may", (here,))):
        for room in rooms:
            office.do(room, "mark read", agent=agent)
    office.do(here, f"join {there}")
    told = {agent: unread(office, agent, there) for agent in ("ann", "joe", "may", "eve")}
    assert told == {"ann": False, "joe": True, "may": True, "eve": True}
    assert moving.marks(office.desk.db, there)["joe"] < two.id
