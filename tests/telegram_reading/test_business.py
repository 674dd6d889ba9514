"""A Business account that lets the bot answer in its chats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Address, Ignored, Quarantined
from connectors.telegram.reading import (
    BusinessConnection,
    connection_needed,
    read_connection,
)
from tests.telegram_reading.samples import (
    ANN,
    ANNS_CHAT,
    BOB,
    BOT,
    CLOSED,
    DATE,
    NOW,
    OPEN,
    OWNER,
    ignored,
    inbound,
    message,
    notice,
    read,
    update,
)

DAY = 86_400_000
CONNECTION = {
    "id": "conn", "user": OWNER, "user_chat_id": 777, "date": DATE, "is_enabled": True,
    "rights": {"can_reply": True},
}  # fmt: skip


def business(**content: Any) -> dict[str, Any]:
    return message(business_connection_id="conn", **content)


def test_a_customer_writes_to_the_business() -> None:
    found = inbound(business(text="Hello"), "business_message")
    assert found.direction == "in"
    assert found.sender == Address("42", "Ann Lee")
    assert found.chat == "b777:42"
    assert found.message_key == "b777:42:1001"
    assert found.proofs == ("platform",)
    assert found.answer_until == DATE * 1000 + DAY
    assert found.details["business"] == {"connection": "conn", "owner": "777", "name": "Olga"}
    assert found.details["username"] == "annlee"


def test_the_owner_answers_in_telegram() -> None:
    answered = {"message_id": 1001, "from": ANN, "chat": ANNS_CHAT, "date": DATE, "text": "Hello"}
    found = inbound(
        business(text="Hi Ann", sender=OWNER, message_id=1002, reply_to_message=answered),
        "business_message",
    )
    assert found.direction == "out"
    assert found.sender == Address("777", "Olga")
    assert found.to == (Address("42", "Ann Lee"),)
    assert found.chat == "b777:42"
    assert found.proofs == ()
    assert found.answer_until is None
    assert found.in_reply_to == "b777:42:1001"
    assert found.details["reply_to"]["ours"] is False


def test_edits_of_both() -> None:
    for sender, direction in ((ANN, "in"), (OWNER, "out")):
        found = inbound(
            business(text="x", sender=sender, edit_date=DATE + 1), "edited_business_message"
        )
        assert found.edit_of == "b777:42:1001"
        assert found.direction == direction


def test_what_the_desk_sent_for_the_business_does_not_come_back() -> None:
    sent = business(text="x", sender=OWNER, sender_business_bot=BOT)
    assert ignored(sent, "business_message")
    other = {**BOT, "id": 5, "first_name": "Other"}
    found = inbound(business(text="x", sender=OWNER, sender_business_bot=other), "business_message")
    assert found.direction == "out"
    assert found.details["business"]["bot"] == "Other"


def test_away_messages_are_marked() -> None:
    away = business(text="Back at 9", sender=OWNER, is_from_offline=True)
    assert inbound(away, "business_message").details["from_offline"] is True


def test_a_business_that_may_only_be_read() -> None:
    connections = {"conn": BusinessConnection(777, can_reply=False)}
    found = inbound(business(text="x"), "business_message",
                    replace(OPEN, connections=connections))  # fmt: skip
    assert found.details["business"]["can_reply"] is False


def test_business_can_be_off() -> None:
    off = replace(OPEN, business=False)
    deleted = {"business_connection_id": "conn", "chat": ANNS_CHAT, "message_ids": [1]}
    assert "business = true" in ignored(business(text="x"), "business_message", off)
    assert "business = true" in ignored(deleted, "deleted_business_messages", off)
    assert "business = true" in ignored(CONNECTION, "business_connection", off)


def test_a_connection_that_nobody_told_of() -> None:
    unknown = replace(OPEN, connections={})
    assert connection_needed(update("business_message", business(text="x")), unknown) == "conn"
    assert connection_needed(update("business_message", business(text="x")), OPEN) == ""
    assert connection_needed(update("message", message(text="x")), unknown) == ""
    # Without it nobody knows whose customer Ann is; Olga's own answers tell.
    assert isinstance(read(business(text="x"), "business_message", unknown), Quarantined)
    answer = inbound(business(text="x", sender=OWNER), "business_message", unknown)
    assert answer.chat == "b777:42"
    deleted = {"business_connection_id": "conn", "chat": ANNS_CHAT, "message_ids": [1]}
    assert isinstance(read(deleted, "deleted_business_messages", unknown), Ignored)


def test_a_connection_is_told_of() -> None:
    found = notice(CONNECTION, "business_connection")
    assert found.kind == "event"
    assert found.who == Address("777", "Olga")
    assert found.chat == "777"
    assert found.at == DATE * 1000
    assert found.details["event"] == "business_connected"
    assert found.details["can_reply"] is True
    ended = notice({**CONNECTION, "is_enabled": False}, "business_connection")
    assert ended.details["event"] == "business_disconnected"
    assert ended.at == NOW


@pytest.mark.parametrize(
    ("rights", "can_reply"),
    [
        ({"rights": {"can_reply": True}}, True),
        ({"rights": {}}, False),
        ({}, True),  # not told: sending shows it
        ({"can_reply": True}, True),  # before Bot API 9.0
    ],
)
def test_what_a_connection_allows(rights: dict[str, Any], can_reply: bool) -> None:
    told = {"id": "c", "user": OWNER, "user_chat_id": 777, "date": DATE, "is_enabled": True}
    assert read_connection({**told, **rights}) == (
        "c",
        BusinessConnection(777, True, can_reply, "Olga", 777),
    )


@pytest.mark.parametrize("broken", [None, 5, {}, {"id": "c"}, {"id": 5, "user": OWNER}])
def test_no_connection(broken: object) -> None:
    assert read_connection(broken) is None


def test_deleted_messages() -> None:
    deleted = {"business_connection_id": "conn", "chat": ANNS_CHAT, "message_ids": [1001, 1002]}
    found = notice(deleted, "deleted_business_messages")
    assert found.kind == "deleted"
    assert found.keys == ("b777:42:1001", "b777:42:1002")
    assert found.chat == "b777:42"
    assert found.who == Address("42", "Ann Lee")
    assert found.at == NOW
    assert found.details == {"either": True}


def test_a_start_to_a_business_is_words() -> None:
    assert inbound(business(text="/start x"), "business_message").text == "/start x"


def test_the_bots_own_chat_is_not_the_businesss() -> None:
    assert inbound(message(text="x"), context=CLOSED).chat == "42"
    assert inbound(business(text="x", sender=BOB, chat={**ANNS_CHAT, "id": 43}),
                   "business_message").chat == "b777:43"  # fmt: skip
