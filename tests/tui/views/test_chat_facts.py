"""What chats tell, in words; from details of any shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.tui.widgets.message_media import media_lines, wordless
from omnitui.tui.words import chat_facts
from omnitui.tui.words.event_words import event_words
from omnitui.tui.words.media_words import duration, in_a_line, media_parts, options
from store.events import moment
from store.model import (
    ConversationId,
    CustomerId,
    Event,
    EventId,
    Message,
    MessageId,
)


def message(details: dict[str, Any], text: str = "", direction: Any = "in") -> Message:
    return Message(
        MessageId(1), 1, ConversationId(1), CustomerId(1), None, "bot", "telegram", direction,
        "42:1", "Olena", "42", (), "", text, "", "", 1, 1, "received", "", "", details,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("media", "types", "words"),
    [
        ({"kind": "voice", "duration": 12}, ["audio/ogg"], "🎤 voice message 0:12"),
        ({"kind": "video_note", "duration": 9}, ["video/mp4"], "📹 video message 0:09"),
        ({"kind": "video", "duration": 3723}, ["video/mp4"], "🎬 video 1:02:03"),
        ({"kind": "photo"}, ["image/jpeg"], "📷 photo"),
        (
            {"kind": "audio", "performer": "Onuka", "title": "Vidlik", "duration": 185},
            ["audio/mpeg"],
            "🎵 Onuka – Vidlik 3:05",
        ),
        ({"kind": "sticker", "emoji": "😀", "set_name": "HotCherry"}, [], "😀 sticker"),
        ({"kind": "dice", "emoji": "🎯", "value": 6}, [], "🎲 🎯 dice 6"),
        ({"kind": "location", "latitude": 1.5, "longitude": 2}, [], "📍 location"),
        ({"kind": "contact", "first_name": "Ann", "phone": "+380501"}, [], "👤 Ann +380501"),
        ({"kind": "poll", "question": "Why?"}, [], "📊 poll: Why?"),
        ({"kind": "unsupported"}, [], "something that only Telegram's own apps show"),
        ({"kind": "holo_call"}, [], "holo call: shown in Telegram only"),
    ],
)
def test_a_message_without_words_in_a_line(
    media: dict[str, Any], types: list[str], words: str
) -> None:
    found = in_a_line({"media": media}, types, plain=False)
    assert found == (words if media["kind"] != "sticker" else "😀 sticker")


def test_an_album_is_counted_by_what_is_in_it() -> None:
    details = {"media": {"kind": "photo"}, "album": True}
    assert in_a_line(details, ["image/jpeg"] * 3, plain=False) == "📷 3 photos"
    mixed = ["image/jpeg", "video/mp4", "image/png"]
    assert in_a_line(details, mixed, plain=False) == "📷 2 photos, 1 video"


def test_terminals_without_unicode_get_the_words_alone() -> None:
    details = {"media": {"kind": "voice", "duration": 12}}
    assert in_a_line(details, ["audio/ogg"], plain=True) == "voice message 0:12"


def test_text_that_only_repeats_the_media_is_not_shown_twice() -> None:
    dice = {"media": {"kind": "dice", "emoji": "🎲", "value": 4}}
    assert wordless(message(dice, "🎲 4"))
    place = {"media": {"kind": "location", "latitude": 1.0, "longitude": 2.0}}
    assert wordless(message(place, "https://www.openstreetmap.org/?mlat=1&mlon=2#map=16/1/2"))
    poll = {"media": {"kind": "poll", "question": "Why?", "options": [["so", 1], ["no", 0]]}}
    assert wordless(message(poll, "Why?\n- so\n- no"))
    # What somebody wrote is never left out.
    assert not wordless(message(place, "meet me here"))
    assert not wordless(message({"media": {"kind": "photo"}}, "photo"))


def test_reactions_name_a_few_and_count_many() -> None:
    by = {str(n): {"name": f"N{n}", "emoji": ["👍"]} for n in range(3)}
    by["9"] = {"name": "Ann", "emoji": ["❤", "custom"]}
    found = message({"reactions": by, "reaction_counts": {"🔥": 4, "👍": 3}})
    assert chat_facts.reactions(found) == "👍 3  ❤ Ann  ☆ Ann  🔥 4"


def test_one_line_shows_formatting_as_it_is_read_and_nothing_else_changed() -> None:
    text = "Take **two** of `them`, 5*3*2, snake_case"
    shown = "Take two of them, 5*3*2, snake_case"
    assert chat_facts.quoted_words(message({"format": "markdown"}, text)) == shown
    assert chat_facts.quoted_words(message({}, text, "out")) == shown
    assert chat_facts.quoted_words(message({}, text)) == text


def test_an_earlier_text_is_formatted_if_it_was() -> None:
    edits = [{"text": "**now**", "format": "markdown", "until": 5}, {"text": "*later*"}]
    first, second = chat_facts.earlier_texts(message({"edits": edits}, "soon"))
    assert (first.formatted, first.until, second.formatted) == (True, 5, False)


def test_what_is_answered_is_named_by_its_kind_where_it_has_no_words() -> None:
    told = {"key": "42:1", "author": "Ann", "text": "", "kind": "voice", "ours": True}
    found = chat_facts.reply_to(message({"reply_to": told}))
    assert found is not None
    assert found.text.endswith("voice message")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["kind", "duration", "emoji", "set_name", "latitude", "longitude", "live", "title", "address",
     "phone", "first_name", "question", "options", "value", "url", "author", "closed"]
)  # fmt: skip
_KINDS = st.sampled_from(
    ["photo", "voice", "sticker", "location", "venue", "contact", "poll", "dice", "story", "audio",
     "animation", "unsupported", "", "new_thing"]
)  # fmt: skip
_FACTS = st.sampled_from(
    ["reply_to", "edits", "reactions", "reaction_counts", "deleted_at", "deleted_by", "parts",
     "answer_until", "alteration", "delivery", "answers", "album", "format", "topic"]
)  # fmt: skip


@given(st.dictionaries(_NAMES, _json), _KINDS, st.dictionaries(_FACTS, _json), st.text(max_size=30))
def test_details_of_any_shape_are_no_error(
    media: dict[str, Any], kind: str, facts: dict[str, Any], text: str
) -> None:
    one = message({**facts, "media": {**media, "kind": kind}}, text)
    assert list(media_lines(one, 40))
    assert media_parts({**media, "kind": kind}, text)
    options(media)
    wordless(one)
    for tell in (
        chat_facts.reply_to, chat_facts.answered, chat_facts.edited_at, chat_facts.earlier_texts,
        chat_facts.deleted_at, chat_facts.deleted_by, chat_facts.reactions, chat_facts.silent,
        chat_facts.answer_until, chat_facts.change, chat_facts.parts, chat_facts.topic,
        chat_facts.quoted_words, chat_facts.formatted,
    ):  # fmt: skip
        tell(one)


@given(
    st.sampled_from(["chat.started", "chat.event", "identity.linked", "customer.merged",
                     "link.opened", "link.created", "chat.pinned", "some.thing"]),
    st.dictionaries(
        st.sampled_from(["event", "text", "author", "payload", "address", "channel", "name",
                         "result", "at", "username"]),
        _json,
    ),
)  # fmt: skip
def test_events_of_any_shape_have_words(kind: str, data: dict[str, Any]) -> None:
    event = Event(EventId(1), 5, "customer", kind, data=data)
    assert "\n" not in event_words(event)
    assert event_words(event).strip()
    assert moment(event) == (data["at"] if type(data.get("at")) is int else 5)


def test_durations() -> None:
    assert [duration(n) for n in (0, 59.9, 60, 3599, 3600)] == [
        "0:00", "0:59", "1:00", "59:59", "1:00:00",
    ]  # fmt: skip
    for odd in (None, "x", True, -1, float("inf"), float("nan"), [1]):
        assert duration(odd) == ""
