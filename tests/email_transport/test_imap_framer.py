"""Cutting the stream: whatever the server sends and however TCP cuts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.imap import framer as imap_framer
from connectors.email.imap.framer import Framer, NotImap, Response

# What real mail and hostile mail hold: everything that looks like protocol.
LITERALS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"A1 OK done\r\n",
            b"* 9 FETCH (X)\r\n",
            b"{10}\r\n",
            b"(((",
            b")\r\n* BYE\r\n",
            b"+ go\r\n",
        ]
    ),
)
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="{}"), max_size=30
).map(str.encode)
RESPONSES = st.lists(st.tuples(TEXTS, st.lists(st.tuples(LITERALS, TEXTS), max_size=3)), max_size=8)


def on_the_wire(responses: list[tuple[bytes, list[tuple[bytes, bytes]]]]) -> bytes:
    wire = b""
    for start, rest in responses:
        wire += b"* x " + start
        for literal, text in rest:
            wire += b"{%d}\r\n" % len(literal) + literal + text
        wire += b"\r\n"
    return wire


@given(responses=RESPONSES, cuts=st.lists(st.integers(1, 20), max_size=50))
def test_any_cutting_gives_the_same_responses(
    responses: list[tuple[bytes, list[tuple[bytes, bytes]]]], cuts: list[int]
) -> None:
    wire = on_the_wire(responses)
    framer = Framer()
    found: list[Response] = []
    for cut in cuts:
        found += framer.feed(wire[:cut])
        wire = wire[cut:]
    found += framer.feed(wire)

    assert not framer.pending
    assert len(found) == len(responses)
    for response, (start, rest) in zip(found, responses, strict=True):
        assert response[0].startswith(b"* x " + start)
        assert list(response[1::2]) == [literal for literal, _ in rest]


def test_ten_thousand_lines_in_one_piece() -> None:
    lines = list(Framer().feed(b"".join(b"* %d FETCH (UID 1)\r\n" % n for n in range(10_000))))
    assert len(lines) == 10_000


def test_text_that_ends_like_a_literal_is_text() -> None:
    wire = b"* OK hello {5}\r\n* NO oh {3}\r\nA1 OK done {9}\r\n+ more {4}\r\n"
    assert [r[0] for r in Framer().feed(wire)] == wire.splitlines()


def test_an_absurd_literal_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(NotImap):
        list(Framer().feed(b"* 1 FETCH (BODY[] {99999999999}\r\n"))


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_framer, "LONGEST_LINE", 1000)
    framer = Framer()
    assert not list(framer.feed(b"x" * 900))
    with pytest.raises(NotImap):
        list(framer.feed(b"x" * 200))


def test_a_long_line_in_many_pieces_takes_linear_time() -> None:
    # 8 MB in 1 KB pieces: searching the whole buffer each time would take minutes.
    framer = Framer()
    for _ in range(8_000):
        assert not list(framer.feed(b"x" * 1000))
    (line,) = framer.feed(b"\r\n")
    assert len(line[0]) == 8_000_000
