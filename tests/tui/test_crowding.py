"""On a crowded machine a screen does less by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnitui.tui.link import crowding
from omnitui.tui.link.crowding import MOST, Crowding


def felt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *counts: str) -> list[float]:
    """The factor after each look, one a second."""
    at = 0.0
    monkeypatch.setattr(crowding, "monotonic", lambda: at)
    counted = tmp_path / "schedstat"
    counted.write_text("1000 2000 3\n")
    one = Crowding(counted)
    found = []
    for text in counts:
        counted.write_text(text)
        at += 1.0
        found.append(one.factor)
    return found


def test_who_never_waits_does_all_as_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert felt(tmp_path, monkeypatch, "90001000 2000 9", "90001000 2000 9") == [1.0, 1.0]


def test_who_waits_rests_longer_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = felt(
        tmp_path, monkeypatch, "2000 9000 4", "3000 99000 5", "9999000 99000 6"
    )
    assert 1.0 < first < second <= MOST
    assert third < second


def test_where_nothing_is_counted_nothing_is_crowded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(felt(tmp_path, monkeypatch, "", "nonsense", "1")) == {1.0}
