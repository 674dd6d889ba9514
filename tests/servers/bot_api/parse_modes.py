"""Telegram's parse modes: HTML and MarkdownV2, with the errors that they are known for."""

from __future__ import annotations

from typing import Any

from tests.servers.bot_api import errors


def parsed(text: str, mode: str) -> tuple[str, list[dict[str, Any]]]:
    """Raises `Refusal`: `can't parse entities: …`."""
    raise errors.bad_request("unsupported parse_mode")
