"""Bounces, automatic mail and loops, as the desk takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.model import DeskSettings
from connectors.contract import AutoReply, Bounce, Inbound, Rejected, Sent
from connectors.email.reports.dead_address import DEAD
from connectors.email.reports.failure_causes import AFTER, BEFORE
from omnitui.desk.mail.auto_answers import Allowed, Refused, may_answer
from omnitui.desk.mail.failure_words import explained, in_words
from omnitui.desk.replying import outbox
from store import conversations, identities, messages
from store.database import transaction
from store.model import Identity, Message
from store.search import search
from tests.desk.office import DAY, HOUR, MINUTE, SALES, SUPPORT, Office
from tests.desk.post import ANN, asked, configure, post, replied

JOE = "joe@home.example"
SUE = "sue@work.example"
DAEMON = "MAILER-DAEMON@mx.example"
REPETITIONS = DeskSettings().loop_after
PER_CUSTOMER = DeskSettings().answers_per_customer


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


def test_a_report_stands_below_what_it_is_about_though_the_mailboxs_clock_is_slow(
    office: Office,
) -> None:
    sent = _written_to(office)
    slow = sent.arrived_at - 800
    report = office.got(_failure(office, _bounce(sent), arrived_at=slow))
    assert report.arrived_at > sent.arrived_at


def test_the_inbox_shows_peoples_words_not_a_machines_nor_those_taken_back(office: Office) -> None:
    sent = _written_to(office)
    office.got(_failure(office, _bounce(sent)))
    assert office.conversation(sent.conversation_id).preview == "Answer"
    taken_back = office.reply(sent.conversation_id, "Wrong", to=(JOE,))
    assert office.conversation(sent.conversation_id).preview == "Wrong"
    office.do(sent.conversation_id, f"outbox cancel {taken_back}")
    assert office.conversation(sent.conversation_id).preview == "Answer"


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
    came = [office.got(_echo(office, n)) for n in range(REPETITIONS + 2)]
    assert [("loop" in each.details) for each in came] == [False] * REPETITIONS + [True] * 2
    last = office.conversation(came[-1].conversation_id)
    assert (last.status, last.waiting_since) == ("closed", None)
    assert isinstance(may_answer(office.desk, last.id), Refused)


def test_a_loop_within_one_batch(office: Office) -> None:
    receipts = office.take(*(_echo(office, n) for n in range(REPETITIONS + 1)))
    last = receipts[-1].message_id
    assert last is not None
    assert messages.get(office.desk.db, last).details["loop"] == REPETITIONS + 1


def test_many_different_words_are_a_person(office: Office) -> None:
    for words in ("Hello?", "Are you there", "It broke", "Now it smokes", "Help", "Fire", "Oh no"):
        assert "loop" not in office.got(office.letter(text=words)).details


def test_a_slow_repetition_is_no_loop(office: Office) -> None:
    for n in range(REPETITIONS * 2):
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


def _allow(office: Office, **more: Any) -> None:
    config = office.desk.config
    office.desk = replace(office.desk, config=replace(config, desk=replace(config.desk, **more)))


def test_the_caps_are_settings(office: Office) -> None:
    _allow(office, answers_per_customer=1, answers_window=60)
    first = office.got(office.letter())
    office.sent(first.conversation_id, "We got it.", automatic="receipt")
    second = office.got(office.letter(text="Two", subject="Other"))
    assert isinstance(may_answer(office.desk, second.conversation_id), Refused)
    office.clock.pass_(MINUTE + 1)
    assert isinstance(may_answer(office.desk, second.conversation_id), Allowed)
    _allow(office, answers_per_subject=0)
    assert isinstance(may_answer(office.desk, second.conversation_id), Refused)


def test_what_counts_as_a_loop_is_a_setting(office: Office) -> None:
    _allow(office, loop_after=1)
    came = [office.got(_echo(office, n)) for n in range(2)]
    assert ["loop" in each.details for each in came] == [False, True]
    _allow(office, loop_after=1, answers_window=60)
    assert "loop" not in office.got(_echo(office, 3)).details


NEWS = AutoReply("bulk", "List-Unsubscribe: <https://shop.example/u>")
NOTICE = AutoReply("auto", "Auto-Submitted: auto-generated")
AWAY = AutoReply("out-of-office", "Auto-Submitted: auto-replied")
READ = AutoReply("auto", "disposition-notification", "read-receipt")


@pytest.mark.parametrize("automatic", [NEWS, NOTICE, AWAY, READ])
def test_automatic_mail_begins_closed_and_is_found(office: Office, automatic: AutoReply) -> None:
    came = office.got(office.letter(text="Wombats for sale", auto_reply=automatic))
    conversation = office.conversation(came.conversation_id)
    assert (conversation.status, conversation.waiting_since) == ("closed", None)
    assert conversations.unread(office.desk.db, "ann", [conversation.id]) == {conversation.id}
    with transaction(office.desk.db):
        assert [hit.message_id for hit in search(office.desk.db, "wombats")] == [came.id]


@pytest.mark.parametrize(
    ("sender", "automatic", "status"),
    [
        ("orders@shop.example", NOTICE, "open"),
        ("Orders@SHOP.example", NEWS, "open"),
        ("bill@alerts.example", NOTICE, "open"),
        ("bill@more.alerts.example", NOTICE, "closed"),
        ("other@shop.example", NOTICE, "closed"),
        ("orders@shop.example", AWAY, "closed"),
        ("orders@shop.example", READ, "closed"),
    ],
)
def test_programs_whose_mail_is_work(
    office: Office, sender: str, automatic: AutoReply, status: str
) -> None:
    configure(office, open_automatic=("orders@shop.example", "@alerts.example"))
    came = office.got(office.letter(sender, auto_reply=automatic))
    conversation = office.conversation(came.conversation_id)
    assert (conversation.status, conversation.waiting_since) == (status, None)
    # And what comes next in the same matter opens it again.
    office.do(conversation.id, "close")
    again = office.letter(sender, auto_reply=automatic, in_reply_to=came.external_id)
    assert office.got(again).conversation_id == conversation.id
    assert office.conversation(conversation.id).status == status


def test_a_program_that_repeats_itself_opens_nothing(office: Office) -> None:
    configure(office, open_automatic=("robot@shop.example",))
    came = [
        office.got(replace(_echo(office, n), auto_reply=NOTICE)) for n in range(REPETITIONS + 1)
    ]
    statuses = [office.conversation(each.conversation_id).status for each in came]
    assert statuses == ["open"] * REPETITIONS + ["closed"]


BY_LIST = ("List-Id: Riders <riders.example.org>", "Precedence: bulk")


def test_an_answer_to_us_is_a_persons_whatever_a_list_adds(office: Office) -> None:
    first = asked(office)
    sent = replied(office, first.conversation_id)
    answer = f"From: {ANN}\nTo: riders@example.org\nSubject: Re: My boiler\n"
    came = post(
        office, answer + "\n".join((f"In-Reply-To: <{sent.external_id}>", *BY_LIST)) + "\n\nDone\n"
    )
    assert came.conversation_id == first.conversation_id
    assert "auto_reply" not in came.details
    conversation = office.conversation(first.conversation_id)
    assert (conversation.status, conversation.waiting_since) == ("open", came.arrived_at)


def test_other_mail_of_that_list_stays_bulk(office: Office) -> None:
    first = asked(office)
    replied(office, first.conversation_id)
    came = asked(office, *BY_LIST, subject="Spring tour")
    assert came.details["auto_reply"]["kind"] == "bulk"
    assert office.conversation(came.conversation_id).status == "closed"


def test_a_program_that_answers_us_through_no_list_stays_a_program(office: Office) -> None:
    first = asked(office)
    sent = replied(office, first.conversation_id)
    came = asked(office, f"In-Reply-To: <{sent.external_id}>", "Precedence: bulk")
    assert came.conversation_id == first.conversation_id
    assert office.conversation(first.conversation_id).status == "pending"


def test_a_list_that_is_another_mailbox_of_ours(office: Office) -> None:
    raw = (
        f"From: {ANN}\nTo: {SALES}\nSubject: Offer\n"
        f"List-Id: x\nList-Post: <mailto:{SALES}>\n\nHow much?\n"
    )
    came = post(office, raw)
    assert "auto_reply" not in came.details
    assert office.conversation(came.conversation_id).status == "open"


def test_the_reason_in_plain_words(office: Office) -> None:
    sent = _written_to(office)
    office.got(_failure(office, _bounce(sent, cause="user-unknown", reason="550 User unknown")))
    words = "the mailbox does not exist (550 User unknown)"
    assert messages.get(office.desk.db, sent.id).error == f"Not delivered to {JOE}: {words}"
    assert _joe(office).flag == f"bounced: {words}"
    told = office.log("message.bounced")[0].data
    assert (told["reason"], told["cause"]) == ("550 User unknown", "user-unknown")


def test_every_cause_that_reports_name_has_words() -> None:
    causes = {name for name, _pattern in (*BEFORE, *AFTER)} | DEAD | {"filtered"}
    assert all(in_words(cause) for cause in causes)
    assert explained("", "550 hm") == explained("made-up", "550 hm") == "550 hm"
    assert explained("spam", "") == in_words("spam")


def test_bounced_is_not_refused_by_our_own_server(office: Office) -> None:
    first, second = _written_to(office), _written_to(office)
    office.got(_failure(office, _bounce(first)))
    refused = office.claim(office.reply(second.conversation_id, "More", confirm_new=True))
    office.settle(refused, Rejected("No."))
    one, other = map(office.conversation, (first.conversation_id, second.conversation_id))
    assert (one.failed, one.bounced) == (1, 1)
    assert (other.failed, other.bounced) == (1, 0)
    # Sent again, it is neither, whatever was said of the first time.
    with transaction(office.desk.db):
        outbox.retry(office.desk, first.id)
    office.settle(office.claim(first.id), Sent(first.external_id))
    assert office.conversation(first.conversation_id).failed == 0
    again = messages.get(office.desk.db, first.id)
    assert not any(again.details.get(name) for name in ("refused", "bounced", "causes"))


@pytest.mark.parametrize(
    ("headers", "answered"),
    [
        ((f"List-Id: Helpers <{SUPPORT.replace('@', '.')}>",), True),
        (("List-Id: x", f"List-Post: <mailto:{SUPPORT}>"), True),
        (("List-Id: Riders <riders.example.org>",), False),
        (("List-Id: x", "List-Post: <mailto:riders@example.org>"), False),
        ((), True),
    ],
)
def test_no_list_gets_an_automatic_answer(
    office: Office, headers: tuple[str, ...], answered: bool
) -> None:
    came = asked(office, *headers)
    assert office.conversation(came.conversation_id).status == "open"
    answer = may_answer(office.desk, came.conversation_id)
    assert isinstance(answer, Allowed) is answered, answer
