"""What happens in chats and is no message."""

from __future__ import annotations

from dataclasses import replace

from connectors.contract import Address, Blocked, Notice
from omnitui.desk.arriving import intake
from omnitui.desk.chats import health
from omnitui.desk.replying.reply import preflight
from store import accounts, check, conversations, customers, identities, ledger, messages
from store.blobs import for_database
from store.database import transaction
from store.model import Account, Identity, Message
from tests.desk.chatting import Chat, take
from tests.desk.office import DAY, HOUR, MINUTE, Office


def _ann(office: Office, address: str = "77") -> Identity:
    found = identities.find(office.desk.db, "telegram", address)
    assert found is not None
    return found


def _message(office: Office, key: str) -> Message:
    (found,) = messages.by_external(office.desk.db, key)
    return found


def _other_bot(office: Office) -> Account:
    with transaction(office.desk.db):
        return accounts.ensure(office.desk.db, "bot2", "telegram", display_name="Second")


class TestStarted:
    def test_makes_the_customer_and_no_conversation(self, office: Office) -> None:
        chat = Chat()
        details = {"username": "annlee", "language": "uk"}
        (receipt,) = take(office, chat.notice("started", text="shop", details=details))
        assert (receipt.outcome, receipt.message_id) == ("accepted", None)
        ann = _ann(office)
        customer = customers.get(office.desk.db, ann.customer_id)
        assert (customer.name, customer.language, ann.proof) == ("Ann Lee", "uk", "platform")
        assert customer.fields["telegram"] == "@annlee"
        assert conversations.all(office.desk.db) == []
        (event,) = office.log("chat.started")
        assert (event.customer_id, event.data["payload"]) == (ann.customer_id, "shop")
        assert event.data["at"] == chat.at

    def test_its_payload_stays_with_the_first_message(self, office: Office) -> None:
        chat = Chat()
        take(office, chat.notice("started", text="product-42"))
        office.clock.pass_(30 * DAY)
        first = office.got(chat.says("How much?"))
        second = office.got(chat.says("Hello?"))
        assert first.details["start_payload"] == "product-42"
        assert "start_payload" not in second.details

    def test_the_payload_finds_a_message_of_the_same_batch(self, office: Office) -> None:
        chat = Chat()
        _started, written, _more = take(
            office, chat.notice("started", text="p1"), chat.says(), chat.says("again")
        )
        assert written.message_id is not None
        message = messages.get(office.desk.db, written.message_id)
        assert message.details["start_payload"] == "p1"

    def test_twice_is_once(self, office: Office) -> None:
        chat = Chat()
        notice = chat.notice("started", text="x")
        take(office, notice, notice)
        assert take(office, notice)[0].outcome == "duplicate"
        take(office, replace(notice, external_id="9999"))
        assert len(customers.find(office.desk.db, "")) == 1

    def test_they_take_messages_again(self, office: Office) -> None:
        chat = Chat()
        office.got(chat.says())
        take(office, chat.notice("blocked"))
        take(office, chat.notice("started"))
        assert _ann(office).flag == ""

    def test_of_nobody_is_ignored(self, office: Office) -> None:
        (receipt,) = take(office, Chat().notice("started", who=None))
        assert (receipt.outcome, bool(receipt.reason)) == ("ignored", True)


class TestReactions:
    def test_are_shown_and_taken_back(self, office: Office) -> None:
        chat = Chat()
        asked = chat.says()
        message = office.got(asked)
        office.do(message.conversation_id, "close")
        take(office, chat.reacts(asked, "👍", "❤"))
        shown = _message(office, asked.message_key).details["reactions"]
        assert shown == {"77": {"name": "Ann Lee", "emoji": ["👍", "❤"]}}
        assert office.conversation(message.conversation_id).status == "closed"
        chat.at += MINUTE
        take(office, chat.reacts(asked))
        assert _message(office, asked.message_key).details["reactions"] == {}
        assert [e.data["emoji"] for e in office.log("message.reacted")] == [["👍", "❤"], []]

    def test_to_what_we_sent(self, office: Office) -> None:
        chat = Chat()
        first = office.got(chat.says())
        entry = office.claim(office.reply(first.conversation_id, "Yes."))
        from connectors.contract import Sent

        office.settle(entry, Sent("77:900"))
        (receipt,) = take(
            office, chat.notice("reaction", ["77:900"], details={"reactions": ["👍"]})
        )
        assert receipt.message_id == entry.message_id

    def test_of_several_in_a_group(self, office: Office) -> None:
        chat = Chat(Address("-5", "Team"))
        asked = chat.says(author="Ann")
        take(office, asked)
        for user, name in (("1", "Ann"), ("2", "Bob")):
            details = {"user_id": user}
            take(office, chat.reacts(asked, "👍", author=name, details=details))
        shown = _message(office, asked.message_key).details["reactions"]
        assert {one["name"] for one in shown.values()} == {"Ann", "Bob"}

    def test_counts_where_nobody_is_named(self, office: Office) -> None:
        chat = Chat(Address("-7", "News"))
        post = chat.says(author="News")
        notice = chat.notice("reaction", [post.message_key], details={"counts": {"👍": 3}})
        take(office, notice, post)
        assert _message(office, post.message_key).details["reaction_counts"] == {"👍": 3}

    def test_to_what_never_comes_is_ignored_with_the_reason(self, office: Office) -> None:
        chat = Chat()
        office.got(chat.says())
        notice = chat.notice("reaction", ["77:5000"], details={"reactions": ["👍"]})
        (receipt,) = take(office, notice)
        assert receipt.outcome == "ignored"
        assert "not here" in receipt.reason

    def test_before_its_message_is_kept_and_redeemed(self, office: Office) -> None:
        chat = Chat()
        asked = chat.says()
        notice = chat.reacts(asked, "👍")
        take(office, notice)
        take(office, asked)
        assert _message(office, asked.message_key).details["reactions"]
        redeemed = {r.external_id: r for r in ledger.all(office.desk.db)}[notice.external_id]
        assert redeemed.outcome == "accepted"
        assert redeemed.message_id == _message(office, asked.message_key).id

    def test_what_waits_is_not_kept_for_ever(self, office: Office) -> None:
        chat = Chat()
        asked = chat.says()
        take(office, chat.reacts(asked, "👍"))
        office.clock.pass_(3 * DAY)
        take(office, chat.notice("reaction", ["77:5000"], details={"reactions": ["👍"]}))
        office.got(asked)
        assert "reactions" not in _message(office, asked.message_key).details


class TestDeleted:
    def test_the_text_is_kept(self, office: Office) -> None:
        chat = Chat()
        asked = chat.says("My password is 1234")
        message = office.got(asked)
        chat.at += MINUTE
        take(office, chat.notice("deleted", [asked.message_key]))
        now = _message(office, asked.message_key)
        assert (now.text, now.details["deleted_at"]) == ("My password is 1234", chat.at)
        assert now.details["deleted_by"] == "customer"
        assert office.conversation(message.conversation_id).messages == 1

    def test_several_at_once_in_the_batch_that_brought_one(self, office: Office) -> None:
        chat = Chat()
        one, two, three = chat.says("1"), chat.says("2"), chat.says("3")
        take(office, one)
        keys = [one.message_key, two.message_key, "77:4000"]
        take(office, two, chat.notice("deleted", keys), three)
        marked = [bool(_message(office, i.message_key).details.get("deleted_at"))
                  for i in (one, two, three)]  # fmt: skip
        assert marked == [True, True, False]

    def test_by_the_owner_in_their_own_program(self, office: Office) -> None:
        chat = Chat(chat="b7:77")
        ours = chat.says("typo", direction="out", sender=Address("7", "Owner"), to=[chat.who])
        take(office, ours)
        take(office, chat.notice("deleted", [ours.message_key], details={"either": True}))
        assert _message(office, ours.message_key).details["deleted_by"] == "Owner"

    def test_our_own_deletion_that_is_told_back_changes_nothing(self, office: Office) -> None:
        chat = Chat(chat="b7:77")
        ours = office.got(chat.says("typo", direction="out", sender=Address("7"), to=[chat.who]))
        with transaction(office.desk.db):
            gone = {"deleted_at": 5, "deleted_by": "ann"}
            messages.add_details(office.desk.db, ours.id, gone)
        take(office, chat.notice("deleted", [ours.external_id], details={"either": True}))
        assert _message(office, ours.external_id).details["deleted_by"] == "ann"
        assert office.log("message.deleted") == []


class TestOthers:
    def test_pinned_is_told_with_its_message(self, office: Office) -> None:
        chat = Chat()
        asked = chat.says()
        message = office.got(asked)
        take(office, chat.notice("pinned", [asked.message_key]))
        (event,) = office.log("chat.pinned")
        assert (event.message_id, event.data["key"]) == (message.id, asked.message_key)

    def test_events_are_told_in_the_conversation(self, office: Office) -> None:
        chat = Chat()
        message = office.got(chat.says())
        details = {"event": "message_auto_delete_timer_changed"}
        take(office, chat.notice("event", text="1 day", details=details))
        (event,) = office.log("chat.event")
        assert event.conversation_id == message.conversation_id
        assert (event.data["event"], event.data["text"]) == (details["event"], "1 day")

    def test_a_group_with_a_new_name(self, office: Office) -> None:
        chat = Chat(Address("-5", "Team"))
        message = office.got(chat.says(author="Ann"))
        for name in ("Team Acme", "Team Acme 2"):
            take(office, chat.notice("event", text=name, details={"event": "new_chat_title"}))
        assert customers.get(office.desk.db, message.customer_id).name == "Team Acme 2"
        with transaction(office.desk.db):
            customers.update(office.desk.db, message.customer_id, name="Our own name")
        take(office, chat.notice("event", text="Team", details={"event": "new_chat_title"}))
        assert customers.get(office.desk.db, message.customer_id).name == "Our own name"
        assert _ann(office, "-5").name == "Team"

    def test_events_of_strangers_are_ignored(self, office: Office) -> None:
        (receipt,) = take(office, Chat().notice("event", details={"event": "x"}))
        assert receipt.outcome == "ignored"
        assert conversations.all(office.desk.db) == []

    def test_two_bots_have_the_same_keys(self, office: Office) -> None:
        other = _other_bot(office)
        mine, theirs = Chat(), Chat(Address("88", "Bob"))
        here = mine.says("here")
        there = replace(theirs.says("there"), message_key=here.message_key)
        take(office, here)
        (receipt,) = take(office, there, account=other)
        assert receipt.message_id is not None
        assert "defects" not in messages.get(office.desk.db, receipt.message_id).details
        take(office, replace(theirs.reacts(there, "👍")), account=other)
        take(office, theirs.edits(there, "changed", edit_of=here.message_key), account=other)
        both = {m.account: m for m in messages.by_external(office.desk.db, here.message_key)}
        assert (both["bot"].text, both["bot2"].text) == ("here", "changed")
        assert "reactions" not in both["bot"].details
        assert "reactions" in both["bot2"].details


class TestHealth:
    def test_blocked_until_they_write_again(self, office: Office) -> None:
        chat = Chat()
        first = office.got(chat.says())
        take(office, chat.notice("blocked"), chat.notice("blocked"))
        assert _ann(office).flag == "blocked"
        assert health.flag_words("blocked") != "blocked"
        problems = preflight(office.desk, first.conversation_id).problems
        assert any("Ann Lee has blocked us" in one for one in problems)
        take(office, chat.says("again"))
        assert _ann(office).flag == ""
        assert preflight(office.desk, first.conversation_id).problems == ()
        assert len(office.log("customer.blocked")) == len(office.log("customer.unblocked")) == 1

    def test_blocked_and_back_in_one_batch(self, office: Office) -> None:
        chat = Chat()
        take(office, chat.says(), chat.notice("blocked"), chat.says("wait"))
        assert _ann(office).flag == ""
        take(office, chat.notice("blocked"), chat.notice("unblocked"))
        assert _ann(office).flag == ""

    def test_of_a_stranger_is_ignored(self, office: Office) -> None:
        (receipt,) = take(office, Chat().notice("blocked"))
        assert receipt.outcome == "ignored"

    def test_found_out_by_sending(self, office: Office) -> None:
        chat = Chat()
        first = office.got(chat.says())
        entry = office.claim(office.reply(first.conversation_id))
        office.settle(entry, Blocked("Ann has blocked the bot."))
        assert _ann(office).flag == "blocked"

    def test_the_bot_was_taken_out_of_a_group(self, office: Office) -> None:
        chat = Chat(Address("-5", "Team"))
        office.got(chat.says(author="Ann"))
        take(office, chat.notice("event", details={"event": "bot_removed"}, author="Bob"))
        assert _ann(office, "-5").flag == "blocked"
        take(office, chat.notice("event", details={"event": "bot_added"}, author="Bob"))
        assert _ann(office, "-5").flag == ""


class TestMoved:
    old, new = Address("-5", "Team"), Address("-1005", "Team")

    def _moved(self, chat: Chat) -> Notice:
        return chat.notice("moved", details={"to": self.new.address})

    def test_the_conversation_goes_on(self, office: Office) -> None:
        before = Chat(self.old)
        after = Chat(self.new, updates=before.updates)
        first = office.got(before.says("hello", author="Ann"))
        waiting = office.reply(first.conversation_id, "On its way")
        moved = self._moved(before)
        take(office, moved)
        take(office, replace(moved, external_id="7777"))
        second = office.got(after.says("still here", author="Ann"))
        assert second.conversation_id == first.conversation_id
        assert _ann(office, "-1005").customer_id == first.customer_id
        assert identities.find(office.desk.db, "telegram", "-5") is None
        assert messages.get(office.desk.db, waiting).details["chat"] == "-1005"
        assert office.entry(waiting).recipients == ("-1005",)
        flight = preflight(office.desk, first.conversation_id)
        assert (flight.chat, flight.to[0].address) == ("-1005", "-1005")
        assert flight.new_recipients == ()
        assert len(office.log("chat.moved")) == 1
        assert check.check(office.desk.db, for_database(office.desk.db)) == []

    def test_a_message_in_the_new_chat_came_first(self, office: Office) -> None:
        before = Chat(self.old)
        after = Chat(self.new, updates=before.updates)
        first = office.got(before.says("hello", author="Ann"))
        early = office.got(after.says("still here", author="Ann"))
        assert early.customer_id != first.customer_id
        take(office, self._moved(before), after.says("and on", author="Ann"))
        assert _ann(office, "-1005").customer_id == first.customer_id
        assert office.texts(first.conversation_id) == ["hello", "still here", "and on"]
        assert check.check(office.desk.db, for_database(office.desk.db)) == []

    def test_a_group_that_nobody_wrote_in_is_ignored(self, office: Office) -> None:
        assert take(office, self._moved(Chat(self.old)))[0].outcome == "ignored"


def test_a_notice_with_a_broken_name_loses_nothing(office: Office) -> None:
    chat = Chat(Address("77", "Ann \ud800"))
    with transaction(office.desk.db):
        receipts = intake.accept(
            office.desk,
            office.chat,
            [chat.notice("started", text="\udc00"), chat.says("hi \ud800")],
        )
    assert [r.outcome for r in receipts] == ["accepted", "accepted"]


def test_the_time_for_an_answer_is_said(office: Office) -> None:
    chat = Chat(chat="b7:77")
    first = office.got(chat.says(answer_until=office.clock.at + 24 * HOUR))
    assert preflight(office.desk, first.conversation_id).problems == ()
    office.clock.pass_(23 * HOUR)
    assert "60 more minutes" in preflight(office.desk, first.conversation_id).problems[0]
    office.clock.pass_(2 * HOUR)
    assert "over" in preflight(office.desk, first.conversation_id).problems[0]
