"""Words: as they are, as light Markdown, edited, from whom."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Address, Inbound, Quarantined
from connectors.telegram.reading import read_update
from tests.telegram_reading.samples import (
    ANN,
    ANNS_CHAT,
    BOT,
    CLOSED,
    DATE,
    GROUP,
    NOW,
    OPEN,
    ignored,
    inbound,
    message,
    notice,
    update,
)


def test_a_text() -> None:
    raw = update("message", message(text="Де моє замовлення? 👍"))
    found = read_update(raw, CLOSED, NOW)
    assert isinstance(found, Inbound)
    assert found.external_id == str(raw["update_id"])
    assert found.message_key == "42:1001"
    assert found.chat == "42"
    assert found.sender == Address("42", "Ann Lee")
    assert found.text == "Де моє замовлення? 👍"
    assert found.arrived_at == found.sent_at == DATE * 1000
    assert found.direction == "in"
    assert found.proofs == ("platform",)
    assert found.details == {"username": "annlee", "language": "uk"}
    assert found.answer_until is None
    assert not found.defects
    assert isinstance(found.raw, bytes)
    assert json.loads(found.raw) == raw
    assert "замовлення" in found.raw.decode()


def test_another_bots_updates_have_a_prefix() -> None:
    raw = update("message", message(text="hi"))
    found = read_update(raw, replace(CLOSED, prefix="7000001/"), NOW)
    assert found.external_id == f"7000001/{raw['update_id']}"


@pytest.mark.parametrize("text", ["5*3 = 15", "snake_case_name", "C:\\_old", "> not a quote", ""])
def test_a_text_without_formatting_stays_as_it_is(text: str) -> None:
    plain = [
        {"type": "url", "offset": 0, "length": 1},
        {"type": "mention", "offset": 0, "length": 1},
    ]
    for entities in (None, plain):
        found = inbound(message(text=text, entities=entities))
        assert found.text == text
        assert "format" not in found.details


def test_formatting_after_emoji_is_where_it_was() -> None:
    # Offsets count UTF-16 code units: the family is eleven of them.
    text = "👨‍👩‍👧‍👦 very important"
    found = inbound(message(text=text, entities=[{"type": "bold", "offset": 12, "length": 4}]))
    assert found.text == "👨‍👩‍👧‍👦 **very** important"
    assert found.details["format"] == "markdown"


def test_a_caption_is_the_text() -> None:
    photo = [{"file_id": "a", "file_unique_id": "u", "width": 9, "height": 9}]
    entities = [{"type": "italic", "offset": 0, "length": 4}]
    found = inbound(message(photo=photo, caption="look here", caption_entities=entities))
    assert found.text == "_look_ here"
    assert found.details["format"] == "markdown"


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"first_name": "Ann", "last_name": "Lee"}, "Ann Lee"),
        ({"first_name": "Ann"}, "Ann"),
        ({"first_name": "", "last_name": "Lee"}, "Lee"),
        ({"first_name": "  Ann \n Maria ", "last_name": "Lee"}, "Ann Maria Lee"),
        ({"first_name": "\u202eeel nnA"}, "eel nnA"),
        ({"first_name": "A\x1b[31mnn"}, "A[31mnn"),
        ({"first_name": "👨‍👩‍👧‍👦"}, "👨‍👩‍👧‍👦"),
        ({"first_name": "ㅤ", "username": "annlee"}, "annlee"),
        ({"first_name": "\u200b\u2060", "username": "annlee"}, "annlee"),
        ({"first_name": "", "last_name": ""}, "42"),
        ({"first_name": None}, "42"),
        ({}, "42"),
    ],
)
def test_names_are_one_line_and_never_empty(user: dict[str, Any], name: str) -> None:
    assert (
        inbound(message(text="hi", sender={"id": 42, "is_bot": False, **user})).sender.name == name
    )


def test_an_edit_names_its_message_and_when() -> None:
    first = inbound(message(text="one"))
    edit = inbound(message(text="two", edit_date=DATE + 60), "edited_message")
    assert edit.edit_of == edit.message_key == first.message_key
    assert edit.content_hash != first.content_hash
    assert edit.sent_at == DATE * 1000
    assert edit.arrived_at == edit.details["edited_at"] == (DATE + 60) * 1000


def test_an_edit_that_changes_no_words_has_the_same_fingerprint() -> None:
    entities = [{"type": "bold", "offset": 0, "length": 3}]
    first = inbound(message(text="one", entities=entities))
    button = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    preview = {"is_disabled": True}
    edit = inbound(
        message(text="one", entities=entities, edit_date=DATE + 9, reply_markup=button,
                link_preview_options=preview),
        "edited_message",
    )  # fmt: skip
    assert edit.content_hash == first.content_hash
    bare = inbound(message(text="one", edit_date=DATE + 9), "edited_message")
    assert bare.content_hash != first.content_hash


def test_links_that_telegram_finds_are_no_edit() -> None:
    bold = {"type": "bold", "offset": 0, "length": 3}
    url = {"type": "url", "offset": 4, "length": 9}
    with_url = inbound(message(text="see https://x", entities=[bold, url]))
    without = inbound(message(text="see https://x", entities=[bold]))
    assert with_url.content_hash == without.content_hash
    assert with_url.text == without.text


def test_another_bots_first_message_is_another_message() -> None:
    one = inbound(message(text="hi"))
    other = inbound(message(text="hi"), context=replace(OPEN, bot_id=8, prefix="8/"))
    assert one.message_key == other.message_key
    assert one.content_hash != other.content_hash


def test_ten_thousand_texts_are_read_in_an_instant() -> None:
    """A fifth of a second of an idle core (20 µs each); the bound is for a busy one."""
    all_of_them = [update("message", message(text=f"Order {n}? 👍")) for n in range(10_000)]
    start = time.process_time()
    for each in all_of_them:
        read_update(each, CLOSED, NOW)
    assert time.process_time() - start < 1.0


def test_a_file_under_a_new_id_has_the_same_fingerprint() -> None:
    def voice(file_id: str, unique: str) -> str:
        found = {"file_id": file_id, "file_unique_id": unique, "duration": 5}
        return inbound(message(voice=found)).content_hash

    assert voice("a", "u") == voice("b", "u")
    assert voice("a", "u") != voice("a", "v")


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", ""),
        ("/start abc-DEF_9", "abc-DEF_9"),
        ("/start@shopbot", ""),
        ("/start@ShopBot order5", "order5"),
        ("/start  order5 ", "order5"),
        ("/start\n", ""),
    ],
)
def test_start_opens_no_conversation(text: str, payload: str) -> None:
    command = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    found = notice(message(text=text, entities=command))
    assert found.kind == "started"
    assert found.text == payload
    assert found.who == Address("42", "Ann Lee")
    assert found.chat == "42"
    assert found.at == DATE * 1000
    assert found.proofs == ("platform",)
    assert found.details == {"username": "annlee", "language": "uk"}


@pytest.mark.parametrize(
    "text",
    ["/started", "/start@otherbot x", "/start where is my order?", "/start " + "x" * 65, "/help",
     "/stop", " /start", "start"],
)  # fmt: skip
def test_other_commands_are_words(text: str) -> None:
    assert inbound(message(text=text)).text == text


def test_start_is_a_word_in_groups_and_forwards() -> None:
    assert inbound(message(text="/start", chat=GROUP)).text == "/start"
    origin = {"type": "hidden_user", "date": DATE, "sender_user_name": "X"}
    assert inbound(message(text="/start", forward_origin=origin)).text == "/start"


def test_an_edited_start_opens_no_conversation_either() -> None:
    assert "start" in ignored(message(text="/start x", edit_date=DATE + 1), "edited_message")


@pytest.mark.parametrize("date", [None, 0, -5, 1, 10**15, "yesterday", True, NOW // 1000 + 10**6])
def test_a_date_that_cannot_be_is_noted(date: object) -> None:
    found = inbound({**message(text="hi"), "date": date})
    assert found.sent_at is None
    assert found.arrived_at == NOW
    assert found.defects == ["no date"]


def test_half_a_surrogate_pair_loses_no_message() -> None:
    raw = update("message", message(text="a\ud83d b 👍"))
    found = read_update(raw, OPEN, NOW)
    assert isinstance(found, Inbound)
    assert found.text == "a� b 👍"
    assert isinstance(found.raw, bytes)
    assert json.loads(found.raw) == raw


def test_what_this_bot_wrote_is_passed_over() -> None:
    assert ignored(message(text="hi", sender=BOT))


def test_what_an_agent_would_want_to_know() -> None:
    found = inbound(
        message(
            text="hi",
            via_bot={"id": 9, "is_bot": True, "first_name": "Gif", "username": "gif"},
            is_from_offline=True,
            has_protected_content=True,
            has_media_spoiler=True,
            paid_star_count=5,
        )
    )
    told = {"via_bot": "@gif", "from_offline": True, "protected": True, "spoiler": True,
            "paid_stars": 5}  # fmt: skip
    assert found.details == told | {"username": "annlee", "language": "uk"}


def test_a_private_topic_is_a_chat_of_its_own() -> None:
    found = inbound(message(text="hi", message_thread_id=7, is_topic_message=True))
    assert found.chat == "42/7"
    assert found.message_key == "42:1001"
    # A thread of answers is none.
    assert inbound(message(text="hi", message_thread_id=7)).chat == "42"


def test_a_message_without_a_sender_is_of_the_chats_person() -> None:
    content = message(text="hi")
    del content["from"]
    assert inbound(content).sender == Address("42", "Ann Lee")


@pytest.mark.parametrize(
    "broken",
    [
        {"chat": {"type": "private"}},
        {"chat": None},
        {"message_id": None},
        {"message_id": "five"},
        {"chat": {**ANNS_CHAT, "id": 2**70}},
    ],
)
def test_what_has_no_place_is_kept_for_later(broken: dict[str, Any]) -> None:
    raw = update("message", {**message(text="hi", sender=ANN), **broken})
    found = read_update(raw, OPEN, NOW)
    assert isinstance(found, Quarantined)
    assert found.reason
    assert isinstance(found.raw, bytes)
    assert json.loads(found.raw) == raw
