"""What Telegram brings comes back as the same text and the same formatting."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.telegram.formatting import needs_markup, to_entities, to_markdown
from connectors.telegram.formatting.entities import entities_of, normalised, spans
from tests.telegram_sending.soup import messages, texts


@settings(max_examples=400, deadline=None)
@given(messages())
def test_any_text_with_any_entities_comes_back(message: tuple[str, list[dict[str, Any]]]) -> None:
    text, entities = message
    markdown = to_markdown(text, entities)
    found = to_entities(markdown)
    assert found.text == text
    assert found.entities == entities_of(text, normalised(text, spans(text, entities)))


@settings(max_examples=250, deadline=None)
@given(st.one_of(texts, st.text()))
def test_any_markdown_can_be_read_and_settles(markdown: str) -> None:
    """Never raises, and what was read once is written and read as the same."""
    found = to_entities(markdown)
    raw = [
        {
            "type": e.type, "offset": e.offset, "length": e.length, "url": e.value,
            "language": e.value, "user": {"id": e.value},
        }
        for e in found.entities
    ]  # fmt: skip
    assert to_entities(to_markdown(found.text, raw)) == found
    assert needs_markup(raw) == bool(found.entities)
