"""The catalogs' plurals, dates and numbers are those of CLDR, as Babel knows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from babel.core import Locale
from babel.dates import format_date

from config import catalogs, i18n
from config.day_names import day_of_month, short_weekday, weekday
from config.numbers import Number

LANGUAGES = catalogs.languages()


@pytest.fixture(params=LANGUAGES)
def locale(request: pytest.FixtureRequest) -> Iterator[Locale]:
    assert i18n.set_language(request.param) == request.param
    yield Locale.parse(request.param)
    i18n.set_language("en")


def test_each_form_of_a_plural_is_for_one_kind_of_number(locale: Locale) -> None:
    catalog = i18n._read(locale.language)
    assert catalog is not None
    plural = catalog.plural  # type: ignore[attr-defined]
    kinds = {(plural(n), locale.plural_form(n)) for n in range(1200)}
    assert len(kinds) == len({form for form, _kind in kinds}) == len({k for _form, k in kinds})


def test_months_stand_in_the_case_that_a_day_wants(locale: Locale) -> None:
    for month in range(1, 13):
        expected = format_date(date(2026, month, 3), "d MMMM", locale)
        assert day_of_month(3, month) == expected


def test_weekdays_are_called_as_they_are(locale: Locale) -> None:
    days = locale.days["stand-alone"]
    for number in range(7):
        assert weekday(number).lower() == days["wide"][number].replace("ʼ", "’")
        short = {days[width][number].rstrip(".") for width in ("short", "abbreviated")}
        assert short_weekday(number) in short


def test_numbers_have_the_languages_signs(locale: Locale) -> None:
    signs = locale.number_symbols["latn"]
    assert f"{Number(2.5):.1f}" == f"2{signs['decimal']}5"
    assert f"{Number(1234567):,.0f}" == signs["group"].join(("1", "234", "567"))


def test_english_numbers_are_as_python_writes_them() -> None:
    i18n.set_language("en")
    assert f"{Number(1234.5):,.1f}" == "1,234.5"
