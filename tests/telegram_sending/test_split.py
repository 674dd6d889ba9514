"""Long texts in parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from connectors.telegram.formatting import Formatted, split, to_entities, to_markdown, utf16_length
from tests.telegram_sending.soup import messages


def painted(parts: list[Formatted]) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every character that shows, with what it is formatted as."""
    found = []
    for part in parts:
        offset = 0
        for character in part.text:
            kinds = sorted((e.type, e.value) for e in part.entities if e.offset <= offset < e.end)
            if not character.isspace():
                found.append((character, tuple(kinds)))
            offset += utf16_length(character)
    return found


@settings(max_examples=200, deadline=None)
@given(messages(), st.integers(1, 6), st.integers(8, 60))
def test_parts_hold_all_that_shows_in_its_format(
    message: tuple[str, list[dict[str, Any]]], times: int, limit: int
) -> None:
    text, entities = message
    whole = to_entities("\n".join([to_markdown(text, entities)] * times))
    parts = split(whole, limit)
    assert painted(parts) == painted([whole])
    for part in parts:
        assert utf16_length(part.text) <= limit
        assert all(e.offset >= 0 and e.length > 0 for e in part.entities)
        assert all(e.end <= utf16_length(part.text) for e in part.entities)


_SEEN_AS_ONE = ["a", "e\u0301", "👨‍👩‍👧", "🇺🇦", "👍🏽", "❤️", "נּ", "각", "นี้", "字"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*_SEEN_AS_ONE, " ", "\n"]), max_size=60), st.integers(12, 40))
def test_no_part_ends_inside_of_a_character_as_people_see_it(seen: list[str], limit: int) -> None:
    parts = split(Formatted("".join(seen)), limit)
    shown = [g for part in parts for g in iter_graphemes(part.text) if not g.isspace()]
    assert shown == [g for g in iter_graphemes("".join(seen)) if not g.isspace()]


def test_cuts_are_where_a_reader_would_make_them() -> None:
    paragraph = "One sentence here. Another one there, a bit longer. " * 30
    text = "\n\n".join([paragraph.strip()] * 6)
    parts = split(Formatted(text), 4096)
    assert [part.text for part in parts] == ["\n\n".join([paragraph.strip()] * 2)] * 3
    lines = "\n".join(["- a line of a list that is long"] * 300)
    assert all(part.text.endswith("long") for part in split(Formatted(lines), 4096))
    sentences = split(Formatted("This is a sentence. " * 500), 4096)
    assert all(part.text.endswith("sentence.") for part in sentences[:-1])
    words = split(Formatted("word " * 2000), 4096)
    assert all(part.text.startswith("word") and part.text.endswith("word") for part in words[:-1])


def test_a_block_of_code_that_fits_is_left_whole() -> None:
    code = "\n".join(["    indented = True"] * 60)
    whole = to_entities("before " * 500 + "\n```python\n" + code + "\n```\nafter")
    first, second = split(whole, 4096)
    assert first.text.rstrip().endswith("before")
    assert second.text == code + "\nafter"
    (entity,) = second.entities
    assert (entity.type, entity.value, entity.offset) == ("pre", "python", 0)


def test_longer_code_goes_on_as_code_with_its_indent() -> None:
    code = "\n".join(f"    line_{n} = {n}" for n in range(600))
    parts = split(to_entities(f"```python\n{code}\n```"), 4096)
    assert len(parts) > 2
    assert "\n".join(part.text for part in parts) == code
    for part in parts:
        (entity,) = part.entities
        assert (entity.type, entity.value, entity.length) == ("pre", "python", len(part.text))


@pytest.mark.parametrize("text", ["", " ", "short", "x" * 4096])
def test_what_fits_is_one_part(text: str) -> None:
    assert split(Formatted(text), 4096) == [Formatted(text)]
