"""Everything that is sent beside words or instead of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Remote
from tests.telegram_reading.samples import (
    ANN,
    ANNS_CHAT,
    BOB,
    CHANNEL,
    DATE,
    GROUP,
    OPEN,
    file,
    inbound,
    message,
    remotes,
)

MAP = "https://www.openstreetmap.org/?mlat=50.4501&mlon=30.5234#map=16/50.4501/30.5234"


def media(**content: Any) -> dict[str, Any]:
    found = inbound(message(**content)).details["media"]
    assert isinstance(found, dict)
    return found


def test_a_photo_is_its_largest_size() -> None:
    sizes = [
        file("s", 1000, width=90, height=67),
        file("x", 90_000, width=1280, height=960),
        file("m", 20_000, width=320, height=240),
    ]
    found = inbound(message(photo=sizes))
    reference = {"file_id": "AgACx", "unique": "AQADx"}
    assert remotes(found) == [("photo-1001.jpg", "image/jpeg", reference, 90_000)]
    assert found.details["media"] == {"kind": "photo", "width": 1280, "height": 960}
    assert found.text == ""
    assert not found.joins


@pytest.mark.parametrize(
    ("content", "name", "media_type", "facts"),
    [
        (
            {"video": file(duration=12, width=640, height=480, mime_type="video/mp4",
                           file_name="clip.mp4")},
            "clip.mp4", "video/mp4",
            {"kind": "video", "duration": 12, "width": 640, "height": 480},
        ),
        (
            {"video": file(duration=12, width=640, height=480, mime_type="video/quicktime")},
            "video-1001.mov", "video/quicktime",
            {"kind": "video", "duration": 12, "width": 640, "height": 480},
        ),
        (
            {"voice": file(duration=5, mime_type="audio/ogg")},
            "voice-1001.ogg", "audio/ogg", {"kind": "voice", "duration": 5},
        ),
        (
            {"video_note": file(duration=7, length=240)},
            "video-note-1001.mp4", "video/mp4", {"kind": "video_note", "duration": 7},
        ),
        (
            {"audio": file(duration=180, performer="Океан", title="Song", mime_type="audio/mpeg")},
            "audio-1001.mp3", "audio/mpeg",
            {"kind": "audio", "duration": 180, "performer": "Океан", "title": "Song"},
        ),
        (
            {"document": file(file_name="Рахунок.pdf", mime_type="application/pdf")},
            "Рахунок.pdf", "application/pdf", {"kind": "document"},
        ),
        (
            {"document": file()},
            "document-1001.bin", "application/octet-stream", {"kind": "document"},
        ),
        (
            # An animation brings a document along, for older programs.
            {"animation": file("g", duration=3, width=320, height=240, mime_type="video/mp4"),
             "document": file("g", mime_type="video/mp4")},
            "animation-1001.mp4", "video/mp4",
            {"kind": "animation", "duration": 3, "width": 320, "height": 240},
        ),
        (
            {"sticker": file(type="regular", width=512, height=512, is_animated=False,
                             is_video=False, emoji="😀", set_name="Cats")},
            "sticker-1001.webp", "image/webp",
            {"kind": "sticker", "emoji": "😀", "set_name": "Cats"},
        ),
        (
            {"sticker": file(type="regular", width=512, height=512, is_animated=True,
                             is_video=False, emoji="😀", set_name="Cats")},
            "sticker-1001.tgs", "application/x-tgsticker",
            {"kind": "sticker", "emoji": "😀", "set_name": "Cats", "animated": True},
        ),
        (
            {"sticker": file(type="custom_emoji", width=100, height=100, is_animated=False,
                             is_video=True, custom_emoji_id="5368", emoji="🔥")},
            "sticker-1001.webm", "video/webm",
            {"kind": "sticker", "emoji": "🔥", "custom_emoji_id": "5368", "video": True},
        ),
    ],
)  # fmt: skip
def test_files(content: dict[str, Any], name: str, media_type: str, facts: dict[str, Any]) -> None:
    found = inbound(message(**content))
    assert [(each[0], each[1]) for each in remotes(found)] == [(name, media_type)]
    assert found.details["media"] == facts
    assert found.text == facts.get("emoji", "")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\scan.pdf", "scan.pdf"),
        ("..", "document-1001.bin"),
        ("a\nb\x1b.txt", "ab.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_of_files_stay_in_their_directory(told: str, name: str) -> None:
    assert remotes(inbound(message(document=file(file_name=told))))[0][0] == name


def test_a_file_too_large_says_so_at_once() -> None:
    def refusal(size: int, limit: int | None) -> str:
        context = replace(OPEN, file_limit=limit)
        (found,) = inbound(message(document=file(size=size)), context=context).files
        assert isinstance(found.content, Remote)
        assert found.content.size == size
        return found.content.refusal

    assert not refusal(20 << 20, 20 << 20)
    assert not refusal(2 << 30, None)
    sentence = refusal((20 << 20) + 1, 20 << 20)
    assert "20 MB" in sentence
    assert sentence.endswith(".")


def test_a_live_photo_has_both_its_files() -> None:
    still = [file("p", width=90, height=90)]
    found = inbound(message(
        photo=still,
        live_photo=file("v", photo=still, width=90, height=90, duration=3, mime_type="video/mp4"),
    ))  # fmt: skip
    assert [each[0] for each in remotes(found)] == ["photo-1001.jpg", "video-1001.mp4"]
    assert found.details["media"]["kind"] == "photo"


def test_the_parts_of_an_album_say_that_they_belong_together() -> None:
    photo = [file(width=9, height=9)]
    first = inbound(message(photo=photo, media_group_id="13", caption="Three"))
    second = inbound(message(photo=photo, media_group_id="13", message_id=1002))
    assert first.joins == second.joins == "album:42:13"
    assert first.details["album"] is second.details["album"] is True
    assert (first.message_key, second.message_key) == ("42:1001", "42:1002")


def test_a_location() -> None:
    found = inbound(message(location={"latitude": 50.4501, "longitude": 30.5234}))
    assert found.text == MAP
    assert found.details["media"] == {
        "kind": "location", "latitude": 50.4501, "longitude": 30.5234
    }  # fmt: skip


def test_a_live_location_moves_by_edits() -> None:
    place = {"latitude": 50.4501, "longitude": 30.5234, "live_period": 900}
    first = inbound(message(location=place))
    assert first.details["media"]["live"] is True
    again = inbound(message(location=place, edit_date=DATE + 5), "edited_message")
    assert again.content_hash == first.content_hash
    there = {**place, "latitude": 50.46}
    moved = inbound(message(location=there, edit_date=DATE + 9), "edited_message")
    assert moved.content_hash != first.content_hash
    assert moved.edit_of == "42:1001"
    there.pop("live_period")
    ended = inbound(message(location=there, edit_date=DATE + 20), "edited_message")
    assert ended.content_hash != moved.content_hash
    assert "live" not in ended.details["media"]


def test_a_venue() -> None:
    place = {"latitude": 50.4501, "longitude": 30.5234}
    venue = {"location": place, "title": "Cafe", "address": "1 Main St"}
    found = inbound(message(location=place, venue=venue))
    assert found.text == f"Cafe\n1 Main St\n{MAP}"
    assert found.details["media"] == {"kind": "venue", **place, "title": "Cafe",
                                      "address": "1 Main St"}  # fmt: skip


OWN = {"phone_number": "380 44 123-45-67", "first_name": "Ann", "last_name": "Lee", "user_id": 42}


def test_an_own_contact_proves_the_phone() -> None:
    found = inbound(message(contact=OWN))
    assert found.proofs == ("contact",)
    assert found.aliases == (("phone", "+380441234567"),)
    assert found.text == "Ann Lee\n+380441234567"
    assert found.details["media"] == {
        "kind": "contact", "phone": "+380441234567", "first_name": "Ann", "last_name": "Lee",
        "user_id": 42, "own": True,
    }  # fmt: skip


ORIGIN = {"type": "user", "date": DATE, "sender_user": BOB}


@pytest.mark.parametrize(
    "content",
    [
        {"contact": {**OWN, "user_id": 43}},
        {"contact": {"phone_number": "+380441234567", "first_name": "Ann"}},
        {"contact": OWN, "forward_origin": ORIGIN},
        {"contact": OWN, "via_bot": {"id": 9, "is_bot": True, "first_name": "B"}},
        {"contact": OWN, "chat": GROUP},
        {"contact": {**OWN, "phone_number": "12"}},
        {"contact": {**OWN, "user_id": True}},
    ],
)
def test_other_contacts_prove_nothing(content: dict[str, Any]) -> None:
    found = inbound(message(**content))
    assert not found.aliases
    assert "contact" not in found.proofs
    assert "own" not in found.details["media"]


def test_a_poll() -> None:
    poll = {
        "id": "77", "question": "Tea?", "options": [
            {"persistent_id": "0", "text": "Yes", "voter_count": 2},
            {"persistent_id": "1", "text": "No", "voter_count": 0},
        ], "total_voter_count": 2, "is_closed": False, "is_anonymous": True, "type": "quiz",
        "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
    }  # fmt: skip
    found = inbound(message(poll=poll))
    assert found.text == "Tea?\n- Yes\n- No"
    assert found.details["media"] == {
        "kind": "poll", "question": "Tea?", "options": [["Yes", 2], ["No", 0]],
        "anonymous": True, "quiz": True, "id": "77",
    }  # fmt: skip


def test_things_that_are_only_facts() -> None:
    dice = inbound(message(dice={"emoji": "🎲", "value": 4}))
    assert dice.text == "🎲 4"
    assert dice.details["media"] == {"kind": "dice", "emoji": "🎲", "value": 4}
    story = media(story={"chat": CHANNEL, "id": 5})
    assert story == {"kind": "story", "author": "Acme news", "url": "https://t.me/acme_news/s/5"}
    invoice = inbound(message(invoice={
        "title": "Repair", "description": "Of a kettle", "start_parameter": "", "currency": "UAH",
        "total_amount": 125050,
    }))  # fmt: skip
    assert invoice.text == "Repair\nOf a kettle\n1250.50 UAH"
    stars = {"title": "X", "description": "", "start_parameter": "", "currency": "XTR"}
    assert media(invoice={**stars, "total_amount": 50})["price"] == "50 ⭐"
    yen = {**stars, "currency": "JPY", "total_amount": 1200}
    assert media(invoice=yen)["price"] == "1200 JPY"
    tasks = [
        {"id": 1, "text": "Pack", "completed_by_user": ANN, "completion_date": DATE},
        {"id": 2, "text": "Send"},
    ]
    checklist = inbound(message(checklist={"title": "Order", "tasks": tasks}))
    assert checklist.text == "Order\n- [x] Pack\n- [ ] Send"
    game = {"title": "Chess", "description": "Play", "photo": [file(width=9, height=9)]}
    assert inbound(message(game=game)).text == "Chess\nPlay"
    giveaway = {"chats": [CHANNEL], "winners_selection_date": DATE, "winner_count": 3,
                "prize_description": "A kettle"}  # fmt: skip
    assert media(giveaway=giveaway) == {"kind": "giveaway", "winner_count": 3}


def test_paid_media_are_what_is_shown_of_them() -> None:
    found = inbound(message(paid_media={"star_count": 25, "paid_media": [
        {"type": "preview", "width": 9, "height": 9},
        {"type": "photo", "photo": [file("p", width=9, height=9)]},
        {"type": "video", "video": file("v", width=9, height=9, duration=4)},
        {"type": "something_new"},
    ]}, caption="Buy me"))  # fmt: skip
    assert found.text == "Buy me"
    assert found.details["media"] == {"kind": "paid_media", "stars": 25, "items": 4}
    assert [each[0] for each in remotes(found)] == ["photo-1001-2.jpg", "video-1001-3.mp4"]


def test_a_rich_message_is_light_markdown() -> None:
    blocks = [
        {"type": "heading", "size": 1, "text": "Order 👍"},
        {"type": "paragraph", "text": ["It is ", {"type": "bold", "text": "late"}, ", see ",
            {"type": "url", "text": "here", "url": "https://example.org/"}]},
        {"type": "list", "items": [
            {"label": "•", "blocks": [{"type": "paragraph", "text": "one"}]},
            {"label": "2.", "blocks": [{"type": "paragraph", "text": "two"}]},
            {"label": "", "has_checkbox": True, "is_checked": True,
             "blocks": [{"type": "paragraph", "text": "three"}]},
        ]},
        {"type": "table", "cells": [
            [{"text": "A", "is_header": True, "align": "left", "valign": "top"},
             {"text": "B", "align": "left", "valign": "top"}]]},
        {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "quoted"}]},
        {"type": "photo", "photo": [file("p", width=9, height=9)],
         "caption": {"text": "The kettle"}},
        {"type": "of_the_future", "text": "still readable"},
    ]  # fmt: skip
    found = inbound(message(rich_message={"blocks": blocks}))
    assert found.text == (
        "**Order 👍**\nIt is **late**, see [here](https://example.org/)\n- one\n2. two\n"
        "- [x] three\n**A** | B\n> quoted\nThe kettle\nstill readable"
    )
    assert found.details["format"] == "markdown"
    assert found.details["media"] == {"kind": "photo"}
    assert [each[0] for each in remotes(found)] == ["photo-1001.jpg"]


def test_what_the_api_has_new_is_a_message_all_the_same() -> None:
    found = inbound(message(hologram={"of": "a cat"}, from_the_future=True))
    assert found.text == ""
    assert found.details["media"] == {
        "kind": "unsupported", "fields": ["from_the_future", "hologram"]
    }  # fmt: skip
    # So Telegram shows bots what it has no words for at all.
    assert media() == {"kind": "unsupported"}


@pytest.mark.parametrize(
    "content",
    [
        {"photo": []},
        {"photo": None, "voice": {}},
        {"location": {}},
        {"location": {"latitude": "x", "longitude": float("nan")}},
        {"contact": {}},
        {"poll": {"options": [None, 5]}},
        {"sticker": []},
        {"dice": {"value": "x"}},
        {"document": {"file_id": 5}},
        {"chat": ANNS_CHAT, "rich_message": {"blocks": [{"type": "paragraph"}, 5]}},
    ],
)
def test_broken_media_lose_no_message(content: dict[str, Any]) -> None:
    found = inbound(message(**content, caption="words"))
    assert "media" in found.details
    assert not found.files
