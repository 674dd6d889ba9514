from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes
from textual.content import Content

from omnitui.tui.text.cells import certain, crop, index_at, pad, width
from omnitui.tui.text.safe_text import safe
from omnitui.tui.text.wrap import indent_of, wrap

words = st.lists(
    st.one_of(
        st.text("abcdefgh,./-", min_size=1, max_size=30),
        st.text("щеневмерла", min_size=1, max_size=12),
        st.text("注文した商品、。", min_size=1, max_size=20),
        st.sampled_from(["👩‍🚀", "❤️", "👍🏽", "https://example.com/a?b=c&d=e", "é́", "🇺🇦"]),
    ),
    max_size=14,
).map(" ".join)


@given(words, st.integers(1, 40), st.integers(0, 3))
def test_slices_fit_and_lose_nothing(text: str, cells: int, hanging: int) -> None:
    text = safe(text)
    slices = wrap(text, cells, hanging)
    assert "".join(text[a:b] for a, b in slices).replace(" ", "") == text.replace(" ", "")
    for number, (start, end) in enumerate(slices):
        room = cells if number == 0 else max(1, cells - hanging)
        piece = text[start:end]
        graphemes = [g for g in split_graphemes(piece)[0] if g[2]]
        assert width(piece) <= room or len(graphemes) <= 1


@given(words, st.integers(1, 30))
def test_crop_and_pad_are_exact(text: str, cells: int) -> None:
    text = safe(text)
    assert width(crop(text, cells)) <= cells
    assert width(pad(text, cells)) == cells


@given(words, st.integers(0, 60))
def test_index_at_never_splits_a_grapheme(text: str, cells: int) -> None:
    at = index_at(text, cells)
    starts = {0, len(text), *(start for start, _end, _cells in split_graphemes(text)[0])}
    assert at in starts
    assert width(text[:at]) <= cells


@given(words)
def test_widths_are_those_textual_draws_with(text: str) -> None:
    assert width(text) == cell_len(text) == Content(text).cell_length


def test_certain_characters_have_one_width_each() -> None:
    for code in range(0xA0, 0x30000):
        character = chr(code)
        if certain(character):
            assert cell_len(character) in (1, 2), hex(code)
    assert not certain("👩‍🚀")
    assert not certain("e\u0301")


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("", 5, [""]),
        ("one two three", 7, ["one two", "three"]),
        (
            "see https://example.com/a/long/path",
            14,
            ["see https://", "example.com/a/", "long/path"],
        ),
        ("宽宽宽宽", 4, ["宽宽", "宽宽"]),
        ("終わり。はい", 6, ["終わ", "り。は", "い"]),
        ("a b", 1, ["a", "b"]),
    ],
)
def test_where_it_cuts(text: str, cells: int, lines: list[str]) -> None:
    assert [text[a:b] for a, b in wrap(text, cells)] == lines


def test_lists_hang_under_their_text() -> None:
    assert indent_of("- item", 10) == 2
    assert indent_of("12. item", 10) == 4
    assert indent_of("> > quoted", 10) == 4
    assert indent_of("plain", 10) == 0
    assert indent_of(" " * 30 + "deep", 10) == 0


def test_a_long_line_wraps_in_time_linear_to_it() -> None:
    slices = wrap("x" * 200_000, 80)
    assert len(slices) == 2500
