"""Whatever comes from a terminal, the program goes on reading it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textual.events import Key

from omnitui.tui.look import garbled_input
from omnitui.tui.look.garbled_input import SteadyParser


def keys(parser: SteadyParser, data: str) -> list[str | None]:
    return [event.character for event in parser.feed(data) if isinstance(event, Key)]


@pytest.mark.parametrize("report", ["\x1b[1114112u", "\x1b[48;0;0;0;0t\x1b[<0;1;1M", "\x1b[0u"])
def test_a_report_that_cannot_be_is_passed_over(report: str) -> None:
    parser = SteadyParser()
    list(parser.feed(report))
    assert keys(parser, "a") == ["a"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*"\x1b[]<;:0189utRMmcy?~OPI\x07\x9b", "\x1b[", "200~"]), min_size=1)
)
@example(["\x1b[", "<", "0", ";", ";", "M"])
def test_nothing_typed_ends_the_reader(pieces: list[str]) -> None:
    parser = SteadyParser()
    list(parser.feed("".join(pieces)))
    list(parser.feed("\x1b[201~\x07\x1b\\"))  # whatever it was in, that ends it
    list(parser.tick())


def test_a_byte_of_another_encoding_is_a_sign_for_it() -> None:
    decode = garbled_input._lenient("utf-8")().decode
    assert decode(b"caf\xe9 \xd0") == "caf\ufffd "
    assert decode(b"\x96") == "\u0416"
