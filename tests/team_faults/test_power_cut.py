"""The power goes again and again: what anybody was told is done is there when it comes back, and
nothing is there that was told to have failed.

`OMNITUI_POWER_CUTS` cuts, from `OMNITUI_FAULT_SEED` on."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.findings import Findings
from tests.team_faults.audit import audit, unsettled
from tests.team_faults.desk import TownDesk
from tests.team_faults.overdue import hanging, within
from tests.team_faults.power import Image
from tests.team_faults.town import Town
from tests.team_faults.weather import Weather

CUTS = int(os.environ.get("OMNITUI_POWER_CUTS", "10"))
SEED = int(os.environ.get("OMNITUI_FAULT_SEED", "1"))
SCREENS, COMMANDERS = ("agent0",), ("agent1", "agent2")
LAST_GASP = (0.0, 0.0, 0.02, 0.3)
"""Seconds for which programs still run whose disk is gone."""
SETTLED = 60.0


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Image]:
    image = Image(tmp_path / "disk.ext4")
    try:
        yield image
    finally:
        image.give_back()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_power_goes(image: Image) -> None:
    desk = TownDesk([*SCREENS, *COMMANDERS], image)
    town = Town(desk, SEED, SCREENS, COMMANDERS)
    # At the last gasp: pages of a file that are lost read as if the file were damaged.
    town.explained |= {"Input/output error", "a reply cannot be put together"}
    weather = Weather(desk, town, random.Random(SEED))
    findings, broken = Findings(), list[str]()
    began = time.monotonic()
    try:
        with within(120 + 20 * CUTS, lambda: hanging(desk)) as overdue:
            weather.looks_after_processes()
            town.begins()
            desk.eventually(lambda: town.settled(1), "the first commands")
            for _cut in range(CUTS):
                _for(weather, weather.chance.uniform(0.5, 4))
                broken += _cut_power(desk, town, weather.chance, image)
            weather.clears()
            town.ends(weather.looks_after_processes)
            _for(weather, SETTLED, town)
            town.closes()
            findings = audit(town)
        findings.stuck += overdue
        findings.wrong += broken
        kept = sum(each.kept is True for each in town.promises)
        refused = sum(each.kept is False for each in town.promises)
        print(
            f"seed {SEED}, {CUTS} cuts, {time.monotonic() - began:.0f} s: {town.written} from"
            f" customers, {kept} of {len(town.promises)} promises, {refused} refused; replies:"
            f" {findings.shown_states}; {findings.counted}"
        )
        for words, n in sorted(town.said.items()):
            print(f"  {n} × {words}")
        assert not findings.all, "\n".join([*findings.all[:30], desk.log[-3000:]])
    finally:
        town.ending.set()
        town.closing.set()
        desk.end()


def _for(weather: Weather, seconds: float, town: Town | None = None) -> None:
    """Engines are started anew meanwhile; with a town, until it has settled."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and (town is None or unsettled(town)):
        time.sleep(0.1)
        weather.looks_after_processes()


def _cut_power(desk: TownDesk, town: Town, chance: random.Random, image: Image) -> list[str]:
    """And have it come back; what the store's file has then that it should not."""
    town.storms += 1
    town.stormy.set()
    spoilt = town.fair.spoils()
    try:
        with desk.starting:
            at = time.monotonic()
            image.cut()
            time.sleep(chance.choice(LAST_GASP))
            for one in desk.some("engine", "screen", "command"):
                one.killed_at = at
                one.process.kill()
                one.process.wait(10)
            image.come_back()
            # Now and then who starts first finds the log as it was left.
            told = desk.rows("PRAGMA integrity_check") if chance.random() < 0.5 else [("ok",)]
    finally:
        town.stormy.clear()
        town.storms += 1
        town.fair.clears(spoilt)
    return [f"after the power came back: {row}" for (row,) in told if row != "ok"]
