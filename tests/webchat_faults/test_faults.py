"""Nothing is lost, doubled, misdirected or stuck, whatever goes wrong between visitors and desk.

`make prove` runs it for long: OMNITUI_FAULT_ROUNDS rounds from OMNITUI_FAULT_SEED on."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.webchat_faults.audit import Audit, Findings, unfollowed, unsettled
from tests.webchat_faults.shop import FaultyShop
from tests.webchat_faults.sink import Sink
from tests.webchat_faults.town import Town
from tests.webchat_faults.weather import Weather

ROUNDS = int(os.environ.get("OMNITUI_FAULT_ROUNDS", "20"))
SEED = int(os.environ.get("OMNITUI_FAULT_SEED", "1"))
SETTLED = 40.0
"""Seconds in which everything has to settle once nothing goes wrong any more."""


async def a_round(
    directory: Path, seed: int, *, deeds: int, people: int, rough: bool, restore: bool = False
) -> Findings:
    """A shop from its first start to the audit."""
    chance = random.Random(seed)
    sink = Sink()
    shop = FaultyShop(directory / "desk", sink.port)
    town = Town(shop, sink, directory, chance, people)
    weather = Weather(shop, town, chance, rough=rough)
    try:
        await asyncio.to_thread(shop.start)
        for number in range(deeds):
            if restore and number == deeds // 3:
                await weather.clears()
                await _settle(town, unsettled)
                await weather.backup(directory / "backup")
                since = (len(town.answers), {one for one in town.written if one.visitor})
            if restore and number == 2 * deeds // 3:
                await weather.clears()
                await weather.restore(directory / "backup")
                there = town.arrived()
                for one in town.written:
                    known = one in since[1] or one.text in there
                    one.at_risk = bool(one.visitor) and not known
                for answer in town.answers[since[0] :]:
                    answer.at_risk = True
                town.restored += 1
            await town.happens()
            if chance.random() < 0.3:
                await weather.turns()
            await asyncio.sleep(chance.choice((0, 0, 0.02, 0.1, 0.4 if rough else 0.1)))
        await weather.clears()
        await town.idle()
        await _settle(town, unsettled)
        await town.evening()
        await _settle(town, lambda town: unsettled(town) + unfollowed(town))
        missed = unfollowed(town)
        for browser in town.browsers:
            browser.opens(poll=chance.random() < 0.3).attentive = False
        await _settle(town, unsettled)
        before = await Audit(town).run()
        before.stuck += missed
        assert not before.all, _told(before, weather, shop, seed)
        if await town.decides():
            await _settle(town, unsettled)
            after = await Audit(town).run()
            assert not after.all, _told(after, weather, shop, seed)
            assert set(after.states) <= {"sent", "failed"}, _told(after, weather, shop, seed)
        faults = ", ".join(f"{name} {count}" for name, count in sorted(weather.faults.items()))
        print(f"seed {seed}: {weather.faults.total()} faults ({faults}); {before}")
        return before
    finally:
        await town.close()
        await asyncio.to_thread(shop.close)
        sink.close()


async def _settle(town: Town, left: Callable[[Town], list[str]]) -> None:
    end = time.monotonic() + SETTLED
    quiet = 0
    while quiet < 3 and time.monotonic() < end:  # what is in flight may bring about the next thing
        for process, verb in ((town.shop.relay, "relay"), (town.shop.engine, "serve")):
            assert process is not None
            assert process.poll() is None, f"{verb} has ended\n{town.shop.log(verb)[-3000:]}"
        quiet = 0 if left(town) else quiet + 1
        await asyncio.sleep(0.1)


def _told(findings: Findings, weather: Weather, shop: FaultyShop, seed: int) -> str:
    said = "\n".join(findings.all[:40])
    print(f"seed {seed}: {dict(weather.faults)} {findings}\n{said}")  # at once: a long run goes on
    log = "\n".join(line for line in shop.log("serve").splitlines() if ":9 refuses" not in line)
    return f"seed {seed}: {findings}\n{said}\n{log[-3000:]}"


async def test_a_bad_day(tmp_path: Path) -> None:
    found = await a_round(tmp_path, SEED, deeds=25, people=4, rough=False)
    assert found.visitors > 3
    assert found.states["sent"] > 1


@pytest.mark.slow
@pytest.mark.timeout(3_400)
@pytest.mark.parametrize("number", range(ROUNDS))
async def test_bad_days(tmp_path: Path, number: int) -> None:
    await a_round(tmp_path, SEED + number, deeds=150, people=8, rough=True, restore=number % 4 == 3)
