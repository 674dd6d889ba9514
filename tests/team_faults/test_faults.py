"""Nothing is lost, doubled or stuck, and nobody reads nonsense, whatever happens to the server
that a team works on.

`make prove` runs it for long: `OMNITUI_FAULT_ROUNDS` rounds from `OMNITUI_FAULT_SEED` on."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.servers.findings import Findings
from tests.team_faults.audit import audit, unsettled
from tests.team_faults.desk import TownDesk
from tests.team_faults.overdue import hanging, within
from tests.team_faults.town import Town
from tests.team_faults.weather import Weather

ROUNDS = int(os.environ.get("OMNITUI_FAULT_ROUNDS", "4"))
SEED = int(os.environ.get("OMNITUI_FAULT_SEED", "1"))
SETTLED = 60.0
"""Seconds in which everything has to settle once nothing goes wrong any more."""


def a_day(
    seed: int, kills: int, *, screens: int, commanders: int, calm: tuple[float, ...], limit: float
) -> Findings:
    """From the first message to the audit.

    Args:
        calm: seconds between two things that go wrong.
        limit: seconds after which it is stuck, whatever it waits for.
    """
    people = [f"agent{n}" for n in range(screens + commanders)]
    desk = TownDesk(people)
    town = Town(desk, seed, tuple(people[:screens]), tuple(people[screens:]))
    weather = Weather(desk, town, random.Random(seed))
    findings = Findings()
    began = time.monotonic()
    try:
        with within(limit, lambda: hanging(desk)) as overdue:
            _lives_through(desk, town, weather, kills, calm)
            hung = [name for name, seat in town.seats.items() if not seat.alive_at_last()]
            town.closes()
            findings = audit(town)
            findings.stuck += [f"the screen of {name}" for name in hung]
        if overdue:
            findings.stuck += overdue
            findings.wrong += town.complaints
        _tell(town, weather, findings, seed, time.monotonic() - began)
        assert not findings.all, "\n".join([*findings.all[:30], desk.log[-3000:]])
        return findings
    finally:
        town.ending.set()
        town.closing.set()
        desk.end()


def _lives_through(
    desk: TownDesk, town: Town, weather: Weather, kills: int, calm: tuple[float, ...]
) -> None:
    weather.looks_after_processes()
    town.begins()
    # The first deeds are done in fine weather, or a short day would see none of them.
    desk.eventually(lambda: town.settled(2), "the first commands")
    while weather.kills < kills:
        time.sleep(weather.chance.choice(calm))
        weather.turns()
    weather.clears()
    town.ends(weather.looks_after_processes)
    end = time.monotonic() + SETTLED
    while unsettled(town) and time.monotonic() < end:
        time.sleep(0.1)
        weather.looks_after_processes()


def _tell(town: Town, weather: Weather, findings: Findings, seed: int, seconds: float) -> None:
    """At once: a long run goes on."""
    if caught := weather.caught():
        weather.met["kill engine in the middle"] = caught
    met = ", ".join(f"{name} {n}" for name, n in sorted(weather.met.items()))
    traps = ", ".join(f"{name} {n}" for name, n in sorted(town.trapped.items()))
    starts = sum(seat.starts for seat in town.seats.values())
    sends = sum(seat.sends for seat in town.seats.values())
    kept = sum(each.kept is True for each in town.promises)
    print(
        f"seed {seed}, {seconds:.0f} s: {town.written} from customers, {kept} of"
        f" {len(town.promises)} promises, {starts} screens, {sends} sends there; {met}; in the"
        f" middle of a command: {traps}; replies: {findings.shown_states}; {findings.counted}"
    )
    for words, n in sorted(town.said.items()):
        print(f"  {n} × {words}")
    for each in findings.all[:40]:
        print(f"  ! {each}")


def test_a_bad_hour() -> None:
    a_day(SEED, 8, screens=1, commanders=2, calm=(0.02, 0.2), limit=100)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_bad_days(number: int) -> None:
    """Four rounds are a thousand kills."""
    a_day(SEED + number, 250, screens=4, commanders=4, calm=(0.05, 0.3, 1.0), limit=1800)
