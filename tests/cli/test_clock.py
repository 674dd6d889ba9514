"""A machine whose clock is wrong, or was."""

from __future__ import annotations

import pytest

from config.home import find_home
from config.load import load
from omnitui.cli import clock_findings
from store.database import open_database, transaction
from tests.cli.conftest import Run, SmallDesk

YEAR = 366 * 86_400_000


def test_a_clock_that_went_back_is_told_and_what_was_sent_by_it(
    run: Run, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(find_home(desk.directory))
    assert run("reply", "1", stdin="Good day").code == 0
    db = open_database(config.home.store_file)
    (last,) = db.execute("SELECT max(at) FROM events").fetchone()
    monkeypatch.setattr("store.clock.now", lambda: last)
    assert list(clock_findings.findings(config)) == []
    with transaction(db):
        db.execute("UPDATE outbox SET due_at = due_at + ?", (2 * YEAR,))
    db.close()
    monkeypatch.setattr("store.clock.now", lambda: last - YEAR)
    wrong, far = clock_findings.findings(config)
    assert (wrong.state, far.state) == ("fail", "warn")
    assert "timedatectl" in wrong.advice
    assert far.detail.startswith("1 reply is to go out in more than a year")


def test_a_clock_from_before_the_program_is_wrong(
    run: Run, monkeypatch: pytest.MonkeyPatch, empty: SmallDesk
) -> None:
    monkeypatch.setattr("store.clock.now", lambda: 5_000)
    (wrong,) = clock_findings.findings(load(find_home(empty.directory)))
    assert "1970-01-01" in wrong.detail
