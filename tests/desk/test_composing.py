"""Writing first: whom, over what, what of it stays, and where the answer goes."""

from __future__ import annotations

import pytest

from connectors.contract import Sent
from omnitui.desk.command import CommandError
from omnitui.desk.replying import composing, preflight, ways
from omnitui.desk.replying.composing import Begun
from omnitui.desk.replying.reply_stops import NoAddress, ReplyStopped
from omnitui.desk.visiting import presence
from store import accounts, begun, conversations, customers, drafts, identities, inbox, messages
from store.blobs import for_database
from store.check import check
from store.database import transaction
from store.errors import NotFound
from store.model import CustomerId, Draft, Message
from tests.desk.office import HOUR, MINUTE, Office


def begin(office: Office, who: str, **more: str) -> Begun:
    with transaction(office.desk.db):
        return composing.begin(office.desk, who, **more)  # type: ignore[arg-type]


def sent(office: Office, started: Begun, text: str = "Good news.") -> Message:
    return office.sent(started.conversation_id, text, account=started.account.name)


def rooms(office: Office) -> list[int]:
    return [one.id for one in conversations.all(office.desk.db)]


class TestToANewAddress:
    def test_the_first_mail_makes_a_customer_and_a_matter_of_ours(self, office: Office) -> None:
        started = begin(
            office, "Eve@New.Example", account="support", subject="Your parcel", name="Eve Moor"
        )
        assert started.new
        assert started.identity.address == "eve@new.example"
        flight = preflight.preflight(office.desk, started.conversation_id)
        assert flight.account.name == "support"
        assert flight.subject == "Your parcel"
        assert [p.address for p in flight.to] == ["eve@new.example"]
        assert flight.new_recipients == ()
        message = sent(office, started)
        found = office.conversation(started.conversation_id)
        assert (found.status, found.assignee, found.waiting_since) == ("pending", "ann", None)
        assert found.customer_name == "Eve Moor"
        assert found.channels == ("email",)
        assert message.subject == "Your parcel"
        assert "in_reply_to" not in message.details
        for view in ("mine", "all"):
            seen = inbox.inbox(office.desk.db, view, "ann")
            assert [one.id for one in seen] == [started.conversation_id]

    def test_their_answer_joins_it(self, office: Office) -> None:
        started = begin(office, "eve@new.example", subject="Your parcel", account="support")
        message = sent(office, started)
        answer = office.got(
            office.letter("Eve <eve@new.example>", "Thank you", in_reply_to=message.external_id)
        )
        assert answer.conversation_id == started.conversation_id
        assert answer.customer_id == started.customer_id
        found = office.conversation(started.conversation_id)
        assert (found.status, found.assignee) == ("open", "ann")
        assert found.customer_name == "Eve"

    def test_a_second_mail_before_they_answer_goes_the_same_way(self, office: Office) -> None:
        started = begin(office, "eve@new.example", subject="Your parcel", account="sales")
        sent(office, started)
        flight = preflight.preflight(office.desk, started.conversation_id)
        assert (flight.account.name, flight.subject) == ("sales", "Re: Your parcel")

    @pytest.mark.parametrize(
        ("who", "account", "words"),
        [
            ("support@acme.example", "", "own address"),
            ("no@where", "", "no mail address"),
            ("Nobody Known", "", "Nobody is called"),
            ("", "", "To whom"),
            ("+380671234567", "", "no account that writes to"),
            ("telegram:12345", "", "nobody can write first"),
            ("eve@new.example", "bot", "no address for bot"),
            ("eve@new.example", "nothing", "no account or channel"),
        ],
    )
    def test_what_cannot_be_written_to_says_why(
        self, office: Office, who: str, account: str, words: str
    ) -> None:
        with pytest.raises(CommandError, match=words):
            begin(office, who, account=account)
        assert rooms(office) == []
        assert customers.find(office.desk.db, "") == []

    def test_a_channel_of_others_is_written_to_by_what_it_publishes(self, office: Office) -> None:
        able = {"write_first": True, "addresses": "phone", "text_limit": 160}
        with transaction(office.desk.db):
            accounts.ensure(office.desk.db, "texts", "sms", capabilities=able)
        started = begin(office, "067 123 45 67")
        assert (started.account.name, started.identity.channel) == ("texts", "sms")
        message = sent(office, started)
        assert [p.address for p in message.recipients] == ["+380671234567"]
        again = begin(office, "+380671234567")
        assert again.customer_id == started.customer_id


class TestToSomebodyKnown:
    def test_by_address_number_or_name(self, office: Office) -> None:
        known = office.got(office.letter("Joe Doe <joe@home.example>")).customer_id
        for who in ("JOE@home.example", f"#{known}", "Joe Doe", "joe doe"):
            assert begin(office, who).customer_id == known

    def test_what_is_unfinished_is_told(self, office: Office) -> None:
        old = office.got(office.letter("Joe <joe@home.example>"))
        started = begin(office, "joe@home.example", subject="Another thing")
        found = composing.matters(office.desk, started.customer_id)
        assert [one.id for one in found] == [old.conversation_id]

    def test_the_address_that_was_meant_is_written_to(self, office: Office) -> None:
        known = office.got(office.letter("Joe <joe@home.example>")).customer_id
        with transaction(office.desk.db):
            identities.add(office.desk.db, known, "email", "joe@work.example", proof="agent", at=1)
        session = office.session(1)
        from omnitui.desk import commands

        with transaction(office.desk.db):
            commands.run(session, "compose joe@work.example '' The other matter")
        assert session.here != 1
        flight = preflight.preflight(
            office.desk, session.here, delivery=session.draft.get().delivery
        )
        assert [p.address for p in flight.to] == ["joe@work.example"]
        with transaction(office.desk.db):
            commands.run(session, "reply set Hello there")
            commands.run(session, "reply send")
        message = messages.of_conversation(office.desk.db, session.here)[-1]
        assert [p.address for p in message.recipients] == ["joe@work.example"]
        assert office.conversation(session.here).subject == "The other matter"

    def test_in_a_chat_where_they_have_written_before(self, office: Office) -> None:
        first = office.got(office.line("77", "hi"))
        office.do(first.conversation_id, "close")
        office.clock.pass_(400 * HOUR)
        started = begin(office, f"#{first.customer_id}")
        assert started.account.name == "bot"
        message = sent(office, started)
        assert message.details["chat"] == "77"
        office.clock.pass_(MINUTE)
        answer = office.got(office.line("77", "thanks"))
        assert answer.conversation_id == started.conversation_id
        assert office.conversation(started.conversation_id).status == "open"

    def test_a_bot_writes_to_nobody_who_never_wrote(self, office: Office) -> None:
        known = office.got(office.letter("Joe <joe@home.example>")).customer_id
        with transaction(office.desk.db):
            identities.add(office.desk.db, known, "telegram", "99", proof="agent", at=1)
        found = {w.account.channel: w for w in ways.ways(office.desk, known)}
        assert not found["email"].why_not
        assert "nobody can write first" in found["telegram"].why_not
        with pytest.raises(NoAddress, match="nobody can write first"):
            begin(office, f"#{known}", account="bot")

    def test_a_dead_address_comes_last(self, office: Office) -> None:
        known = office.got(office.letter("Joe <joe@home.example>")).customer_id
        with transaction(office.desk.db):
            dead = identities.of(office.desk.db, known)[0]
            identities.flag(office.desk.db, dead.id, "bounced: no such user")
            identities.add(office.desk.db, known, "email", "joe@new.example", at=1)
        found = ways.ways(office.desk, known)
        assert [w.identity.address for w in found] == ["joe@new.example", "joe@home.example"]
        assert "no such user" in found[1].problem


class TestWhatStays:
    def test_nothing_of_what_was_thrown_away(self, office: Office) -> None:
        started = begin(office, "eve@new.example", subject="Your parcel")
        office.do(started.conversation_id, "reply set Almost", "tag add vip", "mark unread")
        office.do(started.conversation_id, "compose discard")
        assert rooms(office) == []
        with pytest.raises(NotFound):
            customers.get(office.desk.db, started.customer_id)
        assert identities.find(office.desk.db, "email", "eve@new.example") is None
        assert [e.conversation_id for e in office.log("conversation.discarded")] == [
            started.conversation_id
        ]
        assert check(office.desk.db, for_database(office.desk.db)) == []

    def test_a_customer_who_was_there_before_stays(self, office: Office) -> None:
        known = office.got(office.letter("Joe <joe@home.example>"))
        started = begin(office, "joe@home.example")
        office.do(known.conversation_id, f"compose discard {started.conversation_id}")
        assert rooms(office) == [known.conversation_id]
        assert customers.get(office.desk.db, known.customer_id).name == "Joe"

    def test_compose_is_undone_by_its_own_line(self, office: Office) -> None:
        done = office.do(0, "compose eve@new.example support Your parcel")
        assert rooms(office) == [1]
        office.do(0, done.undo)
        assert rooms(office) == []
        assert office.do(0, done.undo).undo == "", "gone is gone, whoever took it away"

    def test_what_was_written_in_is_not_thrown_away(self, office: Office) -> None:
        started = begin(office, "eve@new.example")
        sent(office, started)
        with pytest.raises(CommandError, match="close it instead"):
            office.do(started.conversation_id, "compose discard")
        other = begin(office, "joe@new.example")
        with transaction(office.desk.db):
            drafts.save(
                office.desk.db,
                Draft(other.conversation_id, "bob", "reply", "Wait", None, (), 1),
            )
        with pytest.raises(CommandError, match="colleague"):
            office.do(other.conversation_id, "compose discard")

    def test_taken_back_in_time_it_can_be_discarded_and_is_closed(self, office: Office) -> None:
        started = begin(office, "eve@new.example", subject="Oops")
        message = office.reply(started.conversation_id, "Too early", undo_delay=10)
        office.do(started.conversation_id, f"outbox cancel {message}")
        assert composing.is_begun(office.desk, started.conversation_id)
        assert office.conversation(started.conversation_id).status == "pending"
        assert office.session(started.conversation_id).draft.get().text == "Too early"
        office.do(started.conversation_id, "compose discard")
        assert office.conversation(started.conversation_id).status == "closed"
        assert office.session(started.conversation_id).draft.get().text == ""

    def test_what_was_left_empty_goes_by_itself_and_a_draft_keeps_it(self, office: Office) -> None:
        empty = begin(office, "eve@new.example")
        kept = begin(office, "joe@new.example")
        office.do(kept.conversation_id, "reply set To be continued")
        office.clock.pass_(2 * HOUR)
        fresh = begin(office, "ann@new.example")
        assert sorted(rooms(office)) == [kept.conversation_id, fresh.conversation_id]
        assert empty.conversation_id not in rooms(office)

    def test_what_stands_on_a_screen_is_not_taken_away_from_who_is_about_to_write(
        self, office: Office
    ) -> None:
        begun_here = begin(office, "eve@new.example").conversation_id
        office.clock.pass_(2 * HOUR)
        with transaction(office.desk.db):
            presence.beat(office.desk, "here", office.clock.at, begun_here)
            assert composing.sweep(office.desk) == 0
            presence.leave(office.desk, "here")
            assert composing.sweep(office.desk) == 1
        assert rooms(office) == []

    def test_what_a_move_has_emptied_stays(self, office: Office) -> None:
        one = office.got(office.letter("Joe <joe@home.example>")).conversation_id
        two = office.got(office.letter("Joe <joe@home.example>", subject="Two")).conversation_id
        done = office.do(two, f"join {one}")
        office.clock.pass_(5 * HOUR)
        with transaction(office.desk.db):
            assert composing.sweep(office.desk) == 0
        assert not begun.is_begun(office.desk.db, two)
        office.do(one, done.undo)
        assert office.conversation(two).messages == 1


def test_a_failed_first_mail_shows_as_any_other(office: Office) -> None:
    from connectors.contract import Rejected

    started = begin(office, "eve@new.example", subject="Your parcel")
    message = office.reply(started.conversation_id, "Hello")
    office.settle(office.claim(message), Rejected("550 no such user"))
    assert office.conversation(started.conversation_id).failed == 1
    assert not composing.is_begun(office.desk, started.conversation_id)


def test_a_desk_without_any_message_sends_what_the_screen_has_seen(office: Office) -> None:
    started = begin(office, "eve@new.example", subject="The very first")
    office.do(started.conversation_id, "reply set Hello", "reply send", if_last=0)
    assert office.texts(started.conversation_id) == ["Hello"]
    entry = office.entry(messages.of_conversation(office.desk.db, started.conversation_id)[0].id)
    assert office.settle(office.claim(entry.message_id), Sent(entry.key)).state == "sent"


def test_an_erased_customer_is_not_written_to(office: Office) -> None:
    with pytest.raises(NotFound):
        begin(office, f"#{CustomerId(99)}")
    with pytest.raises(ReplyStopped):
        begin(office, "eve@new.example", account="phone")
