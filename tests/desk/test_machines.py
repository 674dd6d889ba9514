"""Bounces, automatic mail and loops, as the desk takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import AutoReply, Bounce, Inbound
from omnitui.desk import loops, outbox
from omnitui.desk.auto_answers import PER_CUSTOMER, Allowed, Refused, may_answer
from store import conversations, identities, messages
from store.database import transaction
from store.model import Identity, Message
from tests.desk.office import DAY, HOUR, MINUTE, Office

JOE = "joe@home.example"
SUE = "sue@work.example"
DAEMON = "MAILER-DAEMON@mx.example"


def _bounce(sent: Message, **more: Any) -> Bounce:
    usual = Bounce(JOE, "failed", "5.1.1", "550 User unknown", sent.external_id, True)
    return replace(usual, **more)


def _failure(office: Office, *bounces: Bounce, **more: Any) -> Inbound:
    letter = office.letter(DAEMON, "failure", **more)
    return replace(letter, bounce=bounces[0], further_bounces=bounces[1:])


def _joe(office: Office) -> Identity:
    found = identities.find(office.desk.db, "email", JOE)
    assert found is not None
    return found


def _written_to(office: Office, *copies: str) -> Message:
    first = office.got(office.letter())
    return office.sent(first.conversation_id, to=(JOE, *copies), confirm_new=True)


@pytest.mark.parametrize("status", ["pending", "closed", "snoozed"])
def test_a_bounce_calls_an_agent(office: Office, status: Any) -> None:
    sent = _written_to(office)
    with transaction(office.desk.db):
        conversations.set_status(
            office.desk.db,
            sent.conversation_id,
            status,
            at=office.clock.at,
            snoozed_until=office.clock.at + DAY if status == "snoozed" else None,
        )
    came = office.got(_failure(office, _bounce(sent)))
    conversation = office.conversation(sent.conversation_id)
    assert came.conversation_id == sent.conversation_id
    assert (conversation.status, conversation.failed) == ("open", 1)
    assert office.entry(sent.id).state == "failed"
    assert _joe(office).flag == "bounced: 550 User unknown"


def test_an_old_bounce_marks_and_calls_nobody(office: Office) -> None:
    sent = _written_to(office)
    office.got(_failure(office, _bounce(sent), history=True))
    assert office.conversation(sent.conversation_id).status == "pending"
    assert messages.get(office.desk.db, sent.id).state == "failed"


def test_a_full_mailbox_flags_nobody(office: Office) -> None:
    sent = _written_to(office)
    office.got(_failure(office, _bounce(sent, status="5.2.2", reason="full", hard=False)))
    assert messages.get(office.desk.db, sent.id).state == "failed"
    assert _joe(office).flag == ""


def test_the_flag_goes_when_they_write_again(office: Office) -> None:
    sent = _written_to(office)
    office.got(_failure(office, _bounce(sent)))
    office.got(office.letter(auto_reply=AutoReply("out-of-office", "Auto-Submitted")))
    assert _joe(office).flag
    office.got(office.letter(text="I am back"))
    assert _joe(office).flag == ""
    assert [event.data["address"] for event in office.log("identity.unflagged")] == [JOE]


def test_the_flag_goes_when_mail_arrives_again(office: Office) -> None:
    sent = _written_to(office)
    office.got(_failure(office, _bounce(sent)))
    read = AutoReply("auto", "disposition-notification", "read-receipt")
    report = {"message_id": sent.external_id, "recipient": JOE}
    office.got(office.letter(auto_reply=read, details={"report": report}))
    assert _joe(office).flag == ""


def test_of_two_recipients_one_failed(office: Office) -> None:
    sent = _written_to(office, SUE)
    office.got(_failure(office, _bounce(sent)))
    message = messages.get(office.desk.db, sent.id)
    assert message.state == "sent"
    assert message.details["refused"] == {JOE: "550 User unknown"}
    assert "joe@home.example: 550 User unknown" in message.error
    assert office.conversation(sent.conversation_id).status == "open"
    # Once more goes to him alone.
    with transaction(office.desk.db):
        again = outbox.retry(office.desk, sent.id)
    assert office.entry(again).recipients == (JOE,)


def test_a_report_of_both_recipients_fails_the_message(office: Office) -> None:
    sent = _written_to(office, SUE)
    other = _bounce(sent, recipient="sue.smith@inside.example", alias=SUE, reason="no such user")
    office.got(_failure(office, _bounce(sent), other))
    message = messages.get(office.desk.db, sent.id)
    assert message.state == "failed"
    assert set(message.details["refused"]) == {JOE, SUE}


def test_a_delay_is_shown_and_is_no_failure(office: Office) -> None:
    sent = _written_to(office)
    office.got(_failure(office, _bounce(sent, action="delayed", hard=False, reason="greylisted")))
    message = messages.get(office.desk.db, sent.id)
    conversation = office.conversation(sent.conversation_id)
    assert (message.state, conversation.failed, conversation.status) == ("sent", 0, "pending")
    assert "greylisted" in message.error


def test_our_token_is_enough_when_the_id_is_lost(office: Office) -> None:
    sent = _written_to(office)
    token = sent.external_id.split(".")[1]
    lost = _bounce(sent, original_message_id="")
    assert office.got(_failure(office, lost, tokens=(token,))).conversation_id == (
        sent.conversation_id
    )
    assert messages.get(office.desk.db, sent.id).state == "failed"


def test_a_bounce_that_knows_no_id_of_ours_only_points(office: Office) -> None:
    sent = _written_to(office)
    came = office.got(_failure(office, _bounce(sent, original_message_id="x@elsewhere")))
    conversation = office.conversation(came.conversation_id)
    assert came.conversation_id != sent.conversation_id
    assert (conversation.status, conversation.related_id) == ("closed", sent.conversation_id)
    assert messages.get(office.desk.db, sent.id).state == "sent"
    assert _joe(office).flag == ""


def test_backscatter_is_kept_closed_and_says_so(office: Office) -> None:
    forged = Bounce("who@victim.example", "failed", "5.1.1", "unknown", "spam@forged", True)
    came = office.got(_failure(office, forged))
    conversation = office.conversation(came.conversation_id)
    assert (conversation.status, conversation.waiting_since) == ("closed", None)
    assert came.details["placed"] == "bounce-of-nothing-here"


def _echo(office: Office, n: int) -> Inbound:
    office.clock.pass_(MINUTE)
    return office.letter("robot@shop.example", f"Thank you! Your ticket is #{n}.", subject="Ticket")


def test_a_loop_is_marked_and_wakes_nobody(office: Office) -> None:
    came = [office.got(_echo(office, n)) for n in range(loops.REPETITIONS + 2)]
    assert [("loop" in each.details) for each in came] == [False] * loops.REPETITIONS + [True] * 2
    last = office.conversation(came[-1].conversation_id)
    assert (last.status, last.waiting_since) == ("closed", None)
    assert isinstance(may_answer(office.desk, last.id), Refused)


def test_a_loop_within_one_batch(office: Office) -> None:
    receipts = office.take(*(_echo(office, n) for n in range(loops.REPETITIONS + 1)))
    last = receipts[-1].message_id
    assert last is not None
    assert messages.get(office.desk.db, last).details["loop"] == loops.REPETITIONS + 1


def test_many_different_words_are_a_person(office: Office) -> None:
    for words in ("Hello?", "Are you there", "It broke", "Now it smokes", "Help", "Fire", "Oh no"):
        assert "loop" not in office.got(office.letter(text=words)).details


def test_a_slow_repetition_is_no_loop(office: Office) -> None:
    for n in range(loops.REPETITIONS * 2):
        came = office.got(_echo(office, n))
        office.clock.pass_(HOUR)
    assert "loop" not in came.details


def test_a_person_is_answered_once(office: Office) -> None:
    first = office.got(office.letter())
    assert isinstance(may_answer(office.desk, first.conversation_id, kind="receipt"), Allowed)
    with_receipt = office.sent(first.conversation_id, "We got it.", automatic="receipt")
    conversation = office.conversation(first.conversation_id)
    assert (conversation.status, conversation.waiting_since) == ("open", first.arrived_at)
    assert outbox.outgoing(office.desk, office.entry(with_receipt.id)).automatic
    assert isinstance(may_answer(office.desk, first.conversation_id, kind="receipt"), Refused)
    assert isinstance(may_answer(office.desk, first.conversation_id, kind="survey"), Allowed)


def test_a_customer_gets_so_many_automatic_answers(office: Office) -> None:
    for n in range(PER_CUSTOMER):
        letter = office.got(office.letter(text=f"No {n}", subject=f"Matter {'abcdefghijkl'[n]}"))
        assert isinstance(may_answer(office.desk, letter.conversation_id), Allowed)
        office.sent(letter.conversation_id, "We got it.", automatic="automatic")
    letter = office.got(office.letter(text="One more", subject="Another"))
    assert isinstance(may_answer(office.desk, letter.conversation_id), Refused)
    office.clock.pass_(3 * HOUR + 1)
    letter = office.got(office.letter(text="And more", subject="Yet another"))
    assert isinstance(may_answer(office.desk, letter.conversation_id), Allowed)


@pytest.mark.parametrize(
    "more",
    [
        {"auto_reply": AutoReply("out-of-office", "Auto-Submitted: auto-replied")},
        {"auto_reply": AutoReply("bulk", "List-Id: x")},
        {"sender": "no-reply@shop.example"},
        {"sender": "mailer-daemon@mx.example"},
        {"sender": "list-owner@lists.example"},
    ],
)
def test_machines_get_no_automatic_answer(office: Office, more: dict[str, Any]) -> None:
    came = office.got(office.letter(**more))
    answer = may_answer(office.desk, came.conversation_id)
    assert isinstance(answer, Refused)
    assert answer.why


def test_old_mail_gets_no_automatic_answer(office: Office) -> None:
    came = office.got(office.letter())
    office.clock.pass_(2 * DAY)
    assert isinstance(may_answer(office.desk, came.conversation_id), Refused)


def test_an_out_of_office_leaves_the_status(office: Office) -> None:
    sent = _written_to(office)
    away = AutoReply("out-of-office", "Auto-Submitted: auto-replied")
    came = office.got(office.letter(in_reply_to=sent.external_id, auto_reply=away))
    assert came.conversation_id == sent.conversation_id
    assert office.conversation(sent.conversation_id).status == "pending"
