"""Frames as a hostile visitor would make them: the right shapes with the wrong things in them."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import strategies as st

TYPES = [
    "hello", "message", "form", "end", "transcript", "verify", "code", "typing", "read", "page",
    "visible", "identify", "more", "ping", "welcome", "ack", "error", "", "__proto__", "Message",
]  # fmt: skip
FIELDS = [
    "id", "text", "files", "fields", "email", "code", "stopped", "seq", "page", "title", "visible",
    "identity", "before", "after", "token", "referrer", "language", "timezone", "link", "type",
]  # fmt: skip

strange_text = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "", "\x00", "\ud800", "\udfff\ud800", "\u202e", "' OR 1=1 --", "../../etc/passwd",
            "%00", "a" * 70, "a" * 20_000, "{{7*7}}", "<script>alert(1)</script>", "\r\nX: y",
            "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "null", "9" * 400, "not-an-id", "🏴" * 50,
        ]
    ),
)  # fmt: skip
strange_number = st.one_of(
    st.integers(-3, 60),
    st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**400, -1, 0.5, 1e308, math.nan,
                     math.inf, -math.inf]),
)  # fmt: skip
leaf = st.one_of(st.none(), st.booleans(), strange_number, strange_text)
anything = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(strange_text, inner, max_size=4)
    ),
    max_leaves=8,
)

objects = st.builds(
    lambda kind, fields: {**fields, "type": kind},
    st.one_of(st.sampled_from(TYPES), leaf),
    st.dictionaries(st.one_of(st.sampled_from(FIELDS), strange_text), anything, max_size=6),
)
"""A frame of a known or unknown type whose fields hold anything."""

near = st.one_of(
    st.builds(
        lambda i, t, f: {"type": "message", "id": i, "text": t, "files": f},
        st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,66}", fullmatch=True), leaf),
        st.one_of(strange_text, leaf),
        st.one_of(st.lists(st.one_of(strange_text, leaf), max_size=12), leaf),
    ),
    st.builds(
        lambda i, f: {"type": "form", "id": i, "fields": f},
        st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True),
        st.one_of(
            st.dictionaries(st.sampled_from(["name", "email", "phone", "x"]), anything), leaf
        ),
    ),
    st.builds(lambda s: {"type": "read", "seq": s}, leaf),
    st.builds(lambda s: {"type": "more", "before": s}, leaf),
    st.builds(lambda p, t: {"type": "page", "page": p, "title": t}, leaf, leaf),
    st.builds(lambda j: {"type": "identify", "identity": j}, leaf),
    st.builds(lambda i, c: {"type": "code", "id": i, "code": c}, leaf, leaf),
    st.builds(lambda i, e: {"type": "verify", "id": i, "email": e}, leaf, leaf),
)
"""Frames that are nearly right."""


def dumped(value: Any) -> str:
    """JSON as strange as Python lets it be: NaN, Infinity and lone surrogates go out escaped."""
    return json.dumps(value)


texts = st.one_of(
    near.map(dumped),
    objects.map(dumped),
    anything.map(dumped),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace").decode()),
    st.sampled_from(
        [
            "", "{", "[]", "[" * 5_000, '{"a":' * 2_000, '"', "nul", "\ufeff{}", "1e999999",
            '{"type":"ping","type":"hello"}', '{"type":"message","id":"a","text":"\\ud800"}',
            '{"type":' + "9" * 5_000 + "}", '{"__proto__":{"type":"ping"}}',
        ]
    ),
)  # fmt: skip
"""What is sent as a text frame: JSON, nearly JSON, and none at all."""
