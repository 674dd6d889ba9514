"""Which words of a text are looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.tui.spelling.dictionaries import Dictionary, choose, language_of
from omnitui.tui.text.spelled_words import script_of, spelled_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Your parcel left today.", ["Your", "parcel", "left", "today"]),
        ("> they wrote thsi", []),
        ("  >> and teh same deeper", []),
        ("see https://shop.exampel/orderz?x=teh now", ["see", "now"]),
        ("mail ann.baekr@acme.exampel or www.acme.exampel", ["mail", "or"]),
        ("order NW-17xq and 5th, size 42x", ["order", "and", "size"]),
        ("Dear {{ customr.naem }}, hello", ["Dear", "hello"]),
        ("Dear {{ custo", ["Dear"]),
        ("run `grpe -r` and send ~/biuro/plik", ["run", "and", "send"]),
        ("Nie mogłem/-am, п’ять і будь-який", ["Nie", "mogłem", "п'ять", "будь-який"]),
        ("Don’t send a PDF", ["Don't", "send"]),
        ("шпиль cafe\u0301 и\u0306од", ["шпиль", "café", "йод"]),
        ("#refnud @ann file.naem", []),
    ],
)
def test_links_numbers_quotes_and_variables_are_no_words(line: str, words: list[str]) -> None:
    assert [found.word for found in spelled_words(line)] == words


@given(st.text(alphabet=st.sampled_from("aя ґ'’-.@/>{}`#9_\u0301\U0001f600"), max_size=60))
def test_a_word_stands_where_it_says(line: str) -> None:
    end = 0
    for found in spelled_words(line):
        assert end <= found.start < found.end <= len(line)
        assert not any(c.isspace() or c.isdigit() for c in line[found.start : found.end])
        end = found.end


@pytest.mark.parametrize(
    ("text", "customer", "language"),
    [
        ("Hello", "", "en"),
        ("Hello", "uk", "en"),
        ("Привіт", "en", "uk"),
        ("Привет, вы получили", "", "ru"),
        ("Привет, вы были здесь", "uk", "ru"),
        ("Добро", "ru", "ru"),
        ("Dziękuję, łódź", "en", "pl"),
        ("Prosze czekac", "pl", "pl"),
        ("Merci beaucoup", "fr", "fr"),
        ("Déjà vu, café", "fr", "fr"),
        ("Добър ден", "bg", "bg"),
        ("17:00 …", "uk", ""),
    ],
)
def test_the_customers_language_counts_unless_the_letters_say_another(
    text: str, customer: str, language: str
) -> None:
    assert language_of(text, customer) == language


def test_a_language_with_several_dictionaries() -> None:
    known = [Dictionary(name, ("x",)) for name in ("en_AU", "en_GB", "en_US", "uk_UA")]

    def chosen(language: str, *preferred: str) -> str:
        found = choose(known, language, preferred)
        return found.name if found else ""

    assert chosen("en") == "en_US"
    assert chosen("en", "uk_UA", "en_GB") == "en_GB"
    assert chosen("en-AU", "en_GB") == "en_AU"
    assert chosen("uk") == "uk_UA"
    assert chosen("pl") == ""


def test_scripts() -> None:
    assert [script_of(t) for t in ("Ann", "Аня", "17 …", "Аняa")] == [
        "latin",
        "cyrillic",
        "other",
        "cyrillic",
    ]


@pytest.mark.parametrize("piece", ["x", "a/", "a-", "{{", "`", "'a", "a\u0301", " a"])
def test_no_line_takes_long(piece: str) -> None:
    """Each takes milliseconds where a careless expression took minutes: 120 s end the test."""
    assert len(spelled_words(piece * 60_000)) <= 1
