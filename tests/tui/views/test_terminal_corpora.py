"""Hostile and difficult text that others collected, as it comes to the screen.

Widths are held against Unicode's own tables, as far as the table that Textual draws with
goes: where it differs (vowel signs that join, a hand with a skin colour), the bars say how much.
"""

from __future__ import annotations

import unicodedata

import pytest
from rich.cells import split_graphemes
from rich.segment import Segment
from textual.strip import Strip

from omnitui.tui.text.cells import certain, crop, pad, width
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.text.wrap import wrap
from tests.corpora import files, hold
from tests.tui.hostile import characters, code_range, texts, unicode_lines

pytestmark = pytest.mark.corpus

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _obeyed(shown: str) -> set[str]:
    return {
        character
        for character in set(shown)
        if unicodedata.category(character) in ("Cc", "Cs")
        or character in BIDI
        or character in "\u200b\u2028\u2029\u2060\ufeff"
        or 0xE0000 <= ord(character) <= 0xE00FF
    }


def test_nothing_that_a_terminal_obeys_comes_out() -> None:
    assert len(texts()) > 9_000
    for where, text in texts().items():
        shown = safe(text, newlines=True)
        assert _obeyed(shown) <= {"\n"}, where
        assert safe(shown, newlines=True) == shown, where
        assert not _obeyed(safe(text)), where
        assert not _obeyed(one_line(text)), where
        shown.encode("utf-8")


def test_trojan_source_is_seen() -> None:
    seen = 0
    for path in files("terminal"):
        if "trojan-source" in str(path):
            for line in path.read_text("utf-8").split("\n"):
                if BIDI & set(line) or "\u200b" in line:
                    assert "⟨" in safe(line), line
                    seen += 1
    assert seen >= 29


def test_every_text_fits_where_it_is_drawn() -> None:
    for where, text in texts().items():
        for line in safe(text, newlines=True).split("\n")[:40]:
            assert Strip([Segment(line)]).cell_length == width(line), where
            for cells in (2, 11, 40):
                assert width(pad(line, cells)) == cells, (where, cells)
                assert width(crop(line, cells)) <= cells, (where, cells)
            for start, end in wrap(line[:400], 20):
                assert width(line[start:end]) <= 20, where


def _cells(character: str, kind: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if kind in ("W", "F") else 1


def test_widths_are_unicodes() -> None:
    sure, all_of_them = {}, {}
    for codes, kind in unicode_lines("EastAsianWidth.txt"):
        for code in code_range(codes):
            character = chr(code)
            if unicodedata.category(character)[0] == "C" or safe(character) != character:
                continue
            same = width(character) == _cells(character, kind)
            all_of_them[f"{code:X}"] = same
            if certain(character):
                sure[f"{code:X}"] = same
    # Where the screen relies on it that every terminal agrees, they must.
    hold(sure, 1.0)
    hold(all_of_them, 0.993)
    assert len(sure) > 30_000


def test_emoji_stay_whole_and_take_two_cells() -> None:
    kept, wide, single = {}, {}, {}
    for codes, kind in unicode_lines("emoji-test.txt"):
        emoji = characters(codes)
        # The flags spelt in tags are shown with their letters: tags can hide a text.
        if kind == "fully-qualified" and "\U000e007f" not in emoji:
            kept[codes] = safe(emoji) == emoji
            wide[codes] = width(emoji) == 2
            if not "\U0001f1e6" <= emoji[0] <= "\U0001f1ff":
                single[codes] = len(split_graphemes(emoji)[0]) == 1
    hold(kept, 1.0)
    hold(single, 1.0)
    hold(wide, 0.985)


def test_text_is_cut_between_graphemes() -> None:
    fine = {}
    for (codes,) in unicode_lines("GraphemeBreakTest.txt"):
        clusters = [characters(cluster.replace("×", " ")) for cluster in codes.split("÷")]
        text = "".join(clusters)
        if safe(text) == text:  # else it is never drawn as it is
            found = [text[start:end] for start, end, _cells in split_graphemes(text)[0]]
            fine[codes] = found == [cluster for cluster in clusters if cluster]
    hold(fine, 0.85)
