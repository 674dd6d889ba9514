"""What a message answers, and whose it was."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import Address, Forwarded
from tests.telegram_reading.samples import (
    ANN,
    ANNS_CHAT,
    BOB,
    BOT,
    CHANNEL,
    DATE,
    FORUM,
    GROUP,
    file,
    inbound,
    message,
)


def answered(**content: Any) -> dict[str, Any]:
    made = {"message_id": 990, "from": BOT, "chat": ANNS_CHAT, "date": DATE - 60, **content}
    return {name: value for name, value in made.items() if value is not None}


def test_an_answer_to_our_message() -> None:
    found = inbound(message(text="Yes", reply_to_message=answered(text="Is it red?")))
    assert found.in_reply_to == "42:990"
    assert found.details["reply_to"] == {
        "key": "42:990", "author": "Shop", "text": "Is it red?", "ours": True
    }  # fmt: skip


def test_an_answer_to_their_own_picture() -> None:
    photo = [file(width=9, height=9)]
    earlier = answered(**{"from": ANN}, photo=photo, caption="x" * 500)
    told = inbound(message(text="this one", reply_to_message=earlier)).details["reply_to"]
    assert told["ours"] is False
    assert told["author"] == "Ann Lee"
    assert told["kind"] == "photo"
    assert len(told["text"]) == 200


def test_a_part_that_was_quoted() -> None:
    quote = {"text": "red", "position": 6, "is_manual": True}
    found = inbound(message(text="Yes", reply_to_message=answered(text="Is it red?"), quote=quote))
    assert found.details["reply_to"]["quote"] == "red"
    assert found.details["reply_to"]["key"] == "42:990"


def test_an_answer_to_a_message_that_is_out_of_reach() -> None:
    gone = {"message_id": 5, "chat": ANNS_CHAT, "date": 0}
    found = inbound(message(text="Yes", reply_to_message=gone))
    assert found.in_reply_to == "42:5"
    assert found.details["reply_to"] == {"key": "42:5", "author": "", "text": "", "ours": False}


def test_an_answer_to_another_chats_message() -> None:
    origin = {"type": "channel", "date": DATE, "chat": CHANNEL, "message_id": 9}
    elsewhere = {"origin": origin, "chat": CHANNEL, "message_id": 9, "photo": [file()]}
    quote = {"text": "New kettle", "position": 0}
    found = inbound(message(text="How much?", external_reply=elsewhere, quote=quote))
    assert found.in_reply_to == ""
    assert found.details["reply_to"] == {
        "key": "-1009876543210:9", "author": "Acme news", "text": "", "ours": False,
        "elsewhere": True, "kind": "photo", "quote": "New kettle",
    }  # fmt: skip


def test_an_answer_to_a_story() -> None:
    found = inbound(message(text="Nice", reply_to_story={"chat": CHANNEL, "id": 5}))
    assert found.details["reply_to"] == {
        "key": "", "author": "Acme news", "text": "", "ours": False, "kind": "story"
    }  # fmt: skip


def test_an_answer_to_one_task_of_a_list() -> None:
    checklist = {"title": "Order", "tasks": [{"id": 2, "text": "Send"}]}
    found = inbound(message(text="Done?", reply_to_message=answered(checklist=checklist),
                            reply_to_checklist_task_id=2))  # fmt: skip
    assert found.details["reply_to"]["checklist_task_id"] == "2"
    assert found.details["reply_to"]["kind"] == "checklist"


def test_nobody_answers_what_opened_a_topic() -> None:
    opened = answered(chat=FORUM, message_id=7, forum_topic_created={"name": "Kettles"})
    found = inbound(message(text="hi", chat=FORUM, message_thread_id=7, is_topic_message=True,
                            reply_to_message=opened))  # fmt: skip
    assert found.in_reply_to == ""
    assert "reply_to" not in found.details
    assert found.details["topic"] == "Kettles"


@pytest.mark.parametrize("broken", [5, None, [], {}, {"message_id": None}])
def test_a_broken_answer_loses_no_message(broken: object) -> None:
    content = {**message(text="hi"), "reply_to_message": broken, "quote": broken}
    found = inbound(content)
    assert found.text == "hi"
    assert found.in_reply_to == ""


@pytest.mark.parametrize(
    ("origin", "sender", "facts"),
    [
        (
            {"type": "user", "date": DATE - 9, "sender_user": BOB},
            Address("43", "Bob"), {"kind": "user", "address": "43"},
        ),
        (
            {"type": "hidden_user", "date": DATE - 9, "sender_user_name": "Carol \u202eX"},
            Address("", "Carol X"), {"kind": "hidden_user"},
        ),
        (
            {"type": "chat", "date": DATE - 9, "sender_chat": GROUP, "author_signature": "Boss"},
            Address("-1001234567890", "Acme users"),
            {"kind": "chat", "address": "-1001234567890", "signature": "Boss"},
        ),
        (
            {"type": "channel", "date": DATE - 9, "chat": CHANNEL, "message_id": 9},
            Address("-1009876543210", "Acme news"),
            {"kind": "channel", "address": "-1009876543210",
             "url": "https://t.me/acme_news/9"},
        ),
    ],
)  # fmt: skip
def test_whose_a_forwarded_message_was(
    origin: dict[str, Any], sender: Address, facts: dict[str, Any]
) -> None:
    found = inbound(message(text="see", forward_origin=origin))
    at = (DATE - 9) * 1000
    assert found.forwarded == Forwarded(sender, at)
    assert found.details["forward"] == {**facts, "name": sender.name, "sent_at": at}
    # It is still a message of who passed it on, and of when.
    assert found.sender.address == "42"
    assert found.sent_at == DATE * 1000


def test_forwards_of_an_older_bot_api_server() -> None:
    found = inbound(message(text="see", forward_from=BOB, forward_date=DATE - 9))
    assert found.forwarded == Forwarded(Address("43", "Bob"), (DATE - 9) * 1000)
    hidden = inbound(message(text="see", forward_sender_name="Carol", forward_date=DATE))
    assert hidden.forwarded == Forwarded(Address("", "Carol"), DATE * 1000)
