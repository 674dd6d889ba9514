"""The storm from its begin to the count."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.team_load.audit import Findings, audit
from tests.team_load.figures import Figures, figures
from tests.team_load.office import Office, Probe

RATE = 100.0
"""Messages a second."""
WARM = 5.0
"""Seconds in which agents work already, and nothing is measured."""


@dataclass(frozen=True)
class Storm:
    seconds: float
    rate: float = RATE
    screens: int = 20
    think: float = 2.0
    forked: bool = False
    warm: float = WARM


def run(directory: Path, storm: Storm) -> tuple[Findings, Figures]:
    """Everything that it starts has ended when it returns."""
    with Office(directory, storm.screens, forked=storm.forked) as office:
        office.start()
        office.work(storm.think)
        probe = Probe(office)
        probe.start()
        time.sleep(storm.warm)
        since = time.monotonic()
        office.sample()
        office.storm(storm.seconds, lambda _at: storm.rate, office.sample)
        until = time.monotonic()
        behind = office.delivered - office.stored()
        measured = figures(office, probe, since, until)
        measured.behind = behind
        office.rest()
        probe.end()
        unsettled = office.hanging() + office.settle()
        found = audit(office, probe, office.stop())
        found.stuck += unsettled
        return found, measured


def idle(directory: Path, screens: int, seconds: float) -> Figures:
    """Nobody writes, nobody touches a key."""
    with Office(directory, screens) as office:
        office.start()
        time.sleep(10)
        since = time.monotonic()
        office.sample()
        time.sleep(seconds)
        office.sample()
        measured = figures(office, None, since, time.monotonic())
        office.stop()
        return measured
