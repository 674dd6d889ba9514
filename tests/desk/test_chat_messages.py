"""Albums, edits, groups, Business accounts and proofs: messages as chats bring them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Address, MaybeSent, Received, Sent
from omnitui.desk import view
from omnitui.desk.replying import outbox
from omnitui.desk.replying.reply import NoAddress, TooLong, preflight
from store import accounts, check, conversations, customers, identities, messages, search
from store.blobs import for_database
from store.database import transaction
from store.model import Account, Message, MessageId
from tests.desk.chatting import Chat, photo, take
from tests.desk.office import DAY, HOUR, MINUTE, Office

OWNER = Address("7", "Owner")


def _all(office: Office) -> list[Message]:
    found = []
    for one in conversations.all(office.desk.db):
        found += messages.of_conversation(office.desk.db, one.id)
    return found


def _again(office: Office, message: Message) -> Message:
    return messages.get(office.desk.db, message.id)


def _bot(office: Office, name: str, **capabilities: Any) -> Account:
    with transaction(office.desk.db):
        return accounts.ensure(office.desk.db, name, "telegram", capabilities=capabilities)


def _found(office: Office, query: str) -> list[int]:
    return [hit.message_id for hit in search.search(office.desk.db, query)]


class TestAlbums:
    def _parts(self, chat: Chat) -> Sequence[Received]:
        captions = ["", "the *crack*", "the leak"]
        return [chat.picture("a", caption) for caption in captions]

    @pytest.mark.parametrize("sizes", [(3,), (1, 1, 1), (2, 1)])
    def test_are_one_message(self, office: Office, sizes: tuple[int, ...]) -> None:
        parts = list(self._parts(Chat()))
        receipts = []
        for size in sizes:
            receipts += take(office, *parts[:size])
            parts = parts[size:]
        (message,) = _all(office)
        assert [(r.outcome, r.message_id) for r in receipts] == [("accepted", message.id)] * 3
        assert [f.name for f in message.attachments] == [f"photo-{n}.jpg" for n in (1, 2, 3)]
        assert message.text == "the *crack*\n\nthe leak"
        assert message.details["album"] is True
        assert message.details["media"] == {"kind": "photo"}
        assert [e.kind for e in office.log("message.received")] == ["message.received"]

    def test_a_late_part_bumps_and_reopens_nothing(self, office: Office) -> None:
        first, second, third = self._parts(Chat())
        take(office, first, second)
        (message,) = _all(office)
        office.do(message.conversation_id, "close")
        before = office.conversation(message.conversation_id)
        office.clock.pass_(MINUTE)
        take(office, replace(third, arrived_at=office.clock.at))  # type: ignore[arg-type]
        after = office.conversation(message.conversation_id)
        assert (after.status, after.waiting_since) == ("closed", None)
        assert (after.last_message_at, after.messages) == (before.last_message_at, 1)
        assert len(_again(office, message).attachments) == 3
        assert len(office.log("message.joined")) == 1

    def test_each_picture_is_found_by_its_key(self, office: Office) -> None:
        chat = Chat()
        take(office, *self._parts(chat))
        (message,) = _all(office)
        (receipt,) = take(office, chat.notice("reaction", ["77:3"], details={"reactions": ["👍"]}))
        assert receipt.message_id == message.id
        again = chat.says("the leak", number=3, files=(photo(3),), joins="album:a")
        (receipt,) = take(office, again)
        assert (receipt.outcome, receipt.message_id) == ("duplicate", message.id)

    def test_one_caption_is_edited(self, office: Office) -> None:
        chat = Chat()
        parts = self._parts(chat)
        take(office, *parts)
        (message,) = _all(office)
        take(office, chat.edits(parts[2], "no leak at all"))  # type: ignore[arg-type]
        now = _again(office, message)
        assert now.text == "the *crack*\n\nno leak at all"
        assert [f.name for f in now.attachments] == [f"photo-{n}.jpg" for n in (1, 2, 3)]
        assert [(e["key"], e["text"]) for e in now.details["edits"]] == [("77:3", "the leak")]

    def test_two_albums_of_two_chats_stay_two(self, office: Office) -> None:
        ann = Chat()
        bob = Chat(Address("88", "Bob"), updates=ann.updates)
        take(office, ann.picture("a"), bob.picture("a"), ann.picture("a"), bob.picture("a"))
        assert [len(m.attachments) for m in _all(office)] == [2, 2]

    def test_a_restart_between_its_parts(self, tmp_path: Path) -> None:
        chat = Chat()
        with Office.open(tmp_path) as office:
            take(office, chat.picture("a"))
        with Office.open(tmp_path) as office:
            take(office, chat.picture("a", "and this"))
            (message,) = _all(office)
            assert (len(message.attachments), message.text) == (2, "and this")


class TestEdits:
    def test_the_earlier_text_is_kept_and_it_stays_closed(self, office: Office) -> None:
        chat = Chat()
        first = chat.says("helo", details={"format": "markdown"})
        message = office.got(first)
        office.sent(message.conversation_id)
        office.do(message.conversation_id, "close")
        office.clock.pass_(HOUR)
        edit = chat.edits(first, "hello", after=HOUR, details={"edited_at": chat.at + HOUR})
        edit = replace(edit, details={"edited_at": chat.at + HOUR})
        (receipt,) = take(office, edit)
        assert (receipt.outcome, receipt.reason) == ("accepted", "edited")
        now = _again(office, message)
        assert (now.text, now.details["edited_at"]) == ("hello", chat.at + HOUR)
        assert "format" not in now.details
        (earlier,) = now.details["edits"]
        assert (earlier["text"], earlier["until"], earlier["format"]) == (
            "helo",
            chat.at + HOUR,
            "markdown",
        )
        assert office.conversation(message.conversation_id).status == "closed"
        (event,) = office.log("message.edited")
        assert (event.message_id, event.data["answered"]) == (message.id, True)
        assert event.data["at"] == chat.at + HOUR
        assert _found(office, "hello") == [message.id]
        assert _found(office, "helo") == [message.id] or _found(office, "helo") == []

    def test_the_same_twice_changes_nothing(self, office: Office) -> None:
        chat = Chat()
        first = chat.says("one")
        message = office.got(first)
        edit = chat.edits(first, "two")
        outcomes = [r.outcome for r in take(office, edit, replace(edit, external_id="9999"))]
        assert outcomes == ["accepted", "duplicate"]
        preview_only = chat.edits(first, "two", after=9_000)
        assert take(office, preview_only)[0].outcome == "duplicate"
        assert len(_again(office, message).details["edits"]) == 1
        assert len(office.log("message.edited")) == 1

    def test_an_older_one_does_not_win(self, office: Office) -> None:
        chat = Chat()
        first = chat.says("one")
        message = office.got(first)
        older, newer = (
            chat.edits(first, "two", after=1_000),
            chat.edits(first, "three", after=2_000),
        )
        take(office, newer)
        take(office, older)
        now = _again(office, message)
        assert now.text == "three"
        assert [e["text"] for e in now.details["edits"]] == ["one", "two"]

    def test_within_one_second_the_later_update_wins(self, office: Office) -> None:
        chat = Chat()
        first = chat.says("one")
        message = office.got(first)
        two, three = chat.edits(first, "two"), chat.edits(first, "three")
        take(office, three, two)
        assert _again(office, message).text == "three"

    def test_of_a_message_that_is_not_here_is_a_message(self, office: Office) -> None:
        chat = Chat()
        first = chat.says("one")
        message = office.got(chat.edits(first, "two"))
        assert (message.text, message.external_id) == ("two", first.message_key)
        (receipt,) = take(office, first)
        assert receipt.message_id == message.id
        assert [e["text"] for e in _again(office, message).details["edits"]] == ["one"]
        assert len(_all(office)) == 1

    def test_a_picture_is_replaced_and_kept(self, office: Office) -> None:
        chat = Chat()
        first = chat.picture("", "before")
        message = office.got(first)
        take(office, chat.edits(first, "after", files=(photo(1, unique="other"),)))
        now = _again(office, message)
        assert len(now.attachments) == 1
        assert now.attachments[0].id != message.attachments[0].id
        (earlier,) = now.details["edits"]
        assert [f["id"] for f in earlier["files"]] == [message.attachments[0].id]
        shown = json.loads(json.dumps(view.message_json(now)))
        assert shown["edits"][0]["text"] == "before"

    def test_a_caption_alone_keeps_the_picture(self, office: Office) -> None:
        chat = Chat()
        first = chat.picture("", "before")
        message = office.got(first)
        same = replace(photo(1), name="renamed.jpg")
        take(office, chat.edits(first, "after", files=(same,)))
        assert [f.id for f in _again(office, message).attachments] == [message.attachments[0].id]

    def test_a_live_location_is_no_list_of_edits(self, office: Office) -> None:
        chat = Chat()
        media = {"kind": "location", "live": True, "latitude": 1.0, "longitude": 2.0}
        first = chat.says("map 0", details={"media": media})
        message = office.got(first)
        for n in range(1, 30):
            moved = {**media, "latitude": 1.0 + n}
            take(office, chat.edits(first, f"map {n}", after=n * 1000, details={"media": moved}))
        now = _again(office, message)
        assert (now.text, now.details["media"]["latitude"]) == ("map 29", 30.0)
        assert [e["text"] for e in now.details["edits"]] == ["map 0"]
        assert len(office.log("message.edited")) == 1

    def test_many_are_not_all_kept(self, office: Office) -> None:
        chat = Chat()
        first = chat.says("text 0")
        message = office.got(first)
        take(office, *(chat.edits(first, f"text {n}", after=n * 1000) for n in range(1, 80)))
        edits = _again(office, message).details["edits"]
        assert (len(edits), edits[0]["text"], edits[-1]["text"]) == (50, "text 0", "text 78")


class TestGroups:
    def test_the_group_is_the_customer_and_the_author_is_shown(self, office: Office) -> None:
        team = Chat(Address("-5", "Team Acme"))
        one = office.got(team.says("printer is down", author="Ann", proofs=()))
        two = office.got(team.says("really", author="Bob", proofs=()))
        assert one.conversation_id == two.conversation_id
        assert (one.author, two.author, one.author_address) == ("Ann", "Bob", "-5")
        customer = customers.get(office.desk.db, one.customer_id)
        assert customer.name == "Team Acme"
        flight = preflight(office.desk, one.conversation_id)
        assert ([a.address for a in flight.to], flight.chat) == (["-5"], "-5")
        assert flight.new_recipients == ()
        assert _found(office, "from:bob") == [two.id]
        assert set(_found(office, "team")) == {one.id, two.id}

    def test_a_reply_goes_to_the_topic_written_in_last(self, office: Office) -> None:
        updates = Chat().updates
        seven = Chat(Address("-5", "Team"), chat="-5/7", updates=updates)
        nine = Chat(Address("-5", "Team"), chat="-5/9", updates=updates)
        first = office.got(seven.says(author="Ann", number=1))
        office.do(first.conversation_id, "close")
        office.clock.pass_(30 * DAY)
        nine.at = office.clock.at
        second = office.got(nine.says(author="Bob", number=2))
        office.sent(second.conversation_id)
        assert preflight(office.desk, second.conversation_id).chat == "-5/9"
        assert preflight(office.desk, first.conversation_id).chat == "-5/7"


class TestBusiness:
    def test_the_owner_answers_on_their_own_phone(self, office: Office) -> None:
        chat = Chat(chat="b7:77")
        asked = office.got(chat.says("Open today?"))
        chat.at += MINUTE
        ours = office.got(
            chat.says("Till six", direction="out", sender=OWNER, to=[chat.who], proofs=())
        )
        assert (ours.conversation_id, ours.direction, ours.state) == (
            asked.conversation_id,
            "out",
            "sent",
        )
        assert office.conversation(asked.conversation_id).status == "pending"
        assert preflight(office.desk, asked.conversation_id).chat == "b7:77"
        assert len(office.log("message.found")) == 1

    def test_the_owner_writes_first(self, office: Office) -> None:
        chat = Chat(chat="b7:77")
        ours = office.got(
            chat.says("It is ready", direction="out", sender=OWNER, to=[chat.who], proofs=())
        )
        chat.at += MINUTE
        theirs = office.got(chat.says("Coming"))
        assert theirs.conversation_id == ours.conversation_id
        assert customers.get(office.desk.db, ours.customer_id).name == "Ann Lee"

    def test_the_chat_with_the_bot_and_that_with_the_owner(self, office: Office) -> None:
        bot = Chat()
        business = Chat(chat="b7:77", updates=bot.updates)
        one = office.got(bot.says("to the bot"))
        business.at += MINUTE
        two = office.got(business.says("to the owner"))
        assert one.customer_id == two.customer_id
        assert preflight(office.desk, two.conversation_id).chat == "b7:77"
        assert preflight(office.desk, one.conversation_id).chat in ("77", "b7:77")

    def test_who_may_not_answer_is_told(self, office: Office) -> None:
        chat = Chat(chat="b7:77")
        first = office.got(chat.says(details={"business": {"can_reply": False}}))
        assert (
            "does not let the bot answer"
            in preflight(office.desk, first.conversation_id).problems[0]
        )


class TestReplies:
    def test_a_bot_that_they_never_wrote_to_cannot_write_first(self, office: Office) -> None:
        _bot(office, "bot2", answers=True)
        first = office.got(Chat().says())
        assert preflight(office.desk, first.conversation_id).new_recipients == ()
        with pytest.raises(NoAddress, match="never written to bot2"):
            preflight(office.desk, first.conversation_id, account="bot2")
        take(
            office,
            Chat().notice("started", external_id="5"),
            account=accounts.get(office.desk.db, "bot2"),
        )
        assert preflight(office.desk, first.conversation_id, account="bot2").chat == "77"

    def test_without_an_address_there_the_link_is_named(self, office: Office) -> None:
        _bot(office, "bot", link="https://t.me/acme?start={payload}")
        first = office.got(office.letter())
        with pytest.raises(NoAddress, match="link bot"):
            preflight(office.desk, first.conversation_id, account="bot")

    def test_a_long_text_goes_in_parts(self, office: Office) -> None:
        account = _bot(office, "long", part_limit=4096)
        first = office.got(Chat().says(), account=account)
        assert office.reply(first.conversation_id, "x" * 20_000)
        with pytest.raises(TooLong):
            office.reply(office.got(Chat(Address("9")).says()).conversation_id, "x" * 101)


class TestProofs:
    def test_telegram_vouches_for_the_id(self, office: Office) -> None:
        message = office.got(Chat().says())
        (identity,) = identities.of(office.desk.db, message.customer_id)
        assert identity.proof == "platform"

    def _phone_of(self, office: Office, proof: str) -> int:
        joe = office.got(office.letter("joe@home.example", proofs=("dmarc",)))
        with transaction(office.desk.db):
            identities.add(
                office.desk.db, joe.customer_id, "phone", "+380501234567",
                proof=proof, at=office.clock.at,
            )  # fmt: skip
        return joe.customer_id

    def test_an_own_contact_is_the_one_with_that_phone(self, office: Office) -> None:
        joe = self._phone_of(office, "contact")
        chat = Chat()
        first = office.got(chat.says())
        assert first.customer_id != joe
        shared = office.got(
            chat.says("my number", proofs=("contact",), aliases=(("phone", "+380501234567"),))
        )
        assert shared.customer_id == joe
        assert _again(office, first).customer_id == joe
        assert office.got(chat.says("so?")).customer_id == joe

    def test_a_phone_that_was_only_typed_is_a_suggestion(self, office: Office) -> None:
        joe = self._phone_of(office, "")
        chat = Chat()
        office.got(chat.says())
        shared = office.got(
            chat.says("my number", proofs=("contact",), aliases=(("phone", "+380501234567"),))
        )
        assert shared.customer_id != joe
        (event,) = office.log("customer.suggested")
        assert event.data["same_as"] == joe

    def test_somebody_elses_contact_proves_nothing(self, office: Office) -> None:
        joe = self._phone_of(office, "contact")
        media = {"kind": "contact", "phone": "+380501234567", "own": False}
        shared = office.got(Chat().says("Joe\n+380501234567", details={"media": media}))
        assert shared.customer_id != joe
        assert office.log("customer.suggested") == office.log("identity.linked") == []

    @pytest.mark.parametrize("later", [HOUR, 30 * DAY])
    def test_their_open_matter_goes_on_here(self, office: Office, later: int) -> None:
        first = office.got(office.letter("joe@home.example", proofs=("dmarc",)))
        with transaction(office.desk.db):
            identities.add(
                office.desk.db, first.customer_id, "telegram", "77", proof="link",
                at=office.clock.at,
            )  # fmt: skip
        chat = Chat(at=office.clock.pass_(later))
        assert office.got(chat.says()).conversation_id == first.conversation_id


class TestProofOfSending:
    def _unknown(self, office: Office, conversation: int, text: str) -> MessageId:
        entry = office.claim(office.reply(conversation, text))
        office.settle(entry, MaybeSent("Cut off."))
        return entry.message_id

    def _answer(self, chat: Chat, text: str, key: str = "77:900", **more: Any) -> Any:
        told = {"key": key, "author": "Acme bot", "text": text, "ours": True, **more}
        return chat.says("thanks", in_reply_to=key, details={"reply_to": told})

    def test_an_answer_to_it_proves_it(self, office: Office) -> None:
        chat = Chat()
        here = office.got(chat.says()).conversation_id
        ours = self._unknown(office, here, "See **our** [page](https://acme.example/x).")
        other = self._unknown(office, here, "Something else")
        answer = office.got(self._answer(chat, "See our page."))
        proven = messages.get(office.desk.db, ours)
        assert (proven.state, proven.external_id) == ("sent", "77:900")
        assert messages.get(office.desk.db, other).state == "unknown"
        assert answer.conversation_id == here
        details = {"reactions": ["👍"]}
        (receipt,) = take(office, chat.notice("reaction", ["77:900"], details=details))
        assert receipt.message_id == ours

    def test_only_where_it_can_be_no_other(self, office: Office) -> None:
        chat = Chat()
        here = office.got(chat.says()).conversation_id
        both = [self._unknown(office, here, "Yes.") for _n in range(2)]
        office.got(self._answer(chat, "Yes."))
        assert {messages.get(office.desk.db, one).state for one in both} == {"unknown"}

    @pytest.mark.parametrize("told", [{"ours": False}, {"text": "Yes, and more"}, {"text": ""}])
    def test_other_words_or_others_prove_nothing(
        self, office: Office, told: dict[str, Any]
    ) -> None:
        chat = Chat()
        here = office.got(chat.says()).conversation_id
        ours = self._unknown(office, here, "Yes.")
        answer = self._answer(chat, "Yes.")
        reply_to = {**answer.details["reply_to"], **told}
        office.got(replace(answer, details={"reply_to": reply_to}))
        assert messages.get(office.desk.db, ours).state == "unknown"

    def test_in_another_chat_it_is_another_message(self, office: Office) -> None:
        ann = Chat()
        bob = Chat(Address("88", "Bob"), updates=ann.updates)
        here = office.got(ann.says()).conversation_id
        office.got(bob.says())
        ours = self._unknown(office, here, "Yes.")
        office.got(self._answer(bob, "Yes.", "88:900"))
        assert messages.get(office.desk.db, ours).state == "unknown"

    def test_the_beginning_of_a_long_one_is_enough(self, office: Office) -> None:
        account = _bot(office, "bot", part_limit=4096)
        chat = Chat()
        here = office.got(chat.says(), account=account).conversation_id
        text = " ".join(f"word{n}" for n in range(100))
        ours = self._unknown(office, here, text)
        office.got(self._answer(chat, text[:200]), account=account)
        assert messages.get(office.desk.db, ours).state == "sent"


def test_a_part_of_a_long_reply_is_that_reply(office: Office) -> None:
    chat = Chat()
    here = office.got(chat.says()).conversation_id
    entry = office.claim(office.reply(here, "long"))
    with transaction(office.desk.db):
        outbox.part_out(office.desk, entry.message_id, "77:900")
    office.settle(entry, Sent("77:900", parts=("77:900", "77:901")))
    (receipt,) = take(office, chat.notice("deleted", ["77:901"]))
    assert receipt.message_id == entry.message_id
    assert "deleted_at" not in messages.get(office.desk.db, entry.message_id).details


def test_the_json_has_what_a_chat_shows(office: Office) -> None:
    chat = Chat()
    asked = chat.picture("", "look", details={"reply_to": {"key": "77:1", "text": "hi"}})
    message = office.got(asked)
    take(office, chat.reacts(asked, "👍"), chat.notice("deleted", [asked.message_key]))
    shown = json.loads(json.dumps(view.message_json(_again(office, message))))
    assert shown["media"] == {"kind": "photo"}
    assert shown["reply_to"]["text"] == "hi"
    assert shown["reactions"]["77"]["emoji"] == ["👍"]
    assert shown["deleted_at"].startswith("2026-")
    assert [(f["state"], f["problem"]) for f in shown["attachments"]] == [("awaited", None)]
    plain = view.message_json(office.got(office.letter()))
    assert not plain.keys() & {"media", "reactions", "edits", "deleted_at", "chat"}


def test_what_a_chat_shows_is_found(office: Office) -> None:
    chat = Chat()
    sticker = office.got(
        chat.says(
            "😂", details={"media": {"kind": "sticker", "emoji": "😂", "set_name": "CatsLive"}}
        )
    )
    audio = office.got(
        chat.says(
            "",
            files=(replace(photo(9), name="waltz.mp3"),),
            details={"media": {"kind": "audio", "title": "Spring", "performer": "Strauss"}},
        )
    )
    assert _found(office, "😂") == [sticker.id]
    assert _found(office, "catslive") == [sticker.id]
    assert _found(office, "waltz") == [audio.id]
    assert _found(office, "strauss") == [audio.id]


def test_a_nul_in_a_text_is_a_character_like_others(office: Office) -> None:
    first = Chat().says("before\0after")
    message = office.got(first)
    assert message.text == "before\0after"
    assert check.check(office.desk.db, for_database(office.desk.db)) == []
