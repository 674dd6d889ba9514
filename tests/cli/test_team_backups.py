"""`doctor` about a team's backups: what is late changes its exit code."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from omnitui.cli.finding import Finding
from omnitui.cli.team import backup_findings
from omnitui.cli.team.layout import Layout, layout_of
from store import events
from store.clock import now
from store.database import transaction
from tests.fresh_store import fresh_store

HOUR = 3600


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    for name in ("backups", "store"):
        (tmp_path / name).mkdir()
    places = {"store": tmp_path / "store", "backups": tmp_path / "backups"}
    return layout_of(tmp_path / "omnitui-acme", places)


def first(layout: Layout) -> Finding:
    return next(iter(backup_findings.findings(layout)))


@pytest.mark.parametrize(("hours", "state"), [(25, "ok"), (27, "fail")])
def test_one_that_is_late_fails(layout: Layout, hours: int, state: str) -> None:
    file = layout.backups / "omnitui-2026-05-04-031734.tar.gz"
    file.write_bytes(b"x")
    made = time.time() - hours * HOUR
    os.utime(file, (made, made))
    assert (first(layout).state, f"{hours} hours old" in first(layout).detail) == (state, True)


def test_one_from_the_future_does_not_stand_for_those_that_do_not_come(layout: Layout) -> None:
    for name, hours in (("2026-05-04", 27), ("2099-05-04", -9_999)):
        file = layout.backups / f"omnitui-{name}-031734.tar.gz"
        file.write_bytes(b"x")
        made = time.time() - hours * HOUR
        os.utime(file, (made, made))
    assert (first(layout).state, "27 hours old" in first(layout).detail) == ("fail", True)
    layout.store.rmdir()  # told elsewhere
    assert len(list(backup_findings.findings(layout))) == 1


def test_none_fails_once_one_should_have_come(layout: Layout) -> None:
    assert first(layout).state == "warn"  # not even a store
    db = fresh_store(layout.store / "desk.sqlite")
    assert first(layout).state == "warn"  # nothing is lost with it
    with transaction(db):
        events.append(db, "olena", "desk.tried", at=now() - 27 * HOUR * 1000)
    assert first(layout).state == "fail"
    db.close()
