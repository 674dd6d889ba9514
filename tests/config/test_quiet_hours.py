from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.quiet_hours import DAYS, parse_quiet_hours

MONDAY = dt.date(2026, 11, 23)


def at(day: str, clock: str) -> dt.datetime:
    time = dt.time.fromisoformat(clock)
    return dt.datetime.combine(MONDAY + dt.timedelta(DAYS.index(day)), time)


@pytest.mark.parametrize(
    ("text", "quiet", "loud"),
    [
        ("22:00-07:00", ["mon 22:00", "tue 06:59", "sun 23:59"], ["mon 07:00", "mon 21:59"]),
        ("12:00-13:00", ["wed 12:30"], ["wed 13:00", "wed 11:59"]),
        ("sat sun", ["sat 00:00", "sun 23:59"], ["mon 00:00", "fri 23:59"]),
        ("sat-mon", ["sun 12:00", "mon 12:00"], ["tue 12:00"]),
        ("Mon-Fri 18:00-09:00, sat sun", ["fri 20:00", "sat 15:00", "tue 08:59"], ["tue 09:00"]),
        ("fri 22:00 - 06:00", ["fri 23:00", "sat 05:59"], ["sat 23:00", "fri 05:00"]),
        ("20:00-24:00", ["mon 23:59"], ["tue 00:00"]),
        ("", [], ["mon 03:00"]),
    ],
)
def test_hours(text: str, quiet: list[str], loud: list[str]) -> None:
    hours = parse_quiet_hours(text)
    for moment in quiet:
        assert hours.cover(at(*moment.split())), moment
    for moment in loud:
        assert not hours.cover(at(*moment.split())), moment


@pytest.mark.parametrize("text", ["25:00-07:00", "sunday", "22:00", "7-9", "mon-", "12:60-13:00"])
def test_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_quiet_hours(text)


@given(st.text("0123456789:-, monfri", max_size=20))
def test_any_text_is_hours_or_an_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_quiet_hours(text).cover(at("mon", "12:00"))
