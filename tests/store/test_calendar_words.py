"""Every name that CLDR has for a month or a day is understood, whichever language it is in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from babel.core import Locale

from store.calendar_words import day_of, folded, month_of, unit_of, weekday_of
from store.errors import QueryError
from store.query import period

LANGUAGES = ("en", "uk", "ru", "pl")
NOW = int(datetime(2026, 10, 21, 14, 30, tzinfo=UTC).timestamp() * 1000)
"""A Wednesday."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_of_cldr_are_known(language: str) -> None:
    locale = Locale.parse(language)
    for form in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[form][width].items():
                assert month_of(folded(name)) == number, name
            for number, name in locale.days[form][width].items():
                assert weekday_of(folded(name)) == number, name


@pytest.mark.parametrize("word", ["", "ma", "j", "marie", "понеділокк", "сер.едина"])
def test_what_is_no_name_is_none(word: str) -> None:
    assert month_of(word) is None
    assert weekday_of(word) is None


def test_letters_that_a_keyboard_lacks_may_be_left_out() -> None:
    assert month_of("wrzesnia") == 9
    assert weekday_of("sroda") == 2
    assert day_of("dzis") == 0


def test_an_hour_to_come_and_a_year_gone_by_are_one_word() -> None:
    assert (unit_of("год", ahead=True), unit_of("год")) == ("hours", "years")


@pytest.mark.parametrize(
    ("text", "first", "following"),
    [
        ("yesterday", date(2026, 10, 20), date(2026, 10, 21)),
        ("вчора", date(2026, 10, 20), date(2026, 10, 21)),
        ("понеділок", date(2026, 10, 19), date(2026, 10, 20)),
        ("march", date(2026, 3, 1), date(2026, 4, 1)),
        ("listopad", date(2025, 11, 1), date(2025, 12, 1)),
        ("декабрь 2024", date(2024, 12, 1), date(2025, 1, 1)),
        ("3 березня", date(2026, 3, 3), date(2026, 3, 4)),
        ("3 грудня", date(2025, 12, 3), date(2025, 12, 4)),
        ("14 maja 2024", date(2024, 5, 14), date(2024, 5, 15)),
        ("2т", date(2026, 10, 7), date(2026, 10, 8)),
        ("3 дня", date(2026, 10, 18), date(2026, 10, 19)),
        ("1m", date(2026, 9, 21), date(2026, 9, 22)),
    ],
)
def test_a_search_understands_them(text: str, first: date, following: date) -> None:
    found = [datetime.fromtimestamp(at / 1000, UTC) for at in period(text, NOW, UTC)]
    assert [one.date() for one in found] == [first, following]
    assert all(one.hour == 0 for one in found)


@pytest.mark.parametrize("text", ["31 feb", "march x", "5min", "mar 3 4", "3 march x"])
def test_a_search_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(QueryError, match="is no date"):
        period(text, NOW, UTC)


@pytest.mark.parametrize(
    "words",
    ["yesterday today tomorrow", "учора сьогодні завтра", "вчера сегодня завтра",
     "wczoraj dzisiaj jutro"],
)  # fmt: skip
def test_the_days_around_today(words: str) -> None:
    assert [day_of(word) for word in words.split()] == [-1, 0, 1]
