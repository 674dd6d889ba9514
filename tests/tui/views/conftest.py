from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.views.desk import NOW, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk.sqlite")
    yield made
    made.db.close()


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The panes' clock stands still at `NOW`."""
    time.tzset()  # to the TZ that every test runs in
    for module in ("inbox", "timeline", "card"):
        monkeypatch.setattr(f"omnitui.tui.widgets.{module}.now", lambda: NOW)
