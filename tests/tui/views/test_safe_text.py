from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.tui.text.safe_text import MOST_MARKS, link_host, one_line, safe

anything = st.text(st.characters(exclude_categories=[]), max_size=200)
hostile = st.text(
    st.one_of(
        st.sampled_from(
            "\x00\x07\x08\x1b\x7f\x85\x9b\u061c\u200b\u200c\u200d\u200e\u202e\u2028\u2066\u2069"
            "\ufeff\ufe0f\ufe0e\U000e0041\U000e0101\ud800\udfff\t\n\r\u0301\u20e3🏴👩❤️字गن a1"
        ),
        st.characters(exclude_categories=[]),
    ),
    max_size=80,
)
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.one_of(anything, hostile), st.booleans())
def test_nothing_is_left_that_a_terminal_obeys(text: str, newlines: bool) -> None:
    shown = safe(text, newlines=newlines)
    for character in shown:
        if character == "\n":
            assert newlines
            continue
        assert unicodedata.category(character) not in ("Cc", "Cs"), ascii(character)
        assert character not in BIDI
        assert not 0xE0000 <= ord(character) <= 0xE00FF, ascii(character)
        assert character not in "\u200b\u2028\u2029\u2060\ufeff"
    shown.encode("utf-8")


@given(st.one_of(anything, hostile))
def test_safe_text_is_safe_already(text: str) -> None:
    shown = safe(text, newlines=True)
    assert safe(shown, newlines=True) == shown


@given(
    st.text(
        st.characters(
            categories=["L", "N", "P", "Zs"], exclude_characters="\u3164\uffa0\u115f\u1160\u3000"
        )
    )
)
def test_letters_and_punctuation_stay(text: str) -> None:
    assert safe(text) == text


@given(anything)
def test_one_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert "  " not in one_line(text).replace("\u3000", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
        ("nul\x00", "nul␀"),
        ("csi\x9b2J", "csi⟨9B⟩2J"),
        ("\x7f", "␡"),
        ("photo\u202egpj.exe", "photo⟨RLO⟩gpj.exe"),
        ("pay\u200bpal", "pay⟨ZWSP⟩pal"),
        ("lone\ud800", "lone⟨D800⟩"),
        ("a\u2028b", "a↵b"),
        ("a\r\nb", "a↵b"),
        ("not\u200dan emoji", "not⟨ZWJ⟩an emoji"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "a⟨ZWNJ⟩b"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🚀 ❤️ 1️⃣", "👩\u200d🚀 ❤️ 1️⃣"),
        ("\u0301alone", "◌\u0301alone"),
        ("a\ufe0f", "a⟨FE0F⟩"),
        ("smuggled\U000e0048\U000e0069", "smuggled⟨TAG H⟩⟨TAG i⟩"),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "🏴⟨gbsct⟩"),
    ],
)
def test_marks(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_tabs_reach_the_next_stop_in_cells() -> None:
    assert safe("a\tb\n字\tc", newlines=True) == "a   b\n字  c"


def test_a_tower_of_marks_is_cut_down() -> None:
    shown = safe("Z" + "\u0310" * 60 + "algo")
    assert shown == "Z" + "\u0310" * MOST_MARKS + "⟨+52⟩algo"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/path", "example.com"),
        ("HTTPS://Example.COM:8443/", "example.com"),
        ("https://аpple.com/", "⚠ xn--pple-43d.com"),
        ("https://xn--pple-43d.com/", "⚠ xn--pple-43d.com"),
        ("https://paypal.com@evil.example/", "⚠ evil.example"),
        ("https:\\\\evil.example\\x", "evil.example"),
        ("https://ex\x00ample.com", "example.com"),
        ("mailto:ann@example.org", "example.org"),
        ("javascript:alert(1)", ""),
        ("/relative", ""),
    ],
)
def test_link_host(url: str, host: str) -> None:
    assert link_host(url) == host


@given(st.text(max_size=60))
def test_link_host_takes_anything(rest: str) -> None:
    shown = link_host("https://" + rest)
    assert safe(shown) == shown
