"""A reply in a chat: what it answers, without a sound, its files, and who sees it being typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import Address, Outgoing, Sent
from omnitui.desk.command import CommandError
from omnitui.desk.replying import outbox
from omnitui.desk.replying.preflight import preflight
from omnitui.desk.replying.reply_stops import BadFile
from omnitui.desk.visiting import typing
from store import accounts, messages
from store.database import transaction
from store.model import Delivery, Message, MessageId
from tests.desk.office import Office

ABLE = {"answers": True, "silent": True, "typing": True, "each_file_limit": 1000}


@pytest.fixture
def asked(office: Office) -> Message:
    """A customer's question in a chat that can do everything."""
    with transaction(office.desk.db):
        office.chat = accounts.ensure(office.desk.db, "bot", "telegram", capabilities=ABLE)
    first = office.got(office.line("77", "Where is it?"))
    office.got(office.line("77", "And the other one?"))
    return first


def outgoing(office: Office, message: MessageId) -> Outgoing:
    return outbox.outgoing(office.desk, office.entry(message))


def test_a_reply_answers_the_message_that_was_chosen(office: Office, asked: Message) -> None:
    here = asked.conversation_id
    done = office.do(here, f"reply answer {asked.id}", "reply silent on", "reply set Here")
    flight = preflight(office.desk, here, delivery=office.session(here).draft.get().delivery)
    assert flight.answers is not None
    assert (flight.answers.id, flight.silent, flight.problems) == (asked.id, True, ())
    office.do(here, "reply send")
    message = messages.of_conversation(office.desk.db, here)[-1]
    assert message.details["reply_to"] == {
        "key": asked.external_id,
        "author": "Joe",
        "text": "Where is it?",
        "ours": False,
    }
    assert (outgoing(office, message.id).answers, outgoing(office, message.id).silent) == (
        asked.external_id,
        True,
    )
    assert done.undo.startswith("reply set")


def test_choosing_is_undone_and_kept_with_a_taken_back_reply(
    office: Office, asked: Message
) -> None:
    here = asked.conversation_id

    def chosen() -> Delivery:
        return office.session(here).draft.get().delivery

    done = office.do(here, f"reply answer #{asked.id}")
    office.do(here, done.undo)
    assert chosen().answers is None
    done = office.do(here, "reply silent")
    assert chosen().silent
    office.do(here, done.undo)
    assert not chosen().silent
    sent = office.do(here, f"reply answer {asked.id}", "reply silent", "reply set x", "reply send")
    office.do(here, sent.undo)
    assert (chosen().answers, chosen().silent) == (asked.id, True)
    office.do(here, "reply answer none", "reply silent off")
    assert chosen() == Delivery()


def test_without_a_choice_a_chat_just_goes_on(office: Office, asked: Message) -> None:
    found = outgoing(office, office.reply(asked.conversation_id))
    assert (found.answers, found.in_reply_to, found.references) == ("", "", ())


def test_our_own_message_is_answered_by_its_first_part(office: Office, asked: Message) -> None:
    entry = office.claim(office.reply(asked.conversation_id, "long"))
    office.settle(entry, Sent("77:5", parts=("77:5", "77:6")))
    answer = office.reply(
        asked.conversation_id, "more", delivery=Delivery(answers=entry.message_id)
    )
    assert outgoing(office, answer).answers == "77:5"


def test_what_cannot_be_answered_is_said(office: Office, asked: Message) -> None:
    here = asked.conversation_id
    waiting = office.reply(here, "waits")
    office.do(here, "note for us")
    note = messages.of_conversation(office.desk.db, here)[-1]
    gone = office.got(office.line("77", "oops"))
    with transaction(office.desk.db):
        messages.add_details(office.desk.db, gone.id, {"deleted_at": office.clock.at})
    for message, why in (
        (waiting, "not at the customer's"),
        (note.id, "nobody but us"),
        (gone.id, "has been deleted"),
    ):
        with pytest.raises(CommandError, match=why):
            office.do(here, f"reply answer {message}")
    with pytest.raises(CommandError, match="number, or none"):
        office.do(here, "reply answer last")
    other = office.got(office.line("78"))
    with pytest.raises(CommandError, match="in conversation"):
        office.do(here, f"reply answer {other.id}")


def test_mail_has_neither(office: Office) -> None:
    letter = office.got(office.letter())
    with pytest.raises(CommandError, match="does not show"):
        office.do(letter.conversation_id, f"reply answer {letter.id}")
    with pytest.raises(CommandError, match="no silent messages"):
        office.do(letter.conversation_id, "reply silent on")
    # Chosen for another channel, left out on this one, and said before it goes.
    delivery = Delivery(answers=letter.id, silent=True)
    flight = preflight(office.desk, letter.conversation_id, delivery=delivery)
    assert (flight.answers, flight.silent, len(flight.problems)) == (None, False, 2)
    message = office.reply(letter.conversation_id, delivery=delivery)
    found = outgoing(office, message)
    assert (found.answers, found.silent) == ("", False)
    assert found.in_reply_to == letter.external_id


def test_what_is_gone_by_the_time_it_leaves_is_not_answered(office: Office, asked: Message) -> None:
    answer = office.reply(asked.conversation_id, "this", delivery=Delivery(answers=asked.id))
    with transaction(office.desk.db):
        messages.add_details(office.desk.db, asked.id, {"deleted_at": office.clock.at})
    assert outgoing(office, answer).answers == ""


def test_the_chat_of_what_is_answered_is_where_it_goes(office: Office, asked: Message) -> None:
    newer = office.got(office.line("b777:77", "in the other", sender=Address("77", "Joe")))
    with transaction(office.desk.db):
        messages.move(office.desk.db, [newer.id], asked.conversation_id)
    assert outgoing(office, office.reply(asked.conversation_id)).chat == "b777:77"
    answer = office.reply(asked.conversation_id, delivery=Delivery(answers=asked.id))
    assert outgoing(office, answer).chat == "77"


def test_each_file_has_a_limit(office: Office, asked: Message, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(bytes(900))
    large.write_bytes(bytes(1001))
    office.do(asked.conversation_id, f"attach {small}")
    with pytest.raises(BadFile, match="a file"):
        office.do(asked.conversation_id, f"attach {large}")


def test_typing_is_noted_where_it_is_seen(office: Office, asked: Message) -> None:
    letter = office.got(office.letter())

    def note(conversation: int) -> bool:
        with transaction(office.desk.db):
            return typing.note(office.desk, conversation)  # type: ignore[arg-type]

    assert not note(letter.conversation_id)
    assert note(asked.conversation_id)
    assert [(one.account_id, one.chat) for one in typing.chats(office.desk)] == [
        (office.chat.id, "77")
    ]
    assert office.log("message.typing") == []
    office.clock.pass_(typing.FRESH + 1)
    assert typing.chats(office.desk) == []
    assert note(asked.conversation_id)
    office.reply(asked.conversation_id)
    assert typing.chats(office.desk) == []


def test_a_customer_who_answers_a_message_is_answered_like_others(
    office: Office, asked: Message
) -> None:
    told = {"key": asked.external_id, "author": "Acme", "text": "Here", "ours": True}
    office.got(office.line("77", "Thanks!", details={"reply_to": told}))
    flight = preflight(office.desk, asked.conversation_id)
    assert [person.address for person in flight.recipients] == ["77"]


def test_telegram_shows_the_bot_and_no_agent(office: Office, asked: Message) -> None:
    with transaction(office.desk.db):
        accounts.ensure(office.desk.db, "bot", "telegram", display_name="Acme support")
    assert preflight(office.desk, asked.conversation_id).sender.name == "Acme support"
