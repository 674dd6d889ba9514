"""Whatever comes is one item: never an error, nothing lost, nothing that breaks the store."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Ignored, Inbound, Notice, Quarantined, Received, Remote
from connectors.telegram.reading import KINDS, BusinessConnection, ReadingContext, read_update
from connectors.telegram.reading.media import AROUND, CONTENT
from connectors.telegram.reading.service import EVENTS
from tests.servers.bot_api import spec
from tests.servers.bot_api.strategies import CONTENTS, messages, updates
from tests.telegram_reading.samples import NOW

OPEN = ReadingContext(
    1, "shopbot", groups=True, channels=True, connections={"bc777x1": BusinessConnection(777)}
)
CLOSED = ReadingContext(1, "shopbot", business=False)
contexts = st.sampled_from([OPEN, CLOSED, ReadingContext(1, "shopbot", prefix="1/")])
slow_to_make = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def check(update: Any, found: Received, context: ReadingContext) -> None:
    assert found.external_id == f"{context.prefix}{update['update_id']}"
    if isinstance(found, Ignored):
        assert found.reason
        return
    if isinstance(found, Quarantined):
        assert found.reason
        assert isinstance(found.raw, bytes)
        assert json.loads(found.raw) == update
        return
    json.dumps(dict(found.details), allow_nan=False).encode()
    found.text.encode()
    who = found.sender if isinstance(found, Inbound) else found.who
    assert who is not None
    assert who.address.lstrip("-").isdecimal()
    assert who.name
    assert who.name == " ".join(who.name.splitlines()).strip()
    assert found.chat
    if isinstance(found, Notice):
        assert all(":" in key for key in found.keys)
        assert 0 < found.at < 2**53
        return
    assert isinstance(found.raw, bytes)
    assert json.loads(found.raw) == update
    assert ":" in found.message_key
    assert len(found.content_hash) == 64
    assert set(found.content_hash) <= set("0123456789abcdef")
    assert 0 < found.arrived_at < 2**53
    assert found.edit_of in ("", found.message_key)
    for file in found.files:
        assert isinstance(file.content, Remote)
        assert json.loads(file.content.reference)["file_id"]
        assert file.name.isprintable()
        assert not set(file.name) & set("/\\")
        assert len(file.name.encode()) < 255 * 4
    if found.direction == "out" or found.author:
        assert not found.aliases


@given(updates(), contexts)
@slow_to_make
def test_any_valid_update(update: dict[str, Any], context: ReadingContext) -> None:
    found = read_update(update, context, NOW)
    check(update, found, context)
    assert read_update(json.loads(json.dumps(update)), context, NOW) == found


@pytest.mark.parametrize("kind", spec.UPDATE_KINDS)
def test_every_kind_of_update_ends_somewhere(kind: str) -> None:
    assert kind in KINDS

    @given(updates(kind))
    @settings(slow_to_make, max_examples=12)
    def ends(update: dict[str, Any]) -> None:
        found = read_update(update, OPEN, NOW)
        check(update, found, OPEN)
        # A connection without an id is what the specification allows, not Telegram.
        assert not isinstance(found, Quarantined) or kind == "business_connection"

    ends()


@pytest.mark.parametrize("content", ["text", *CONTENTS])
def test_every_kind_of_content_ends_somewhere(content: str) -> None:
    @given(messages(content, chat_types=("private", "group", "supergroup")))
    @settings(slow_to_make, max_examples=6)
    def ends(message: dict[str, Any]) -> None:
        update = {"update_id": 5, "message": message}
        found = read_update(update, OPEN, NOW)
        check(update, found, OPEN)
        assert not isinstance(found, Quarantined)
        if isinstance(found, Inbound):
            media = found.details.get("media", {})
            assert media.get("kind") != "unsupported" or content == "rich_message"

    ends()


def test_every_field_of_a_message_is_known() -> None:
    named = CONTENT | AROUND | EVENTS.keys()
    others = {"pinned_message", "migrate_to_chat_id", "migrate_from_chat_id"}
    assert spec.TYPES["Message"].fields.keys() <= named | others


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, contexts)
def test_any_json(update: Any, context: ReadingContext) -> None:
    found = read_update(update, context, NOW)
    assert isinstance(found, Quarantined | Ignored)
    assert found.external_id.startswith(context.prefix)
    assert len(found.external_id) > len(context.prefix)


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A valid update in which some values are anything at all."""
    update: dict[str, Any] = draw(updates())
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in list(pairs):
            if value is not update:
                places.append((value, name))
            if isinstance(each, dict | list):
                walk(each)

    walk(update)
    for _ in range(draw(st.integers(1, 4)) if places else 0):
        container, name = draw(st.sampled_from(places))
        container[name] = draw(json_values | st.text(st.characters(categories=["Cs"]), min_size=1))
    return update


@given(broken(), contexts)
@settings(slow_to_make, max_examples=150)
def test_anything_broken(update: dict[str, Any], context: ReadingContext) -> None:
    found = read_update(update, context, NOW)
    assert found.external_id == f"{context.prefix}{update['update_id']}"
    if isinstance(found, Inbound | Notice):
        json.dumps(dict(found.details), allow_nan=False, ensure_ascii=False).encode()
        found.text.encode()
        assert found.chat
    if isinstance(found, Inbound):
        for file in found.files:
            file.name.encode()


@pytest.mark.parametrize("kind", ["message", "message_reaction", "my_chat_member", "poll"])
@pytest.mark.parametrize("content", [None, 5, "x", [], {}])
def test_an_empty_update_of_a_kind(kind: str, content: object) -> None:
    found = read_update({"update_id": 7, kind: content}, OPEN, NOW)
    assert found.external_id == "7"
    assert isinstance(found, Ignored if kind == "poll" else Quarantined)


def test_a_kind_that_comes_later_is_kept_until_we_know_it() -> None:
    found = read_update({"update_id": 7, "thought_transmission": {}}, OPEN, NOW)
    assert isinstance(found, Quarantined)
    assert "thought_transmission" in found.reason


def test_deep_json_is_no_trap() -> None:
    deep: Any = "x"
    for _ in range(50_000):
        deep = [deep]
    found = read_update({"update_id": 7, "message": deep}, OPEN, NOW)
    assert isinstance(found, Quarantined)
    # What was nested too deep to be written down keeps its number all the same.
    assert found.external_id == "7"


def test_deep_formatting_is_no_trap() -> None:
    blocks: Any = {"type": "paragraph", "text": "x"}
    for _ in range(100):
        blocks = {"type": "blockquote", "blocks": [blocks]}
    chat = {"id": 42, "type": "private", "first_name": "A"}
    rich = {"blocks": [blocks]}
    message = {"message_id": 1, "date": 1_780_000_000, "chat": chat, "rich_message": rich}
    assert isinstance(read_update({"update_id": 7, "message": message}, OPEN, NOW), Inbound)


def test_nothing_is_read_through_a_library() -> None:
    """It would know less than Telegram tells, and costs a start of its own."""
    program = "import sys, connectors.telegram.reading; print('telegram' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
