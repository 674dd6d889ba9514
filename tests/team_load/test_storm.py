"""Twenty screens and a storm of messages: nothing is lost, nothing comes twice, nobody hangs, and
nobody is told that a store is locked. What it took is printed, and in docs/benchmarks.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.team_load.figures import Figures
from tests.team_load.storm import Storm, run


def _check(directory: Path, storm: Storm, least: int) -> Figures:
    found, measured = run(directory, storm)
    print("", *measured.lines(), found, *found.said.most_common(8), *found.instead[:8], sep="\n")
    assert found.all == []
    assert found.locked == found.exceptions == 0
    assert found.stored == found.delivered >= storm.seconds * storm.rate * 0.9
    # They did work meanwhile.
    assert found.accepted >= least
    return measured


def test_a_short_storm(tmp_path: Path) -> None:
    _check(tmp_path, Storm(6, 60, screens=4, think=0.4, forked=True, warm=1.5), 1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_storm_of_ten_minutes(tmp_path: Path) -> None:
    """100 messages a second, 20 screens, each a process of its own; 8 of the agents change one
    conversation at once."""
    measured = _check(tmp_path, Storm(600), 300)
    assert measured.keys["colleague"][0] > 0
