"""What comes in is stored once, in its conversation, with its receipt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Address, AutoReply, Bounce, File, Ignored, Inbound, Quarantined
from omnitui.desk.arriving import intake
from store import accounts, blobs, conversations, identities, ledger, messages, outbox
from store.database import transaction
from tests.desk.office import DAY, HOUR, MINUTE, SUPPORT, Office


def test_a_mail_is_kept_with_all_that_belongs_to_it(office: Office) -> None:
    letter = office.letter(
        '"Lee, Ann" <ann@home.example>',
        "Where is my parcel?",
        cc=(Address("bob@home.example", "Bob"),),
        files=(File("photo.png", "image/png", b"picture"),),
        raw=b"From: ann\r\n\r\nWhere",
        defects=("odd",),
    )
    with transaction(office.desk.db):
        receipts = intake.accept(office.desk, office.mail, [letter], {"uid": 7})
    assert [r.outcome for r in receipts] == ["accepted"]
    assert receipts[0].message_id is not None
    message = messages.get(office.desk.db, receipts[0].message_id)
    assert message.text == "Where is my parcel?"
    assert message.author == "Lee, Ann"
    assert [a.address for a in message.recipients] == [SUPPORT, "bob@home.example"]
    kept = blobs.for_database(office.desk.db)
    assert kept.read(office.desk.db, message.attachments[0].blob) == b"picture"
    assert kept.read(office.desk.db, message.raw) == b"From: ann\r\n\r\nWhere"
    assert message.details["defects"] == ["odd"]
    conversation = office.conversation(message.conversation_id)
    assert (conversation.status, conversation.subject) == ("open", "My order")
    assert conversation.customer_name == "Ann Lee"
    assert conversation.waiting_since == letter.arrived_at
    assert accounts.cursor(office.desk.db, office.mail.id) == {"uid": 7}
    assert [e.message_id for e in office.log("message.received")] == [message.id]
    assert [e.conversation_id for e in office.log("conversation.created")] == [conversation.id]


def test_the_same_item_again_changes_nothing(office: Office) -> None:
    letter = office.letter()
    first = office.got(letter)
    again = office.take(letter, letter)
    assert [r.outcome for r in again] == ["duplicate", "duplicate"]
    assert len(ledger.all(office.desk.db)) == 1
    assert office.texts(first.conversation_id) == ["Hello"]


def test_the_same_mail_in_another_folder_or_account_is_one_message_with_two_receipts(
    office: Office,
) -> None:
    letter = office.letter()
    first = office.take(letter)[0]
    moved = office.take(replace(letter, external_id="Archive/1/1"))[0]
    renewed = office.take(replace(letter, external_id="INBOX/2/1"))[0]
    elsewhere = office.take(letter, account=office.sales)[0]
    assert {r.outcome for r in (moved, renewed, elsewhere)} == {"duplicate"}
    assert {r.message_id for r in (moved, renewed, elsewhere)} == {first.message_id}
    assert len(ledger.all(office.desk.db)) == 4


def test_twice_in_one_batch_is_once(office: Office) -> None:
    letter = office.letter()
    receipts = office.take(letter, replace(letter, external_id="INBOX/1/99"))
    assert [r.outcome for r in receipts] == ["accepted", "duplicate"]
    assert receipts[0].message_id == receipts[1].message_id


def test_a_reused_message_id_with_other_content_is_another_message(office: Office) -> None:
    letter = office.letter(text="one")
    first = office.got(letter)
    second = office.got(replace(letter, external_id="x", text="two", content_hash="other"))
    assert second.id != first.id
    assert "message-id-reused" in second.details["defects"]


def test_two_bots_count_alike_and_are_not_doubles(office: Office) -> None:
    with transaction(office.desk.db):
        other = accounts.ensure(office.desk.db, "bot2", "telegram")
    line = office.line()
    assert office.take(line)[0].outcome == "accepted"
    assert office.take(line, account=other)[0].outcome == "accepted"


def test_ignored_and_quarantined_end_in_the_ledger(office: Office) -> None:
    receipts = office.take(Ignored("1", "no message"), Quarantined("2", "no sense", b"\0\xff"))
    assert [r.outcome for r in receipts] == ["ignored", "quarantined"]
    kept = ledger.quarantined(office.desk.db)[0]
    assert blobs.for_database(office.desk.db).read(office.desk.db, kept.raw) == b"\0\xff"
    assert len(office.log("message.quarantined")) == 1


def test_an_edit_changes_the_text_and_keeps_the_earlier(office: Office) -> None:
    first = office.got(office.line(text="I want red"))
    receipt = office.take(
        office.line(text="I want blue", edit_of=first.external_id, message_key=first.external_id)
    )[0]
    now = messages.get(office.desk.db, first.id)
    assert receipt.message_id == first.id
    assert now.text == "I want blue"
    assert now.details["edits"][0]["text"] == "I want red"
    assert office.texts(first.conversation_id) == ["I want blue"]


def test_an_edit_of_what_never_came_is_a_message(office: Office) -> None:
    assert office.got(office.line(text="late", edit_of="77:9999")).text == "late"


@pytest.mark.parametrize("status", ["pending", "snoozed", "closed"])
def test_the_customer_writes_and_it_is_open_again(office: Office, status: str) -> None:
    first = office.got(office.letter())
    office.do(first.conversation_id, "snooze 2d" if status == "snoozed" else f"status {status}")
    office.clock.pass_(HOUR)
    office.got(office.letter(in_reply_to=first.external_id))
    conversation = office.conversation(first.conversation_id)
    assert conversation.status == "open"
    assert conversation.snoozed_until is None
    # A snoozed question was never answered: it waits since it was asked.
    since = first.arrived_at if status == "snoozed" else office.clock.at
    assert conversation.waiting_since == since
    assert office.log("conversation.status")[-1].data["why"] == "wrote"


@pytest.mark.parametrize(
    "automatic",
    [
        {"auto_reply": AutoReply("out-of-office", "Auto-Submitted")},
        {"auto_reply": AutoReply("auto", "Auto-Submitted")},
        {"bounce": Bounce("joe@home.example", "failed", "5.1.1", "unknown", "nobody@knows", True)},
    ],
)
def test_automatic_mail_neither_opens_nor_waits(office: Office, automatic: dict[str, Any]) -> None:
    first = office.got(office.letter())
    office.do(first.conversation_id, "close")
    office.clock.pass_(MINUTE)
    answer = office.got(office.letter(in_reply_to=first.external_id, **automatic))
    conversation = office.conversation(first.conversation_id)
    assert answer.conversation_id == first.conversation_id
    assert (conversation.status, conversation.waiting_since) == ("closed", None)
    alone = office.got(office.letter("robot@elsewhere.example", **automatic))
    alone_in = office.conversation(alone.conversation_id)
    assert (alone_in.status, alone_in.waiting_since) == ("closed", None)


def test_a_bounce_marks_its_message_and_its_address(office: Office) -> None:
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id)
    office.clock.pass_(MINUTE)
    bounce = Bounce("joe@home.example", "failed", "5.1.1", "User unknown", sent.external_id, True)
    came = office.got(office.letter("MAILER-DAEMON@mx.example", "failure", bounce=bounce))
    assert came.conversation_id == first.conversation_id
    failed = messages.get(office.desk.db, sent.id)
    assert failed.state == "failed"
    assert "User unknown" in failed.error
    identity = identities.find(office.desk.db, "email", "joe@home.example")
    assert identity is not None
    assert "User unknown" in identity.flag
    conversation = office.conversation(first.conversation_id)
    assert (conversation.status, conversation.failed) == ("open", 1)
    assert office.log("message.bounced")[0].message_id == sent.id


def test_a_forged_bounce_flags_nobody_else(office: Office) -> None:
    victim = office.got(office.letter("eve@victim.example"))
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id)
    bounce = Bounce("eve@victim.example", "failed", "5.1.1", "dead", sent.external_id, True)
    office.got(office.letter("joe@home.example", bounce=bounce))
    identity = identities.find(office.desk.db, "email", "eve@victim.example")
    assert victim.customer_id != first.customer_id
    assert identity is not None
    assert identity.flag == ""
    assert messages.get(office.desk.db, sent.id).state == "sent"


def test_a_delay_is_not_a_failure(office: Office) -> None:
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id)
    bounce = Bounce("joe@home.example", "delayed", "4.4.1", "greylisted", sent.external_id, None)
    office.got(office.letter("MAILER-DAEMON@mx.example", bounce=bounce))
    assert messages.get(office.desk.db, sent.id).state == "sent"
    assert len(office.log("message.delayed")) == 1


def test_old_mail_of_a_first_connect_arrives_closed(office: Office) -> None:
    old = office.letter(history=True, arrived_at=office.clock.at - 90 * DAY)
    conversation = office.conversation(office.got(old).conversation_id)
    assert (conversation.status, conversation.waiting_since) == ("closed", None)


def test_an_import_is_open_where_the_customer_spoke_last(office: Office) -> None:
    def at(days: int, sender: str = "joe@home.example", **more: Any) -> Inbound:
        arrived = office.clock.at - days * DAY
        return office.letter(sender, history=True, imported=True, arrived_at=arrived, **more)

    ours: dict[str, Any] = {"direction": "out", "to": (Address("joe@home.example"),)}
    asked = at(30, message_key="a@x")
    answered = at(29, SUPPORT, message_key="b@x", in_reply_to="a@x", **ours)
    back = at(28, message_key="c@x", in_reply_to="b@x")
    office.take(asked)
    one = conversations.all(office.desk.db)[0]
    assert (one.status, one.waiting_since) == ("open", asked.arrived_at)
    office.take(answered)
    one = conversations.all(office.desk.db)[0]
    assert (one.status, one.waiting_since) == ("closed", None)
    office.take(back)
    one = conversations.all(office.desk.db)[0]
    assert (one.status, one.waiting_since) == ("open", back.arrived_at)
    assert len(conversations.all(office.desk.db)) == 1


def test_an_imported_question_that_comes_after_its_answer_stays_closed(office: Office) -> None:
    answered = office.letter(
        SUPPORT, history=True, imported=True, direction="out", message_key="b@x",
        in_reply_to="a@x", arrived_at=office.clock.at - DAY, to=(Address("joe@home.example"),),
    )  # fmt: skip
    asked = office.letter(
        history=True, imported=True, message_key="a@x", arrived_at=office.clock.at - 2 * DAY
    )
    office.take(answered)
    office.take(asked)
    (one,) = conversations.all(office.desk.db)
    assert (one.status, one.waiting_since, one.messages) == ("closed", None, 2)


def test_a_reply_from_another_mail_program_counts_as_ours(office: Office) -> None:
    first = office.got(office.letter())
    office.clock.pass_(MINUTE)
    copy = office.letter(
        SUPPORT, "From my phone", direction="out", to=(Address("joe@home.example"),),
        in_reply_to=first.external_id, external_id="Sent/1/1",
    )  # fmt: skip
    message = office.got(copy)
    assert (message.direction, message.state) == ("out", "sent")
    assert message.conversation_id == first.conversation_id
    conversation = office.conversation(first.conversation_id)
    assert (conversation.status, conversation.waiting_since) == ("pending", None)


def test_the_copy_in_sent_of_what_we_sent_is_no_new_message(office: Office) -> None:
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id, "Dear Joe")
    copy = office.letter(
        SUPPORT, "Dear Joe", direction="out", message_key=sent.external_id, external_id="Sent/1/1"
    )
    receipt = office.take(copy)[0]
    assert (receipt.outcome, receipt.message_id) == ("duplicate", sent.id)


def test_the_copy_in_sent_proves_what_was_unknown(office: Office) -> None:
    from connectors.contract import MaybeSent

    first = office.got(office.letter())
    message_id = office.reply(first.conversation_id)
    entry = office.settle(office.claim(message_id), MaybeSent("The line broke."))
    assert entry.state == "unknown"
    office.take(
        office.letter(SUPPORT, direction="out", message_key=entry.key, external_id="Sent/1/1")
    )
    assert outbox.get(office.desk.db, message_id).state == "sent"


def test_nobody_puts_words_into_our_mouth_with_our_message_id(office: Office) -> None:
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id, "Never")
    forged = office.got(office.letter("joe@home.example", "Yes!", message_key=sent.external_id))
    assert forged.id != sent.id
    assert forged.direction == "in"
    claimed = office.got(office.letter(SUPPORT, "We owe you 1000", message_key=sent.external_id))
    assert claimed.direction == "in"
    assert {"message-id-reused", "from-own-address"} <= set(claimed.details["defects"])


def test_a_contact_form_in_our_own_name_is_from_the_customer(office: Office) -> None:
    form = office.letter(
        SUPPORT,
        "Please call",
        reply_to=(Address("kim@home.example", "Kim"),),
        auto_reply=AutoReply("auto", "Auto-Submitted: auto-generated"),
    )
    message = office.got(form)
    assert office.conversation(message.conversation_id).waiting_since == message.arrived_at
    assert (message.author, message.author_address) == ("Kim", "kim@home.example")
    assert office.conversation(message.conversation_id).customer_name == "Kim"


def test_a_clock_that_runs_years_ahead_does_not_stay_on_top(office: Office) -> None:
    message = office.got(office.letter(arrived_at=office.clock.at + 4000 * DAY))
    assert message.arrived_at == office.clock.at


def test_a_mailboxs_clock_that_is_slow_puts_no_answer_before_its_question(office: Office) -> None:
    first = office.got(office.letter())
    sent = office.sent(first.conversation_id)
    slow = office.clock.at - 5 * MINUTE
    back = office.got(office.letter(in_reply_to=sent.external_id, arrived_at=slow))
    kept = messages.of_conversation(office.desk.db, first.conversation_id)
    assert [m.id for m in kept] == [first.id, sent.id, back.id]
    conversation = office.conversation(first.conversation_id)
    assert conversation.status == "open"
    assert conversation.waiting_since == back.arrived_at


def test_broken_text_is_kept(office: Office) -> None:
    message = office.got(office.letter('"\ud800" <x@y.example>', "a\x00b\ud83d", subject="\udfff"))
    assert message.text.startswith("a\x00b")


def test_mails_without_a_sender_are_not_one_person(office: Office) -> None:
    one, two = office.got(office.letter("")), office.got(office.letter(""))
    assert one.customer_id != two.customer_id


def test_a_large_attachment_comes_from_a_file(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(b"x" * 200_000)
    message = office.got(office.letter(files=(File("big.bin", "application/x", path),)))
    assert message.attachments[0].size == 200_000
    kept = blobs.for_database(office.desk.db)
    stored = kept.open_path(office.desk.db, message.attachments[0].blob)
    assert stored is not None
    assert stored.stat().st_size == 200_000


def test_a_failing_batch_leaves_nothing(office: Office) -> None:
    class Stop(Exception):
        pass

    def fail() -> None:
        with transaction(office.desk.db):
            intake.accept(office.desk, office.mail, [office.letter()], {"uid": 9})
            raise Stop

    with pytest.raises(Stop):
        fail()
    assert ledger.all(office.desk.db) == []
    assert conversations.all(office.desk.db) == []
    assert accounts.cursor(office.desk.db, office.mail.id) == {}


def test_old_and_new_mail_of_one_thread_in_one_batch(office: Office) -> None:
    old = office.letter(history=True, arrived_at=office.clock.at - 90 * DAY)
    new = office.letter(in_reply_to=old.message_key)
    office.take(old, new)
    (one,) = conversations.all(office.desk.db)
    assert (one.status, one.waiting_since) == ("open", new.arrived_at)
