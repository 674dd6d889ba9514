"""Groups, topics and channels: off unless the account says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Address, Ignored, Notice
from tests.telegram_reading.samples import (
    ANN,
    BOB,
    BOT,
    CHANNEL,
    CLOSED,
    DATE,
    FORUM,
    GROUP,
    OPEN,
    ignored,
    inbound,
    message,
    notice,
    read,
)

ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
STAND_IN = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
POST = {"message_id": 5, "date": DATE, "chat": CHANNEL, "sender_chat": CHANNEL, "text": "News"}


def test_groups_are_off() -> None:
    for content in (message(text="hi", chat=GROUP), message(new_chat_title="X", chat=GROUP)):
        assert "groups = true" in ignored(content, context=CLOSED)


def test_channels_are_off() -> None:
    for kind in ("channel_post", "edited_channel_post"):
        assert "channels = true" in ignored(POST, kind, CLOSED)
        assert "channels = true" in ignored(POST, kind, replace(CLOSED, groups=True))


def test_a_group_is_the_customer_and_the_person_the_author() -> None:
    found = inbound(message(text="hi", chat=GROUP), context=replace(CLOSED, groups=True))
    assert found.sender == Address("-1001234567890", "Acme users")
    assert found.author == "Ann Lee"
    assert found.chat == "-1001234567890"
    assert found.message_key == "-1001234567890:1001"
    assert found.proofs == ()
    # The language is Ann's, not the group's.
    assert found.details == {"author_id": "42"}


def test_a_topic_is_a_chat_of_its_own() -> None:
    found = inbound(message(text="hi", chat=FORUM, message_thread_id=7, is_topic_message=True))
    assert found.chat == "-1001234567890/7"
    assert found.message_key == "-1001234567890:1001"


@pytest.mark.parametrize(
    ("content", "author"),
    [
        ({"sender": ADMIN, "sender_chat": GROUP}, "Acme users"),
        ({"sender": ADMIN, "sender_chat": GROUP, "author_signature": "Boss"}, "Boss"),
        ({"sender": STAND_IN, "sender_chat": CHANNEL}, "Acme news"),
        ({"sender": BOB, "sender_tag": "VIP"}, "Bob"),
    ],
)
def test_who_wrote_as_a_chat(content: dict[str, Any], author: str) -> None:
    assert inbound(message(text="hi", chat=GROUP, **content)).author == author


def test_a_channels_post() -> None:
    found = inbound({**POST, "author_signature": "Boss"}, "channel_post")
    assert found.sender == Address("-1009876543210", "Acme news")
    assert found.author == "Boss"
    assert found.details == {"username": "acme_news"}
    edit = inbound({**POST, "text": "Old", "edit_date": DATE + 1}, "edited_channel_post")
    assert edit.edit_of == found.message_key == "-1009876543210:5"


def test_a_post_that_telegram_copied_is_told_once() -> None:
    copied = message(text="News", chat=GROUP, sender=STAND_IN, sender_chat=CHANNEL,
                     is_automatic_forward=True)  # fmt: skip
    assert ignored(copied)


def test_messages_to_a_channel_are_each_persons_own() -> None:
    chat = {**GROUP, "title": "Acme news", "is_direct_messages": True}
    topic = {"topic_id": 42, "user": ANN}
    assert "channels = true" in ignored(message(text="hi", chat=chat), context=CLOSED)
    found = inbound(message(text="hi", chat=chat, direct_messages_topic=topic))
    assert found.sender == Address("42", "Ann Lee")
    assert found.chat == "-1001234567890/d42"
    assert found.proofs == ("platform",)
    ours = inbound(message(text="hello", chat=chat, sender=STAND_IN, sender_chat=CHANNEL,
                           direct_messages_topic=topic))  # fmt: skip
    assert ours.direction == "out"
    assert ours.to == (Address("42", "Ann Lee"),)
    answer = message(text="thanks", chat=chat, direct_messages_topic=topic,
                     reply_to_message={**message(text="hello", chat=chat, sender=STAND_IN,
                                                 sender_chat=CHANNEL)})  # fmt: skip
    assert inbound(answer).details["reply_to"]["ours"] is True


def test_a_channel_that_goes_on_is_still_the_customer() -> None:
    later = {**POST, "message_id": 6, "reply_to_message": POST}
    assert inbound(later, "channel_post").details["reply_to"]["ours"] is False


def test_a_group_that_gets_another_id_moves_once() -> None:
    old = {"id": -55, "title": "Acme users", "type": "group"}
    found = notice(message(chat=old, migrate_to_chat_id=-1001234567890))
    assert found.kind == "moved"
    assert found.chat == "-55"
    assert found.who == Address("-55", "Acme users")
    assert found.details["to"] == "-1001234567890"
    assert ignored(message(chat=GROUP, migrate_from_chat_id=-55))


def member(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "user": BOT, **more}


def change(chat: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {"chat": chat, "from": ANN, "date": DATE, "old_chat_member": old,
            "new_chat_member": new}  # fmt: skip


@pytest.mark.parametrize("chat", [GROUP, CHANNEL, {"id": -5, "title": "G", "type": "group"}])
@pytest.mark.parametrize("context", [CLOSED, OPEN])
def test_coming_and_going_is_told_even_where_we_do_not_listen(chat: Any, context: Any) -> None:
    came = notice(change(chat, member("left"), member("member")), "my_chat_member", context)
    assert came.kind == "event"
    assert came.details == {"event": "bot_added"}
    assert came.author == "Ann Lee"
    assert came.who is not None
    assert came.who.address == came.chat == str(chat["id"])
    assert came.text == chat["title"]
    gone = change(chat, member("administrator"), member("kicked", until_date=0))
    assert notice(gone, "my_chat_member", context).details == {"event": "bot_removed"}


@pytest.mark.parametrize(
    ("old", "new", "event"),
    [
        (member("member"), member("administrator"), ""),
        (member("left"), member("kicked"), ""),
        (member("restricted", is_member=True), member("member"), ""),
        (member("restricted", is_member=False), member("member"), "bot_added"),
        (member("member"), member("restricted", is_member=False), "bot_removed"),
    ],
)
def test_other_changes_of_the_bots_rights(old: Any, new: Any, event: str) -> None:
    found = read(change(GROUP, old, new), "my_chat_member")
    assert isinstance(found, Notice if event else Ignored)
    if isinstance(found, Notice):
        assert found.details["event"] == event


def test_the_bots_coming_is_not_told_twice() -> None:
    assert ignored(message(chat=GROUP, new_chat_members=[BOT]))
    assert ignored(message(chat=GROUP, left_chat_member=BOT))
    assert notice(message(chat=GROUP, new_chat_members=[BOT, BOB])).text == "Shop, Bob"
