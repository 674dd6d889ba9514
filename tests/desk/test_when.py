"""Times as people type them."""

from __future__ import annotations

import contextlib
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.desk.command import CommandError
from omnitui.desk.when import parse_when

KYIV = ZoneInfo("Europe/Kyiv")
NOW = datetime(2026, 10, 21, 14, 30, tzinfo=KYIV)  # a Wednesday


def when(text: str, now: datetime = NOW) -> datetime:
    millis = parse_when(text, int(now.timestamp() * 1000), "Europe/Kyiv")
    return datetime.fromtimestamp(millis / 1000, KYIV)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", datetime(2026, 10, 21, 15, 0)),
        ("4h", datetime(2026, 10, 21, 18, 30)),
        ("1h30m", datetime(2026, 10, 21, 16, 0)),
        ("in 2 days", datetime(2026, 10, 23, 14, 30)),
        ("1w", datetime(2026, 10, 28, 14, 30)),
        ("tomorrow", datetime(2026, 10, 22, 9, 0)),
        ("tomorrow 9", datetime(2026, 10, 22, 9, 0)),
        ("Tomorrow at 17:15", datetime(2026, 10, 22, 17, 15)),
        ("9 tomorrow", datetime(2026, 10, 22, 9, 0)),
        ("fri 14:00", datetime(2026, 10, 23, 14, 0)),
        ("friday", datetime(2026, 10, 23, 9, 0)),
        ("wed 16:00", datetime(2026, 10, 21, 16, 0)),
        ("wed 9", datetime(2026, 10, 28, 9, 0)),
        ("18:00", datetime(2026, 10, 21, 18, 0)),
        ("9:00", datetime(2026, 10, 22, 9, 0)),
        ("5pm", datetime(2026, 10, 21, 17, 0)),
        ("5 pm", datetime(2026, 10, 21, 17, 0)),
        ("12 am", datetime(2026, 10, 22, 0, 0)),
        ("2026-12-01", datetime(2026, 12, 1, 9, 0)),
        ("2026-12-01 14:30", datetime(2026, 12, 1, 14, 30)),
        ("2026-12-01T14:30", datetime(2026, 12, 1, 14, 30)),
        ("завтра 10", datetime(2026, 10, 22, 10, 0)),
        ("пт 9:30", datetime(2026, 10, 23, 9, 30)),
        ("через 2 год", datetime(2026, 10, 21, 16, 30)),
        ("jutro o 9", datetime(2026, 10, 22, 9, 0)),
        ("3 may", datetime(2027, 5, 3, 9, 0)),
        ("may 3rd 14:00", datetime(2027, 5, 3, 14, 0)),
        ("24 грудня 10:30", datetime(2026, 12, 24, 10, 30)),
        ("3 мая 2027 года", datetime(2027, 5, 3, 9, 0)),
        ("o 8 21 października 2027", datetime(2027, 10, 21, 8, 0)),
        ("29 feb", datetime(2028, 2, 29, 9, 0)),
        ("1.12.2026 8:00", datetime(2026, 12, 1, 8, 0)),
        ("у п'ятницю ввечері", datetime(2026, 10, 23, 18, 0)),
        ("завтра утром", datetime(2026, 10, 22, 9, 0)),
        ("w środę 16:00", datetime(2026, 10, 21, 16, 0)),
        ("pojutrze po południu", datetime(2026, 10, 23, 14, 0)),
        ("za 3 dni", datetime(2026, 10, 24, 14, 30)),
        ("через 2 часа", datetime(2026, 10, 21, 16, 30)),
        ("30 хв", datetime(2026, 10, 21, 15, 0)),
    ],
)
def test_what_it_means(text: str, expected: datetime) -> None:
    assert when(text) == expected.replace(tzinfo=KYIV)


def test_days_keep_the_wall_clock_over_a_change_of_the_hour() -> None:
    # Clocks go back on 2026-10-25.
    assert when("5d") == datetime(2026, 10, 26, 14, 30, tzinfo=KYIV)


def test_the_exact_moment_in_utc_is_understood() -> None:
    moment = parse_when("2026-12-01T09:00:00Z", int(NOW.timestamp() * 1000), "Europe/Kyiv")
    assert moment == int(datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("UTC")).timestamp() * 1000)


@pytest.mark.parametrize(
    "text", ["", "soon", "5", "2x", "25:00", "13pm", "2026-13-01", "fri mon", "2020-01-01", "0m",
             "today 9", "yesterday", "31 feb", "may", "3 may 4 may", "99999w 99999w",
             "999999999999d", "²d"]
)  # fmt: skip
def test_what_it_cannot_mean(text: str) -> None:
    if text == "5":
        assert when(text) == datetime(2026, 10, 22, 5, 0, tzinfo=KYIV)
        return
    with pytest.raises(CommandError):
        when(text)


@given(st.text(max_size=40))
def test_anything_is_a_later_time_or_a_sentence(text: str) -> None:
    now = int(NOW.timestamp() * 1000)
    with contextlib.suppress(CommandError):
        assert parse_when(text, now, "Europe/Kyiv") > now


def test_without_a_zone_it_is_this_machines() -> None:
    now = int(NOW.timestamp() * 1000)
    assert parse_when("30m", now) == now + 30 * 60_000
    assert parse_when("tomorrow 9", now) > now
