"""The raw mail by window: nothing lost, nothing twice, nothing that a terminal obeys."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.tui.text.raw_text import LONGEST, PIECE, RawText, shown

MAILS = st.binary(max_size=400) | st.lists(
    st.sampled_from([b"\r\n", b"\n", b"\r", b"a" * 1900, b"\xd0\xb6" * 700, b"x: y", b"\x1b[2J"]),
    max_size=30,
).map(b"".join)


@given(MAILS)
def test_the_windows_cover_a_mail_forwards(raw: bytes) -> None:
    text = RawText(raw)
    place = 0
    while place < text.size:
        rows = text.after(place, 3)
        assert [row.start for row in rows] == [place, *(row.end for row in rows[:-1])]
        assert all(0 < row.end - row.start <= LONGEST for row in rows)
        place = rows[-1].end
    assert place == text.size


@given(MAILS)
def test_the_windows_cover_a_mail_backwards(raw: bytes) -> None:
    text = RawText(raw)
    place = text.size
    while place:
        rows = text.before(place, 3)
        assert [*(row.start for row in rows[1:]), place] == [row.end for row in rows]
        place = rows[0].start


@given(st.binary(max_size=200))
def test_no_control_character_is_left(line: bytes) -> None:
    text = shown(line)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066" for c in text)


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert shown(b"caf\xe9 \x9b2J\r\n") == "caf⟨E9⟩ ⟨9B⟩2J"
    assert shown("Київ\n".encode()) == "Київ"


@pytest.mark.parametrize("kept", ["memory", "file"])
def test_searching_both_ways(tmp_path: Path, kept: str) -> None:
    raw = b"first Needle\n" + b"hay hay hay\n" * 60_000 + b"second NEEDLE here\n"
    path = tmp_path / "raw"
    path.write_bytes(raw)
    text = RawText(raw if kept == "memory" else path)
    second = raw.rindex(b"NEEDLE")
    assert text.find("needle", 0, 1) == 6
    assert text.find("needle", 7, 1) == second
    assert text.find("needle", second + 1, 1) is None
    assert text.find("needle", second, -1) == 6
    assert text.find("needle", 6, -1) is None
    assert text.find("needle", text.size, -1) == second
    assert text.line_at(second) == raw.rindex(b"second")


def test_a_match_across_two_pieces_is_found() -> None:
    for at in range(PIECE - 8, PIECE + 2):
        raw = b"." * at + b"needle" + b"." * 100
        assert RawText(raw).find("needle", 0, 1) == at
        assert RawText(raw).find("needle", len(raw), -1) == at


def test_a_copy_is_the_same_and_overwrites_nothing(tmp_path: Path) -> None:
    raw = bytes(range(256)) * 9000
    source, target = tmp_path / "raw", tmp_path / "copy.eml"
    source.write_bytes(raw)
    RawText(source).copy_to(target)
    assert target.read_bytes() == raw
    with pytest.raises(FileExistsError):
        RawText(b"other").copy_to(target)
    assert target.read_bytes() == raw


def test_nothing_in_it() -> None:
    text = RawText(b"")
    assert (text.size, text.after(0, 5), text.before(0, 5)) == (0, [], [])
    assert text.find("x", 0, 1) is None
    assert text.line_at(0) == 0
