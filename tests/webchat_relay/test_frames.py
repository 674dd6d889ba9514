"""Whatever a visitor sends is either a frame or a `BadFrame`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.webchat.relay import frames
from connectors.webchat.relay.frames import BadFrame, parse

LIMIT = 1_000
TYPES = (
    "hello",
    "message",
    "form",
    "end",
    "transcript",
    "verify",
    "code",
    "typing",
    "read",
    "received",
    "page",
    "visible",
    "identify",
    "more",
    "ping",
)
FIELDS = (
    "id", "text", "files", "fields", "email", "code", "seq", "before", "token", "identity", "page",
    "title", "visible", "stopped", "after", "link", "language", "timezone", "referrer", "offline",
)  # fmt: skip

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["m1", "a@example.org", "123456", "https://acme.example/"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=11) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from(FIELDS), values).flatmap(
    lambda found: st.sampled_from((*TYPES, "other", 7, None)).map(
        lambda kind: {**found, "type": kind}
    )
)


def outcome(data: str | bytes) -> Any:
    try:
        return parse(data, LIMIT)
    except BadFrame as error:
        return error


@given(st.text() | st.binary())
def test_any_text_and_any_bytes_are_judged(data: str | bytes) -> None:
    found = outcome(data)
    assert isinstance(found, BadFrame)


@given(objects | values)
def test_any_json_is_judged_and_what_is_taken_can_be_stored(value: Any) -> None:
    found = outcome(json.dumps(value))
    for text in _texts(found):
        text.encode()
        assert "\0" not in text
    if isinstance(found, frames.Message):
        assert len(found.text.encode()) <= LIMIT
        assert found.text.strip() or found.files


def _texts(found: Any) -> list[str]:
    if isinstance(found, frames.Message):
        return [found.id, found.text, *found.files]
    if isinstance(found, frames.Form):
        return [found.id, *found.fields, *found.fields.values()]
    if isinstance(found, frames.Hello):
        return list(found.context.json().values())
    if isinstance(found, frames.Page):
        return [found.page, found.title]
    if isinstance(found, frames.Verify):
        return [found.email]
    return []


def test_what_no_frame_is_is_told_from_what_is_no_json() -> None:
    deep = "[" * 100_000
    for data in ("", "{", deep, "\ufeff{}", '{"type": NaN}', b"\xff\xfe{}"):
        error = outcome(data)
        assert isinstance(error, BadFrame)
        assert not error.json
    for data in ("[]", "1", '"x"', "null", "{}", '{"type": []}', '{"type": "other", "id": "m1"}'):
        error = outcome(data)
        assert isinstance(error, BadFrame)
        assert error.json
    assert outcome('{"type": "other", "id": "m1"}').id == "m1"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("plain", "plain"),
        ("\ud83d\ude00", "😀"),
        ("half \ud83d of one", "half \ufffd of one"),
        ("a\0b", "ab"),
        ("  two\n\tlines \x1b[31m", "  two\n\tlines \x1b[31m"),
        ("\u202eback", "\u202eback"),
    ],
)
def test_a_text_is_kept_as_it_is_but_for_what_none_can_hold(sent: str, kept: str) -> None:
    found = outcome(json.dumps({"type": "message", "id": "m1", "text": sent}))
    assert found == frames.Message("m1", kept, ())


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "m1", "text": ""},
        {"id": "m1", "text": " \n "},
        {"id": "m1", "text": "\0"},
        {"id": "", "text": "x"},
        {"id": "m" * 65, "text": "x"},
        {"id": "m\ud800", "text": "x"},
        {"id": "m1\n", "text": "x"},
        {"id": 1, "text": "x"},
        {"text": "x"},
        {"id": "m1", "text": ["x"]},
        {"id": "m1", "text": "x", "files": "f"},
        {"id": "m1", "text": "x", "files": ["../../etc/passwd"]},
        {"id": "m1", "text": "x", "files": ["f", "f"]},
        {"id": "m1", "text": "x", "files": [f"f{n}" for n in range(11)]},
        {"id": "m1", "text": "é" * 501},
    ],
)
def test_these_are_no_messages(fields: dict[str, Any]) -> None:
    assert isinstance(outcome(json.dumps({"type": "message", **fields})), BadFrame)


def test_a_page_that_is_no_web_page_is_not_repeated_to_agents() -> None:
    hello = {"type": "hello", "page": "javascript:alert(1)", "title": "a\nb\x1b[0m", "link": "x y"}
    found = outcome(json.dumps(hello))
    assert found.context.page == ""
    assert found.context.title == "a b [0m"
    assert found.link is None
