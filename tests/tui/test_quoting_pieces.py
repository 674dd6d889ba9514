"""Pieces of a message to quote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from omnitui.tui.screens.quoting import pieces, quoted

WORDS = st.text(alphabet=st.sampled_from("ab. !\n…"), max_size=300)


@given(WORDS, st.data())
def test_what_is_chosen_is_quoted_and_nothing_else(text: str, data: st.DataObject) -> None:
    found = pieces(text)
    numbers = st.sets(st.integers(0, max(0, len(found) - 1)), max_size=len(found))
    chosen = data.draw(numbers) if found else set()
    lines = quoted(found, chosen).split("\n")
    assert all(line == "" or line.startswith("> ") for line in lines)
    said = "".join(line.removeprefix("> ") for line in lines).replace(" ", "")
    assert said == "".join(found[n][1] for n in sorted(chosen)).replace(" ", "")


@given(WORDS)
def test_no_word_is_lost(text: str) -> None:
    assert "".join("".join(words for _line, words in pieces(text)).split()) == "".join(text.split())
