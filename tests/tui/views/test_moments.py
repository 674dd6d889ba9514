from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.tui.text.cells import width
from omnitui.tui.words.moments import ago, day_label, local, soon, stamp, zone
from tests.tui.views.desk import DAY, HOUR, MINUTE, NOW


@pytest.mark.parametrize(
    ("elapsed", "shown"),
    [
        (-5, "now"),
        (59_999, "now"),
        (MINUTE, "1m"),
        (HOUR - 1, "59m"),
        (HOUR, "1h"),
        (DAY, "1d"),
        (59 * DAY, "59d"),
        (60 * DAY, "8w"),
        (800 * DAY, "2y"),
    ],
)
def test_ago(elapsed: int, shown: str) -> None:
    assert ago(elapsed) == shown


@given(st.integers(0, 10**13))
def test_ago_fits_its_column(elapsed: int) -> None:
    assert width(ago(elapsed)) <= 4


def test_days() -> None:
    today = dt.date(2026, 11, 22)
    assert day_label(today, today) == "Today, 22 November"
    assert day_label(dt.date(2026, 11, 21), today) == "Yesterday, 21 November"
    assert day_label(dt.date(2026, 11, 23), today) == "Monday, 23 November"
    assert day_label(dt.date(2024, 2, 29), today) == "Thursday, 29 February 2024"


def test_times_ahead() -> None:
    kyiv = zone("Europe/Kyiv")
    assert soon(NOW + HOUR, NOW, kyiv) == "16:00"
    assert soon(NOW + DAY, NOW, kyiv) == "Mon 15:00"
    assert soon(NOW + 10 * DAY, NOW, kyiv) == "2 December"
    assert stamp(NOW - DAY, NOW, kyiv) == "21 November 15:00"


@given(st.integers(-(10**18), 10**18))
def test_no_time_is_too_strange(at: int) -> None:
    assert local(at, zone("Europe/Kyiv")).year >= 1


def test_an_unknown_zone_is_the_machines() -> None:
    assert zone("Mars/Olympus") is None
    assert zone("") is None
