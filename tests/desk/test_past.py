from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.desk.command import CommandError
from omnitui.desk.past import parse_past

NOW = int(datetime(2026, 11, 22, 13, tzinfo=UTC).timestamp() * 1000)
"""A Sunday."""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03", "2026-03-01"), ("2025", "2025-01-01"), ("2026-03-14", "2026-03-14"),
        ("14.3.2026", "2026-03-14"), ("14.3", "2026-03-14"), ("24.12", "2025-12-24"),
        ("03/2025", "2025-03-01"), ("14.3.25", "2025-03-14"),
        ("march", "2026-03-01"), ("December", "2025-12-01"), ("march 2024", "2024-03-01"),
        ("3 march 2025", "2025-03-03"), ("March 3", "2026-03-03"), ("3 of march", "2026-03-03"),
        ("березень", "2026-03-01"), ("3 березня", "2026-03-03"), ("листопад 2025", "2025-11-01"),
        ("в марте", "2026-03-01"), ("5 мая 2025", "2025-05-05"), ("w marcu", "2026-03-01"),
        ("3 października", "2026-10-03"), ("sierpień 2024", "2024-08-01"),
        ("today", "2026-11-22"), ("Yesterday", "2026-11-21"), ("вчора", "2026-11-21"),
        ("вчера", "2026-11-21"), ("wczoraj", "2026-11-21"), ("позавчора", "2026-11-20"),
        ("3 weeks ago", "2026-11-01"), ("2w", "2026-11-08"), ("3d", "2026-11-19"),
        ("a month ago", "2026-10-22"), ("2 months ago", "2026-09-22"), ("last week", "2026-11-15"),
        ("last year", "2025-11-22"), ("3 тижні тому", "2026-11-01"), ("2 дні тому", "2026-11-20"),
        ("5 дней назад", "2026-11-17"), ("2 месяца назад", "2026-09-22"),
        ("2 lata temu", "2024-11-22"), ("3 tygodnie temu", "2026-11-01"),
        ("monday", "2026-11-16"), ("on fri", "2026-11-20"), ("last sunday", "2026-11-15"),
        ("п'ятниця", "2026-11-20"), ("w środę", "2026-11-18"), ("29 feb 2024", "2024-02-29"),
    ],
)  # fmt: skip
def test_days_gone_by(text: str, day: str) -> None:
    found = datetime.fromtimestamp(parse_past(text, NOW, "UTC") / 1000, UTC)
    assert found.isoformat()[:16] == f"{day}T00:00"


def test_days_begin_where_the_desk_is() -> None:
    found = parse_past("2026-03-14", NOW, "Europe/Kyiv")
    assert datetime.fromtimestamp(found / 1000, UTC).hour == 22


@pytest.mark.parametrize("text", ["", "whenever", "14.13.2026", "32 march", "month", "3", "3 3"])
def test_what_is_no_date_is_said_to_be_none(text: str) -> None:
    with pytest.raises(CommandError, match="is no date"):
        parse_past(text, NOW, "UTC")


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_none(text: str) -> None:
    with suppress(CommandError):
        assert isinstance(parse_past(text, NOW, "UTC"), int)
