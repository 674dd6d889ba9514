"""Texts and their entities: UTF-16 offsets, limits, and what Telegram makes of a parse mode."""

from __future__ import annotations

from typing import Any

from tests.servers.bot_api import errors


def units(text: str) -> int:
    """UTF-16 code units: what every offset, length and limit is counted in."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def formatted(
    text: str,
    parse_mode: str | None,
    entities: list[dict[str, Any]] | None,
    *,
    limit: int,
    words: str,
) -> dict[str, Any]:
    """`text` and `entities` as the message will show them. Raises `Refusal`."""
    if not text.strip():
        raise errors.bad_request("text must be non-empty")
    if units(text) > limit:
        raise errors.bad_request(words)
    return {"text": text} | ({"entities": entities} if entities else {})
