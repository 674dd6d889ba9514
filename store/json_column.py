"""JSON columns: written as text, read back; the usual empty ones without a parser."""

from __future__ import annotations

import json
from typing import Any


def dump(value: Any) -> str:
    if not value:
        return "[]" if isinstance(value, (list, tuple)) else "{}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def load(text: str) -> Any:
    if text == "{}":
        return {}
    if text == "[]":
        return []
    return json.loads(text)
