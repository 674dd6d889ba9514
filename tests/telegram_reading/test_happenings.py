"""What happens in chats and is no message: blocks, reactions, pins, service messages, buttons."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import Address
from tests.telegram_reading.samples import (
    ANN,
    ANNS_CHAT,
    BOB,
    BOT,
    CHANNEL,
    CLOSED,
    DATE,
    GROUP,
    file,
    ignored,
    message,
    notice,
)


def change(old: str, new: str) -> dict[str, Any]:
    return {
        "chat": ANNS_CHAT, "from": ANN, "date": DATE,
        "old_chat_member": {"status": old, "user": BOT},
        "new_chat_member": {"status": new, "user": BOT, "until_date": 0},
    }  # fmt: skip


def test_a_customer_blocks_the_bot() -> None:
    found = notice(change("member", "kicked"), "my_chat_member")
    assert found.kind == "blocked"
    assert found.who == Address("42", "Ann Lee")
    assert found.chat == "42"
    assert found.at == DATE * 1000
    assert notice(change("kicked", "member"), "my_chat_member").kind == "unblocked"
    assert ignored(change("left", "member"), "my_chat_member")


THUMB = {"type": "emoji", "emoji": "👍"}
HEART = {"type": "emoji", "emoji": "❤"}
OWN = {"type": "custom_emoji", "custom_emoji_id": "5368324170671202286"}


def reacted(chat: dict[str, Any], *new: dict[str, Any], **who: Any) -> dict[str, Any]:
    return {"chat": chat, "message_id": 990, "date": DATE, "old_reaction": [THUMB],
            "new_reaction": list(new), **(who or {"user": ANN})}  # fmt: skip


def test_a_reaction() -> None:
    found = notice(reacted(ANNS_CHAT, THUMB, OWN, {"type": "paid"}), "message_reaction")
    assert found.kind == "reaction"
    assert found.keys == ("42:990",)
    assert found.who == Address("42", "Ann Lee")
    assert found.direction == "in"
    assert found.details == {"reactions": ["👍", "custom", "⭐"]}
    assert notice(reacted(ANNS_CHAT), "message_reaction").details == {"reactions": []}


def test_a_reaction_in_a_group() -> None:
    found = notice(reacted(GROUP, HEART, user=BOB), "message_reaction")
    assert found.who == Address("-1001234567890", "Acme users")
    assert found.author == "Bob"
    assert found.details == {"reactions": ["❤"], "user_id": "43"}
    as_chat = notice(reacted(GROUP, HEART, actor_chat=CHANNEL), "message_reaction")
    assert as_chat.author == "Acme news"
    assert ignored(reacted(GROUP, HEART), "message_reaction", CLOSED)


def test_counted_reactions() -> None:
    counted = {
        "chat": CHANNEL, "message_id": 9, "date": DATE,
        "reactions": [
            {"type": THUMB, "total_count": 3}, {"type": OWN, "total_count": 1},
            {"type": {"type": "custom_emoji", "custom_emoji_id": "6"}, "total_count": 2},
            {"type": HEART, "total_count": 0},
        ],
    }  # fmt: skip
    found = notice(counted, "message_reaction_count")
    assert found.kind == "reaction"
    assert found.keys == ("-1009876543210:9",)
    assert found.details == {"counts": {"👍": 3, "custom": 3}}


def test_a_pin() -> None:
    pinned = {"message_id": 990, "from": BOT, "chat": ANNS_CHAT, "date": DATE, "text": "Red\nball"}
    found = notice(message(pinned_message=pinned))
    assert found.kind == "pinned"
    assert found.keys == ("42:990",)
    assert found.text == "Red ball"
    gone = notice(message(pinned_message={"message_id": 5, "chat": ANNS_CHAT, "date": 0}))
    assert gone.keys == ("42:5",)
    ours = notice(message(pinned_message=pinned, sender=BOT))
    assert ours.direction == "out"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("new_chat_members", [ANN, BOB], "Ann Lee, Bob"),
        ("left_chat_member", BOB, "Bob"),
        ("new_chat_title", "Acme\nfans", "Acme fans"),
        ("new_chat_photo", [file(width=9, height=9)], ""),
        ("delete_chat_photo", True, ""),
        ("group_chat_created", True, ""),
        ("message_auto_delete_timer_changed", {"message_auto_delete_time": 86400}, "86400"),
        ("successful_payment", {"currency": "UAH", "total_amount": 125050, "invoice_payload": "o7",
         "telegram_payment_charge_id": "t", "provider_payment_charge_id": "p"}, "1250.50 UAH"),
        ("refunded_payment", {"currency": "XTR", "total_amount": 50, "invoice_payload": "o7",
         "telegram_payment_charge_id": "t"}, "50 ⭐"),
        ("users_shared", {"request_id": 1, "users": [
            {"user_id": 43, "first_name": "Bob"}, {"user_id": 44}]}, "Bob, 44"),
        ("chat_shared", {"request_id": 1, "chat_id": -5, "title": "Fans"}, "Fans"),
        ("gift", {"gift": {"id": "1", "sticker": {"emoji": "🎂"}, "star_count": 15},
                  "text": "For you"}, "🎂\nFor you"),
        ("unique_gift", {"gift": {"base_name": "Cake", "name": "Cake-7", "number": 7},
                         "origin": "transfer"}, "Cake #7"),
        ("connected_website", "example.org", "example.org"),
        ("write_access_allowed", {"from_request": True}, ""),
        ("web_app_data", {"button_text": "Order", "data": '{"size":"L"}'}, 'Order\n{"size":"L"}'),
        ("proximity_alert_triggered", {"traveler": ANN, "watcher": BOB, "distance": 50},
         "Ann Lee – Bob: 50 m"),
        ("boost_added", {"boost_count": 4}, "4"),
        ("checklist_tasks_done", {"marked_as_done_task_ids": [1, 2],
         "marked_as_not_done_task_ids": [3], "checklist_message": {"message_id": 3,
         "chat": ANNS_CHAT, "date": DATE, "checklist": {"title": "T", "tasks": [
            {"id": 1, "text": "Pack"}]}}}, "[x] Pack, [x] 2, [ ] 3"),
        ("checklist_tasks_added", {"tasks": [{"id": 4, "text": "Call"}]}, "Call"),
        ("forum_topic_created", {"name": "Kettles", "icon_color": 7322096}, "Kettles"),
        ("forum_topic_edited", {"name": "Pots"}, "Pots"),
        ("forum_topic_closed", {}, ""),
        ("poll_option_added", {"option_persistent_id": "1", "option_text": "Maybe"}, "Maybe"),
        ("suggested_post_declined", {"comment": "Too long"}, "Too long"),
        ("video_chat_started", {}, ""),
        ("video_chat_ended", {"duration": 95}, "95"),
        ("video_chat_participants_invited", {"users": [BOB]}, "Bob"),
        ("chat_owner_changed", {"new_owner": BOB}, "Bob"),
        ("managed_bot_created", {"bot": BOT}, "Shop"),
    ],
)  # fmt: skip
def test_service_messages_are_events(field: str, value: object, text: str) -> None:
    found = notice(message(chat=GROUP, **{field: value}))
    assert found.kind == "event"
    assert found.details["event"] == field
    assert found.text == text
    assert found.who == Address("-1001234567890", "Acme users")
    assert found.author == "Ann Lee"
    assert found.proofs == ()
    private = notice(message(**{field: value}))
    assert private.who == Address("42", "Ann Lee")
    assert private.proofs == ("platform",)


def test_a_payment_keeps_what_programs_need() -> None:
    found = notice(message(successful_payment={
        "currency": "UAH", "total_amount": 125050, "invoice_payload": "o7",
        "telegram_payment_charge_id": "t", "provider_payment_charge_id": "p",
    }))  # fmt: skip
    assert found.details["payment"] == {
        "price": "1250.50 UAH", "currency": "UAH", "amount": 125050, "invoice_payload": "o7",
        "telegram_payment_charge_id": "t", "provider_payment_charge_id": "p",
    }  # fmt: skip


def test_an_event_told_again_is_none() -> None:
    assert ignored(message(new_chat_title="X", edit_date=DATE), "edited_message")


def test_a_button_that_is_not_ours() -> None:
    query = {"id": "1", "from": ANN, "chat_instance": "5", "data": "rate:5\x1b",
             "message": {"message_id": 9, "chat": ANNS_CHAT, "date": 0}}  # fmt: skip
    reason = ignored(query, "callback_query")
    assert "Ann Lee" in reason
    assert reason.isprintable()
    assert "rate:5" in reason
    assert ignored({"id": "1", "from": ANN, "chat_instance": "5"}, "callback_query")
