"""Calls, visits and letters that are noted by hand."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnitui.desk import contacts
from omnitui.desk.command import CommandError
from omnitui.desk.view import message_json
from store import customers, messages, search
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.model import Message
from tests.desk.office import HOUR, MINUTE, Office

_NO_QUOTES = str.maketrans("", "", "'\"\\ ")


def noted(office: Office, conversation: int) -> Message:
    return messages.of_conversation(office.desk.db, conversation)[-1]  # type: ignore[arg-type]


def wrote(office: Office) -> int:
    """A customer writes and waits."""
    return office.got(office.letter("Joe <joe@home.example>")).conversation_id


def test_a_call_stands_in_the_history_and_is_found(office: Office) -> None:
    here = wrote(office)
    office.clock.pass_(MINUTE)
    office.do(here, "log call out 12m Wants the zebra invoice again")
    message = noted(office, here)
    assert (message.channel, message.direction, message.state) == ("phone", "out", "sent")
    assert message.text == "Wants the zebra invoice again"
    shown = message_json(message)
    assert shown["contact"] == {
        "kind": "call",
        "minutes": 12,
        "by": message.author,
        "address": None,
    }
    for query in ("zebra", "zebra channel:phone"):
        assert [hit.message_id for hit in search.search(office.desk.db, query)] == [message.id]
    found = office.conversation(here)
    assert found.channels == ("email", "phone"), "a reply goes by mail"
    assert found.preview == "Wants the zebra invoice again"
    assert customers.get(office.desk.db, found.customer_id).last_contact_at == office.clock.at
    [event] = office.log("contact.noted")
    assert event.data == {"contact": "call", "direction": "out", "minutes": 12}


@pytest.mark.parametrize(
    ("line", "status", "waits"),
    [
        ("log call out Told them", "open", False),
        ("log call in Told them", "open", False),
        ("log visit They were here", "open", False),
        ("log missed", "open", True),
        ("log missed out", "open", True),
        ("log letter in A complaint", "open", True),
        ("log letter out Our answer", "open", False),
        ("log call +close That is all", "closed", False),
        ("log call in +pending They send the number", "pending", False),
        ("log call in +waits I look it up", "open", True),
        ("log missed +done Wrong number", "open", False),
    ],
)
def test_who_waits_afterwards(office: Office, line: str, status: str, waits: bool) -> None:
    here = wrote(office)
    office.clock.pass_(MINUTE)
    before = office.conversation(here)
    done = office.do(here, line)
    found = office.conversation(here)
    assert (found.status, found.waiting_since is not None) == (status, waits)
    back = office.do(here, done.undo)
    again = office.conversation(here)
    assert (again.status, again.waiting_since) == (before.status, before.waiting_since)
    assert again.preview == before.preview
    office.do(here, back.undo)
    found = office.conversation(here)
    assert (found.status, found.waiting_since is not None) == (status, waits)
    assert check(office.desk.db, for_database(office.desk.db)) == []


def test_a_missed_call_opens_what_was_closed(office: Office) -> None:
    here = wrote(office)
    office.do(here, "close")
    office.clock.pass_(HOUR)
    done = office.do(here, "log missed")
    assert office.conversation(here).status == "open"
    assert office.conversation(here).waiting_since == office.clock.at
    office.do(here, done.undo)
    assert office.conversation(here).status == "closed"
    assert office.conversation(here).waiting_since is None


def test_what_came_since_it_was_noted_is_not_undone_with_it(office: Office) -> None:
    here = wrote(office)
    office.clock.pass_(MINUTE)
    done = office.do(here, "log call out Told them")
    office.clock.pass_(MINUTE)
    office.got(office.letter("Joe <joe@home.example>", "But", in_reply_to="m1@home.example"))
    at = office.conversation(here).waiting_since
    office.do(here, done.undo)
    assert office.conversation(here).status == "open"
    assert office.conversation(here).waiting_since is not None
    assert at == office.clock.at


def test_a_status_that_was_set_since_stays_when_it_is_struck_out(office: Office) -> None:
    here = wrote(office)
    office.clock.pass_(MINUTE)
    done = office.do(here, "log call out Told them")
    office.do(here, "close")
    office.do(here, done.undo)
    assert noted(office, here).state == "cancelled"
    assert office.conversation(here).status == "closed"


def test_a_customer_without_a_matter_gets_one(office: Office) -> None:
    here = wrote(office)
    office.do(here, "close")
    customer = office.conversation(here).customer_id
    from omnitui.desk import commands
    from omnitui.desk.session import OwnDraft, Session

    session = Session(office.desk, None, OwnDraft(), customer=customer)
    with transaction(office.desk.db):
        done = commands.run(session, "log visit 30m Bought two lamps")
    made = office.conversation(session.here)
    assert (made.subject, made.status, made.customer_id) == ("Visit", "closed", customer)
    office.do(made.id, done.undo)
    assert office.conversation(made.id).status == "closed"


def test_an_own_call_does_not_stop_the_reply_that_is_being_written(office: Office) -> None:
    here = wrote(office)
    seen = noted(office, here).id
    office.clock.pass_(MINUTE)
    office.do(here, "log missed They want the number")
    office.do(here, "reply set It is 17", "reply send", if_last=seen)
    office.do(here, "log missed Once more", agent="bob")
    with pytest.raises(CommandError, match="wrote meanwhile"):
        office.do(here, "reply set Again", "reply send", if_last=seen)


@pytest.mark.parametrize(
    "line", ["log call out 9999m x", "log fax x", "log", "log discard 1", "log restore 1"]
)
def test_what_cannot_be_noted_says_why(office: Office, line: str) -> None:
    here = wrote(office)
    with pytest.raises(CommandError):
        office.do(here, line)
    assert len(office.texts(here)) == 1


def test_a_telephone_system_notes_a_call_once(office: Office) -> None:
    db = office.desk.db
    with transaction(db):
        customer, new = contacts.customer_of(office.desk, "phone", "+380671234567", "Olena")
        assert new
        room = contacts.begin(office.desk, customer, "missed")
        first = contacts.note(office.desk, room, "missed", "in", "", address="+380671234567",
                              at=office.clock.at - HOUR, key="asterisk-17")  # fmt: skip
        again = contacts.note(office.desk, room, "missed", "in", "", key="asterisk-17")
    assert first == again
    message = messages.get(db, first)
    assert (message.author, message.author_address) == ("Olena", "+380671234567")
    assert message.arrived_at == office.clock.at - HOUR
    found = office.conversation(room)
    assert (found.status, found.waiting_since) == ("open", message.arrived_at)
    with transaction(db):
        assert contacts.customer_of(office.desk, "phone", "+380671234567") == (customer, False)
    with pytest.raises(CommandError, match="still to come"), transaction(db):
        contacts.note(office.desk, room, "call", "in", "", at=office.clock.at + HOUR)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(
        st.sampled_from(["in", "out", "5m", "0min", "+waits", "+close", "--", "5", "minus"])
        | st.text("aб'\"+- 9m", min_size=1, max_size=8),
        max_size=6,
    )
)
def test_any_line_is_noted_or_refused_and_undone(office: Office, words: list[str]) -> None:
    here = wrote(office)
    before = office.conversation(here)
    try:
        done = office.do(here, f"log call {' '.join(words)}")
    except CommandError:
        return
    bare = noted(office, here).text.translate(_NO_QUOTES)
    assert bare in " ".join(words).translate(_NO_QUOTES)
    office.do(here, done.undo)
    after = office.conversation(here)
    assert (after.status, after.waiting_since) == (before.status, before.waiting_since)
