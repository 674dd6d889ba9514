"""A reply goes to the right person, once, and can be taken back until it has left."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import (
    Address,
    AuthFailed,
    CertificateInvalid,
    ChannelError,
    Deferred,
    MaybeSent,
    Misconfigured,
    Rejected,
    Sent,
    Unreachable,
)
from omnitui.desk.replying import outbox, reply
from omnitui.desk.replying.reply import (
    BadFile,
    EmptyReply,
    NewMessageArrived,
    NewRecipient,
    NoAddress,
    TooLong,
    UnfilledVariable,
)
from omnitui.desk.replying.reply_token import token_of, verify
from store import accounts, drafts, identities, messages
from store import outbox as store_outbox
from store.database import transaction
from store.errors import NotFound, StateError
from store.model import OutboxEntry
from tests.desk.office import DAY, HOUR, MINUTE, SALES, SUPPORT, Office


def test_a_reply_goes_to_the_customer_with_the_right_headers(office: Office) -> None:
    first = office.got(office.letter("Joe <joe@home.example>", subject="Re: AW: My order"))
    back = office.got(
        office.letter(in_reply_to=first.external_id, references=("root@x", first.external_id))
    )
    message_id = office.reply(first.conversation_id, "Dear Joe")
    entry = office.entry(message_id)
    message = messages.get(office.desk.db, message_id)
    assert (message.state, message.subject) == ("queued", "Re: My order")
    assert entry.recipients == ("joe@home.example",)
    assert entry.key == message.external_id
    assert verify(office.desk, token_of(entry.key)) == first.conversation_id
    assert entry.key.endswith("@acme.example")
    assert entry.due_at == office.clock.at + 10_000
    conversation = office.conversation(first.conversation_id)
    assert (conversation.status, conversation.waiting_since) == ("pending", None)
    out = outbox.outgoing(office.desk, entry)
    assert [a.address for a in out.to] == ["joe@home.example"]
    assert out.in_reply_to == back.external_id
    assert list(out.references) == ["root@x", first.external_id, back.external_id]
    assert out.sender is not None
    assert out.sender.name == "ann via Acme"
    assert out.sender.address == SUPPORT


def test_it_goes_to_the_address_last_written_from(office: Office) -> None:
    first = office.got(office.letter("joe@home.example"))
    with transaction(office.desk.db):
        identities.add(office.desk.db, first.customer_id, "email", "joe@work.example", at=1)
    office.clock.pass_(MINUTE)
    office.got(office.letter("joe@work.example", in_reply_to=first.external_id))
    flight = reply.preflight(office.desk, first.conversation_id)
    assert [a.address for a in flight.to] == ["joe@work.example"]
    assert flight.new_recipients == ()


def test_a_reply_to_elsewhere_needs_a_second_key(office: Office) -> None:
    first = office.got(office.letter(reply_to=(Address("evil@other.example"),)))
    with pytest.raises(NewRecipient) as stop:
        office.reply(first.conversation_id)
    assert stop.value.addresses == ("evil@other.example",)
    assert store_outbox.all(office.desk.db) == []
    meant = office.reply(first.conversation_id, confirm_new=True)
    assert office.entry(meant).recipients == ("evil@other.example",)
    # Once an agent wrote there, it is no stranger in this conversation any more.
    office.reply(first.conversation_id)


def test_a_mail_to_ten_thousand_is_weighed_in_a_moment(office: Office) -> None:
    crowd = [Address(f"p{n}@home.example") for n in range(10_000)]
    first = office.got(office.letter(to=(Address(SUPPORT), *crowd)))
    with transaction(office.desk.db):
        found = identities.find(office.desk.db, "email", "joe@home.example")
        assert found is not None
        identities.flag(office.desk.db, found.id, "no such user")
    asked: list[str] = []
    office.desk.db.set_trace_callback(asked.append)
    flight = reply.preflight(office.desk, first.conversation_id)
    office.desk.db.set_trace_callback(None)
    assert len(flight.recipients) == 10_001
    assert flight.problems == ("Mail to joe@home.example failed: no such user",)
    assert len(asked) < 100


def test_the_agent_may_choose_the_sending_address_instead(office: Office) -> None:
    first = office.got(office.letter(reply_to=(Address("evil@other.example"),)))
    message_id = office.reply(first.conversation_id, to=["Joe@home.example"])
    assert office.entry(message_id).recipients == ("Joe@home.example",)


def test_copies_are_kept_without_our_own_addresses(office: Office) -> None:
    first = office.got(
        office.letter(
            to=(Address(SUPPORT), Address("carl@home.example")),
            cc=(Address("bob@home.example"), Address(SALES), Address("support+x@acme.example")),
        )
    )
    flight = reply.preflight(office.desk, first.conversation_id)
    assert [a.address for a in flight.to] == ["joe@home.example"]
    assert [a.address for a in flight.cc] == ["carl@home.example", "bob@home.example"]
    assert set(flight.new_recipients) == {"carl@home.example", "bob@home.example"}
    with pytest.raises(NewRecipient):
        office.reply(first.conversation_id)
    office.reply(first.conversation_id, confirm_new=True)
    assert reply.preflight(office.desk, first.conversation_id).new_recipients == ()


def test_somebody_in_copy_is_new_until_they_write_or_an_agent_means_them(office: Office) -> None:
    bob = Address("bob@home.example")
    first = office.got(office.letter(cc=(bob, Address("eve@home.example")), proofs=("dmarc",)))
    with pytest.raises(NewRecipient) as stop:
        office.reply(first.conversation_id)
    assert stop.value.addresses == ("bob@home.example", "eve@home.example")
    with pytest.raises(NewRecipient) as stop:
        office.reply(first.conversation_id, confirm_new=["Bob@HOME.example"])
    assert stop.value.addresses == ("eve@home.example",)
    office.clock.pass_(MINUTE)
    office.got(
        office.letter(
            "bob@home.example", in_reply_to=first.external_id, cc=(Address("joe@home.example"),)
        )
    )
    flight = reply.preflight(office.desk, first.conversation_id)
    assert [a.address for a in flight.recipients] == ["joe@home.example", "bob@home.example"]
    assert flight.new_recipients == ()


def test_the_answer_of_somebody_in_copy_still_goes_to_the_customer(office: Office) -> None:
    first = office.got(office.letter(cc=(Address("bob@home.example"),)))
    office.clock.pass_(MINUTE)
    office.got(
        office.letter(
            "bob@home.example",
            in_reply_to=first.external_id,
            cc=(Address("joe@home.example"),),
            reply_to=(Address("bob@elsewhere.example"),),
        )
    )
    flight = reply.preflight(office.desk, first.conversation_id)
    assert [a.address for a in flight.to] == ["joe@home.example"]


def test_a_bounce_is_nobody_to_answer(office: Office) -> None:
    from connectors.contract import Bounce

    first = office.got(office.letter())
    sent = office.sent(first.conversation_id)
    bounce = Bounce("joe@home.example", "failed", "5.1.1", "gone", sent.external_id, True)
    office.got(office.letter("mailer-daemon@mx.example", bounce=bounce))
    flight = reply.preflight(office.desk, first.conversation_id)
    assert [a.address for a in flight.to] == ["joe@home.example"]
    assert "gone" in flight.problems[0]


def test_a_message_that_came_meanwhile_stops_it_once(office: Office) -> None:
    first = office.got(office.letter())
    second = office.got(office.letter(in_reply_to=first.external_id))
    with pytest.raises(NewMessageArrived) as stop:
        office.reply(first.conversation_id, if_last=first.id)
    assert stop.value.message_id == second.id
    office.reply(first.conversation_id, if_last=second.id)


def test_a_message_that_does_not_exist_cannot_have_been_seen(office: Office) -> None:
    first = office.got(office.letter())
    with pytest.raises(NotFound):
        office.reply(first.conversation_id, if_last=first.id + 900)
    assert store_outbox.all(office.desk.db) == []


def test_so_does_a_colleagues_reply_but_not_ones_own(office: Office) -> None:
    first = office.got(office.letter())
    office.do(first.conversation_id, "reply set Mine", "reply send", agent="ann")
    office.reply(first.conversation_id, if_last=first.id)
    office.do(first.conversation_id, "reply set Theirs", "reply send", agent="bea")
    with pytest.raises(NewMessageArrived):
        office.reply(first.conversation_id, if_last=first.id)


def test_what_must_not_go_out_does_not(office: Office) -> None:
    mail = office.got(office.letter())
    chat = office.got(office.line())
    with pytest.raises(EmptyReply):
        office.reply(mail.conversation_id, " \n")
    with pytest.raises(UnfilledVariable) as stop:
        office.reply(mail.conversation_id, "Hi {{ customer.first_name }} {{x}}")
    assert stop.value.names == ("customer.first_name", "x")
    with pytest.raises(TooLong):
        office.reply(chat.conversation_id, "x" * 101)
    with pytest.raises(BadFile):
        office.reply(mail.conversation_id, files=["/no/such/file"])
    with pytest.raises(NoAddress):
        office.reply(mail.conversation_id, account="fax")
    with pytest.raises(NoAddress):
        office.reply(mail.conversation_id, account="telegram")
    for mistyped in ("joe", "joe@", "@home.example", "joe smith@home.example", "a@b.example,c@d.e"):
        with pytest.raises(NoAddress):
            office.reply(mail.conversation_id, to=[mistyped], confirm_new=True)
    assert store_outbox.all(office.desk.db) == []
    assert office.conversation(mail.conversation_id).status == "open"


def test_a_chat_is_answered_in_the_chat(office: Office) -> None:
    first = office.got(office.line("77"))
    entry = office.entry(office.reply(first.conversation_id))
    out = outbox.outgoing(office.desk, entry)
    assert (out.chat, [a.address for a in out.to], out.subject) == ("77", ["77"], "")


def test_files_go_along_and_come_back(office: Office, tmp_path: Path) -> None:
    first = office.got(office.letter())
    small, large = tmp_path / "a.txt", tmp_path / "b.png"
    small.write_bytes(b"small")
    large.write_bytes(b"L" * 100_000)
    message_id = office.reply(first.conversation_id, "", files=[small, str(large)])
    files = outbox.outgoing(office.desk, office.entry(message_id)).files
    assert [(f.name, f.type, len(f.read())) for f in files] == [
        ("a.txt", "text/plain", 5),
        ("b.png", "image/png", 100_000),
    ]
    with transaction(office.desk.db):
        outbox.cancel(office.desk, message_id)
    draft = drafts.get(office.desk.db, first.conversation_id, "ann")
    assert draft is not None
    assert draft.attachments == (str(small), str(large))


@pytest.mark.parametrize("before", ["open", "closed", "pending", "snoozed"])
def test_a_reply_taken_back_leaves_everything_as_it_was(office: Office, before: str) -> None:
    first = office.got(office.letter())
    office.do(first.conversation_id, "snooze 2d" if before == "snoozed" else f"status {before}")
    was = office.conversation(first.conversation_id)
    message_id = office.reply(first.conversation_id, "Dear Joe")
    office.clock.pass_(5_000)
    with transaction(office.desk.db):
        outbox.cancel(office.desk, message_id)
    now = office.conversation(first.conversation_id)
    assert (now.status, now.snoozed_until) == (was.status, was.snoozed_until)
    assert now.waiting_since == was.waiting_since
    draft = drafts.get(office.desk.db, first.conversation_id, "ann")
    assert draft is not None
    assert draft.text == "Dear Joe"
    assert messages.get(office.desk.db, message_id).state == "cancelled"


def test_a_cancelled_text_does_not_eat_what_was_begun_since(office: Office) -> None:
    first = office.got(office.letter())
    message_id = office.reply(first.conversation_id, "Dear Joe")
    office.do(first.conversation_id, "reply set And another thing", "outbox cancel")
    draft = drafts.get(office.desk.db, first.conversation_id, "ann")
    assert draft is not None
    assert draft.text == "Dear Joe\n\nAnd another thing"
    assert office.entry(message_id).state == "cancelled"


def test_too_late_is_said(office: Office) -> None:
    first = office.got(office.letter())
    message_id = office.reply(first.conversation_id)
    office.claim(message_id)
    with pytest.raises(outbox.NotCancellable), transaction(office.desk.db):
        outbox.cancel(office.desk, message_id)


def test_a_scheduled_reply_gives_way_to_the_customer(office: Office) -> None:
    first = office.got(office.letter())
    waiting = office.reply(
        first.conversation_id,
        "Still there?",
        send_at=office.clock.at + DAY,
        cancel_on_inbound=True,
    )
    sure = office.reply(first.conversation_id, "Reminder", send_at=office.clock.at + DAY)
    office.clock.pass_(HOUR)
    office.got(office.letter(in_reply_to=first.external_id))
    assert office.entry(waiting).state == "cancelled"
    assert office.entry(sure).state == "queued"
    draft = drafts.get(office.desk.db, first.conversation_id, "ann")
    assert draft is not None
    assert draft.text == "Still there?"
    assert office.conversation(first.conversation_id).status == "open"


class TestSettling:
    def claimed(self, office: Office) -> OutboxEntry:
        first = office.got(office.letter(cc=(Address("bob@home.example"),)))
        return office.claim(office.reply(first.conversation_id, confirm_new=True))

    def test_sent(self, office: Office) -> None:
        entry = self.claimed(office)
        assert office.settle(entry, Sent(entry.key)).state == "sent"
        assert len(office.log("message.sent")) == 1

    def test_a_recipient_refused_is_shown_on_the_message(self, office: Office) -> None:
        entry = self.claimed(office)
        office.settle(entry, Sent(entry.key, {"bob@home.example": "550 no Bob"}))
        message = messages.get(office.desk.db, entry.message_id)
        assert (message.state, message.details["refused"]) == (
            "sent",
            {"bob@home.example": "550 no Bob"},
        )
        assert "550 no Bob" in message.error
        assert len(office.log("message.refused")) == 1

    def test_a_channel_that_names_its_own_id_keeps_threading(self, office: Office) -> None:
        first = office.got(office.line())
        entry = office.claim(office.reply(first.conversation_id))
        office.settle(entry, Sent("77:501"))
        assert messages.get(office.desk.db, entry.message_id).external_id == "77:501"

    def test_unreachable_is_tried_again_at_growing_intervals(self, office: Office) -> None:
        entry = self.claimed(office)
        waits = []
        for _ in range(8):
            entry = office.settle(entry, Unreachable("The server is away."))
            assert (entry.state, entry.error) == ("queued", "The server is away.")
            waits.append(entry.due_at - office.clock.at)
            entry = office.claim(entry.message_id)
        assert 24_000 <= waits[0] <= 36_000
        assert waits[0] < waits[2] < waits[4]
        assert max(waits) <= 36 * MINUTE

    def test_after_a_day_it_is_given_up_loudly(self, office: Office) -> None:
        entry = self.claimed(office)
        entry = office.settle(entry, Unreachable("The server is away."))
        office.clock.pass_(DAY)
        for _ in range(3):  # a clock that was set, or a machine that slept, gives nothing up
            entry = office.claim(entry.message_id)
            entry = office.settle(entry, Unreachable("The server is away."))
            assert entry.state == "queued"
        entry = office.settle(office.claim(entry.message_id), Unreachable("The server is away."))
        assert entry.state == "failed"
        assert "The server is away." in entry.error
        conversation = office.conversation(entry.conversation_id)
        assert (conversation.status, conversation.failed) == ("open", 1)

    def test_the_server_says_when(self, office: Office) -> None:
        entry = self.claimed(office)
        entry = office.settle(entry, Deferred("Slow down.", retry_after=90))
        assert entry.due_at == office.clock.at + 90_000

    def test_refused_for_good_is_ours_again(self, office: Office) -> None:
        entry = office.settle(self.claimed(office), Rejected("550 spam"))
        assert (entry.state, entry.error) == ("failed", "550 spam")
        assert office.conversation(entry.conversation_id).status == "open"
        assert office.log("message.failed")[0].data["reason"] == "550 spam"
        office.do(entry.conversation_id, "outbox retry")
        assert office.entry(entry.message_id).state == "queued"

    @pytest.mark.parametrize("error", [AuthFailed, CertificateInvalid, Misconfigured])
    def test_an_account_in_trouble_keeps_its_messages(
        self, office: Office, error: type[ChannelError]
    ) -> None:
        entry = self.claimed(office)
        for _ in range(3):
            entry = office.settle(entry, error("The password is wrong."))
            assert (entry.state, entry.error) == ("queued", "The password is wrong.")
            office.clock.pass_(DAY)
            entry = office.claim(entry.message_id)

    def test_unknown_stays_unknown_until_somebody_decides(self, office: Office) -> None:
        entry = office.settle(self.claimed(office), MaybeSent("Cut off after the dot."))
        assert (entry.state, entry.error) == ("unknown", "Cut off after the dot.")
        office.clock.pass_(30 * DAY)
        assert store_outbox.due(office.desk.db, office.clock.at) == []
        assert office.conversation(entry.conversation_id).failed == 1
        office.do(entry.conversation_id, "outbox sent")
        assert office.entry(entry.message_id).state == "sent"

    def test_who_was_refused_before_the_line_fell_silent_is_not_forgotten(
        self, office: Office
    ) -> None:
        refused = {"bob@home.example": "550 no Bob"}
        entry = office.settle(self.claimed(office), MaybeSent("Cut off after the dot.", refused))
        entry = office.settle(entry, Sent(entry.key))  # a proof, which knows of nobody refused
        assert entry.state == "sent"
        assert messages.get(office.desk.db, entry.message_id).details["refused"] == refused

    def test_sent_anew_what_was_refused_before_counts_no_more(self, office: Office) -> None:
        refused = {"bob@home.example": "550 no Bob"}
        entry = office.settle(self.claimed(office), MaybeSent("Cut off after the dot.", refused))
        office.do(entry.conversation_id, "outbox retry")
        entry = office.settle(office.claim(entry.message_id), MaybeSent("And again."))
        entry = office.settle(entry, Sent(entry.key))
        assert "refused" not in messages.get(office.desk.db, entry.message_id).details

    @pytest.mark.parametrize(("told", "waits"), [(0.0, 1), (1e9, 4 * 3600)])
    def test_no_server_makes_a_reply_hammer_or_wait_for_ever(
        self, office: Office, told: float, waits: int
    ) -> None:
        entry = office.settle(self.claimed(office), Deferred("Later.", retry_after=told))
        assert entry.due_at == office.clock.at + waits * 1000

    def test_what_was_being_sent_when_the_engine_died_is_unknown(self, office: Office) -> None:
        entry = self.claimed(office)
        with transaction(office.desk.db):
            assert [e.message_id for e in outbox.recover(office.desk)] == [entry.message_id]
        assert office.entry(entry.message_id).state == "unknown"
        with transaction(office.desk.db):
            assert outbox.recover(office.desk) == []
        proven = office.settle(office.entry(entry.message_id), Sent(entry.key))
        assert proven.state == "sent"

    def test_nothing_settles_twice(self, office: Office) -> None:
        entry = self.claimed(office)
        office.settle(entry, Sent(entry.key))
        with pytest.raises(StateError):
            office.settle(entry, Rejected("late"))


def test_notes_go_to_nobody(office: Office) -> None:
    first = office.got(office.letter())
    with transaction(office.desk.db):
        note = messages.get(
            office.desk.db, reply.add_note(office.desk, first.conversation_id, "Angry, careful.")
        )
    assert note.direction == "note"
    assert store_outbox.all(office.desk.db) == []
    assert office.conversation(first.conversation_id).status == "open"
    assert office.conversation(first.conversation_id).channels == ("email",)


def test_an_account_that_is_down_is_said_before_the_send(office: Office) -> None:
    first = office.got(office.letter())
    with transaction(office.desk.db):
        accounts.set_state(office.desk.db, office.mail.id, "failed", "Wrong password.", 1)
    assert "Wrong password." in reply.preflight(office.desk, first.conversation_id).problems[0]


def test_taking_one_of_two_replies_back_leaves_it_answered(office: Office) -> None:
    first = office.got(office.letter())
    one = office.reply(first.conversation_id, "One")
    two = office.reply(first.conversation_id, "Two")
    office.do(first.conversation_id, f"outbox cancel {one}")
    assert office.conversation(first.conversation_id).status == "pending"
    office.do(first.conversation_id, f"outbox cancel {two}")
    assert office.conversation(first.conversation_id).status == "open"
