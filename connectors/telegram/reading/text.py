"""Texts with entities: as they are, or as light Markdown where they are formatted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.telegram.formatting import needs_markup, to_markdown
from connectors.telegram.reading.values import objects, string


def read_text(text: str, entities: object) -> tuple[str, bool, str]:
    """The text, whether it is light Markdown now, and what a fingerprint of it is made of."""
    if not entities:
        return text, False, text
    found = objects(entities)
    if not needs_markup(found):
        return text, False, text
    return to_markdown(text, found), True, f"{text}\0{_fingerprint(found)}"


def _fingerprint(entities: Sequence[Mapping[str, Any]]) -> str:
    """Of what the sender formatted; links and names that Telegram finds are in the text."""
    return json.dumps(
        [
            (each.get("type"), each.get("offset"), each.get("length"), string(each.get("url")))
            for each in entities
            if needs_markup((each,))
        ]
    )
