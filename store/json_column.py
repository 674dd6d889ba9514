"""JSON columns: written as text, read back; the usual empty ones without a parser."""

from __future__ import annotations

import json
from typing import Any

# One encoder for all: building it costs more than a small value's encoding.
_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), default=str
).encode


def dump(value: Any) -> str:
    if not value:
        return "[]" if isinstance(value, (list, tuple)) else "{}"
    return _encode(value)


def load(text: str) -> Any:
    if text == "{}":
        return {}
    if text == "[]":
        return []
    return json.loads(text)
