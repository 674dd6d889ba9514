"""What was sent is changed at the customer's, by rules that say why not."""

from __future__ import annotations

import json

import pytest

from connectors.contract import AuthFailed, Deferred, MaybeSent, Rejected, Sent
from omnitui.desk.command import CommandError
from omnitui.desk.replying import alterations
from omnitui.desk.replying.reply_stops import EmptyReply, TooLong, UnfilledVariable
from omnitui.desk.session import ChangedMeanwhile
from omnitui.desk.together.taking_back import TakenSince
from store import accounts, messages
from store import alterations as store_alterations
from store.alterations import Alteration
from store.database import transaction
from store.model import Message, MessageId
from tests.desk.office import DAY, HOUR, Office

ABLE = {
    "text_limit": 100,
    "edit": True,
    "delete": True,
    "delete_window": 172_800,
}


@pytest.fixture
def sent(office: Office) -> Message:
    """A reply that a chat has, which can edit and delete."""
    with transaction(office.desk.db):
        office.chat = accounts.ensure(office.desk.db, "bot", "telegram", capabilities=ABLE)
    return office.sent(office.got(office.line("77", "hi")).conversation_id, "Tommorow")


def change(office: Office, message: MessageId, kind: str, text: str = "") -> Alteration:
    with transaction(office.desk.db):
        return alterations.queue(office.desk, message, kind, text)  # type: ignore[arg-type]


def settle(office: Office, one: Alteration, error: Exception | None = None) -> Alteration:
    with transaction(office.desk.db):
        alterations.settle(office.desk, one.id, error)  # type: ignore[arg-type]
    return store_alterations.get(office.desk.db, one.id)


def now(office: Office, message: Message) -> Message:
    return messages.get(office.desk.db, message.id)


def test_the_command_edits_and_its_undo_edits_back(office: Office, sent: Message) -> None:
    here = sent.conversation_id
    done = office.do(here, f"message edit {sent.id} Tomorrow, don't worry")
    (first,) = store_alterations.of_message(office.desk.db, sent.id)
    assert now(office, sent).text == "Tommorow"
    assert now(office, sent).details["alteration"]["text"] == "Tomorrow, don't worry"
    settle(office, first)
    assert now(office, sent).text == "Tomorrow, don't worry"
    office.do(here, done.undo)
    settle(office, store_alterations.of_message(office.desk.db, sent.id)[-1])
    assert now(office, sent).text == "Tommorow"
    assert [e["text"] for e in now(office, sent).details["edits"]] == [
        "Tommorow",
        "Tomorrow, don't worry",
    ]
    # An earlier change is taken back to what was before that one.
    with pytest.raises(CommandError, match="says already"):
        office.do(here, done.undo)


def test_of_two_who_edit_it_neither_overwrites_the_other_unseen(
    office: Office, sent: Message
) -> None:
    here = sent.conversation_id
    done = office.do(here, f"message edit {sent.id} Tomorrow", was="Tommorow")
    settle(office, store_alterations.of_message(office.desk.db, sent.id)[-1])
    line = f"message edit {sent.id} On Friday"
    with pytest.raises(ChangedMeanwhile, match="ann has changed it meanwhile to “Tomorrow”"):
        office.do(here, line, was="Tommorow", agent="bea")
    office.do(here, line, was="Tomorrow", agent="bea")
    settle(office, store_alterations.of_message(office.desk.db, sent.id)[-1])
    with pytest.raises(TakenSince, match="bea has changed it since"):
        office.do(here, done.undo, undoing=True)
    assert now(office, sent).text == "On Friday"


def test_an_edit_takes_the_draft(office: Office, sent: Message) -> None:
    here = sent.conversation_id
    office.do(here, "reply set Tomorrow", f"message edit {sent.id}")
    assert office.session(here).draft.get().text == ""
    assert now(office, sent).details["alteration"]["text"] == "Tomorrow"


def test_undone_before_it_left_nothing_is_changed(office: Office, sent: Message) -> None:
    done = office.do(sent.conversation_id, f"message edit {sent.id} Tomorrow")
    office.do(sent.conversation_id, done.undo)
    assert "alteration" not in now(office, sent).details
    assert office.log("message.kept")[-1].data["why"] == "cancelled"
    with pytest.raises(CommandError, match="taken back already"):
        office.do(sent.conversation_id, done.undo)


def test_a_deletion_waits_as_a_reply_does_and_ends_what_was_queued(
    office: Office, sent: Message
) -> None:
    edit = change(office, sent.id, "edit", "Tomorrow")
    deletion = change(office, sent.id, "delete")
    assert deletion.due_at == office.clock.at + round(office.desk.config.desk.undo_send * 1000)
    assert store_alterations.get(office.desk.db, edit.id).state == "cancelled"
    with pytest.raises(alterations.NotAlterable, match="being deleted"):
        change(office, sent.id, "edit", "No")
    settle(office, deletion)
    assert now(office, sent).details["deleted_by"] == "ann"
    assert now(office, sent).text == "Tommorow"
    with pytest.raises(CommandError, match="deleted already"):
        office.do(sent.conversation_id, f"alteration undo {deletion.id}")


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        (" ", EmptyReply),
        ("Tommorow ", alterations.NotAlterable),
        ("x" * 101, TooLong),
        ("{{ name }}", UnfilledVariable),
    ],
)
def test_texts_that_would_not_be_sent_are_no_edits(
    office: Office, sent: Message, text: str, stop: type[Exception]
) -> None:
    with pytest.raises(stop):
        change(office, sent.id, "edit", text)


def test_only_what_we_sent_there_can_be_changed(office: Office, sent: Message) -> None:
    here = sent.conversation_id
    theirs = office.got(office.line("77", "mine"))
    office.do(here, "note between us")
    note = messages.of_conversation(office.desk.db, here)[-1]
    mail = office.sent(office.got(office.letter()).conversation_id)
    waiting = office.reply(here, "later")
    failed = office.settle(office.claim(office.reply(here, "x")), Rejected("No.")).message_id
    unknown = office.settle(office.claim(office.reply(here, "y")), MaybeSent("?")).message_id
    for message, why in (
        (theirs.id, "not what the customer wrote"),
        (note.id, "Notes"),
        (mail.id, "E-mail cannot"),
        (waiting, f"outbox cancel {waiting}"),
        (failed, "never got it"),
        (unknown, "Nobody knows"),
    ):
        for kind in ("edit", "delete"):
            with pytest.raises(alterations.NotAlterable, match=why):
                change(office, message, kind, "new")


def test_a_message_of_the_channel_s_own_program_is_not_ours(office: Office, sent: Message) -> None:
    theirs = office.got(office.line("77", "from the phone", direction="out"))
    with pytest.raises(alterations.NotAlterable, match="not sent from here"):
        change(office, theirs.id, "delete")


def test_deleting_has_an_end(office: Office, sent: Message) -> None:
    office.clock.pass_(2 * DAY + HOUR)
    with pytest.raises(alterations.NotAlterable, match="48 hours"):
        change(office, sent.id, "delete")
    change(office, sent.id, "edit", "Tomorrow")


def test_a_command_names_a_message_of_this_conversation(office: Office, sent: Message) -> None:
    other = office.got(office.line("78")).conversation_id
    with pytest.raises(CommandError, match="is in conversation"):
        office.do(other, f"message delete {sent.id}")
    with pytest.raises(CommandError, match="No message here"):
        office.do(other, "alteration cancel")


def test_what_cannot_be_done_now_waits_and_is_given_up_after_a_day(
    office: Office, sent: Message
) -> None:
    one = change(office, sent.id, "edit", "Tomorrow")
    for error in (Deferred("Later.", 7.0), MaybeSent("Silence."), AuthFailed("Who?")):
        one = settle(office, one, error)
        assert (one.state, one.error) == ("queued", str(error))
        assert one.due_at > office.clock.at
    assert now(office, sent).details["alteration"]["error"] == "Who?"
    office.clock.pass_(DAY)
    one = settle(office, one, Deferred("Later."))
    assert one.state == "failed"
    assert now(office, sent).details["alteration"]["state"] == "failed"
    # Looked at and left: the mark goes.
    office.do(sent.conversation_id, "alteration cancel")
    assert "alteration" not in now(office, sent).details


def test_a_later_edit_makes_up_for_one_that_failed(office: Office, sent: Message) -> None:
    settle(office, change(office, sent.id, "edit", "one"), Rejected("No."))
    second = change(office, sent.id, "edit", "two")
    assert now(office, sent).details["alteration"]["text"] == "two"
    settle(office, second)
    assert now(office, sent).text == "two"
    assert "alteration" not in now(office, sent).details


def test_made_although_it_was_taken_back_it_is_told_as_made(office: Office, sent: Message) -> None:
    one = change(office, sent.id, "edit", "Tomorrow")
    with transaction(office.desk.db):
        alterations.cancel(office.desk, sent.id)
    settle(office, one)
    assert now(office, sent).text == "Tomorrow"


def test_changes_of_a_message_are_due_one_after_the_other(office: Office, sent: Message) -> None:
    first, second = (change(office, sent.id, "edit", text) for text in ("one", "two"))
    account = office.chat.id

    def due() -> list[int]:
        found = store_alterations.due(office.desk.db, office.clock.at, account)
        return [one.id for one in found]

    assert due() == [first.id]
    settle(office, first, Deferred("Later.", 60.0))
    assert due() == []
    assert store_alterations.next_due_at(office.desk.db, account) == office.clock.at + 60_000
    office.clock.pass_(60_000)
    settle(office, first)
    assert due() == [second.id]


def test_the_channel_gets_the_new_text_for_all_parts(office: Office, sent: Message) -> None:
    message, parts = alterations.outgoing(office.desk, change(office, sent.id, "edit", "Tomorrow"))
    assert (message.text, message.chat, parts) == ("Tomorrow", "77", (sent.external_id,))
    entry = office.claim(office.reply(sent.conversation_id, "long"))
    office.settle(entry, Sent("77:5", parts=("77:5", "77:6")))
    _message, parts = alterations.outgoing(
        office.desk, change(office, entry.message_id, "edit", "longer")
    )
    assert parts == ("77:5", "77:6")


def test_earlier_texts_are_found_no_more_but_kept(office: Office, sent: Message) -> None:
    from store.search import search

    settle(office, change(office, sent.id, "edit", "Thursday"))
    assert [hit.message_id for hit in search(office.desk.db, "thursday")] == [sent.id]
    assert search(office.desk.db, "tommorow") == []
    row = office.desk.db.execute("SELECT details FROM messages WHERE id = ?", (sent.id,)).fetchone()
    assert json.loads(row[0])["edits"][0]["text"] == "Tommorow"
