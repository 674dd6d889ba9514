"""Nothing is lost, doubled, misdirected or stuck, whatever goes wrong between customers and desk.

`make prove` runs it for long: OMNITUI_FAULT_ROUNDS rounds from OMNITUI_FAULT_SEED on."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.servers.bot_api.control import RemoteBotApi
from tests.servers.chaos import ChaosProxy
from tests.servers.process import free_port
from tests.telegram_faults.audit import Findings, audit, unsettled
from tests.telegram_faults.desk import FaultyDesk
from tests.telegram_faults.town import Town
from tests.telegram_faults.weather import Weather

ROUNDS = int(os.environ.get("OMNITUI_FAULT_ROUNDS", "40"))
SEED = int(os.environ.get("OMNITUI_FAULT_SEED", "1"))
SETTLED = 60.0
"""Seconds in which everything has to settle once nothing goes wrong any more."""


def a_round(
    api: RemoteBotApi, directory: Path, seed: int, *, deeds: int, webhook: bool = False
) -> Findings:
    """A desk from its first start to the audit."""
    chance = random.Random(seed)
    proxy = ChaosProxy(int(api.get("port"))).start()
    back: ChaosProxy | None = None
    settings = ""
    if webhook:
        port = free_port()
        back = ChaosProxy(port).start()
        settings = (
            f'webhook = "http://127.0.0.1:{back.port}/in"\nwebhook_listen = "127.0.0.1:{port}"'
        )
    directory.mkdir()
    (directory / "files").mkdir()
    desk = FaultyDesk(directory / "desk", api, proxy.port, settings)
    try:
        desk.serve()
        desk.eventually(lambda: desk.account()[0] == "online")
        town = Town(api, desk, directory / "files", chance, people=6)
        weather = Weather(api, proxy, desk, chance, (1, 1, 1, 6) if deeds > 100 else (1,))
        for number in range(deeds):
            if number == deeds // 4:
                weather.lays_a_trap()
            town.happens()
            weather.looks_at_the_trap()
            if chance.random() < 0.35:
                weather.turns()
            if back is not None and chance.random() < 0.05:
                back.kill()
            time.sleep(chance.choice((0, 0, 0, 0.02, 0.1)))
        weather.clears()
        _settle(town)
        before = audit(town)
        assert not before.all, _told(before, desk, seed)
        for _again in range(3):  # what is sent once more may come to be unknown, too
            if not town.decides():
                break
            _settle(town)
        after = audit(town)
        assert not after.all, _told(after, desk, seed)
        assert set(after.states) <= {"sent"}, _told(after, desk, seed)
        after.states = before.states
        print(
            f"seed {seed}: {weather.faults} faults, {weather.kills} kills, {weather.stops} stops;"
            f" {after}"
        )
        return after
    finally:
        desk.close()
        proxy.close()
        if back is not None:
            back.close()


def _settle(town: Town) -> None:
    end = time.monotonic() + SETTLED
    quiet = 0
    while quiet < 3 and time.monotonic() < end:  # what is in flight may bring about the next thing
        engine = town.desk.engine
        assert engine is not None
        assert engine.poll() is None, f"the engine has ended\n{town.desk.log[-3000:]}"
        quiet = 0 if unsettled(town) else quiet + 1
        time.sleep(0.1)


def _told(findings: Findings, desk: FaultyDesk, seed: int) -> str:
    said = "\n".join(findings.all[:40])
    print(f"seed {seed}: {findings}\n{said}")  # at once: a long run goes on
    return f"seed {seed}: {findings}\n{said}\n{desk.log[-6000:]}"


@pytest.mark.parametrize("webhook", [False, True])
def test_a_bad_day(bot_api_process: RemoteBotApi, tmp_path: Path, webhook: bool) -> None:
    deeds = 25 if webhook else 50
    found = a_round(bot_api_process, tmp_path / "day", SEED, deeds=deeds, webhook=webhook)
    assert found.customers > 5


@pytest.mark.slow
@pytest.mark.timeout(3_400)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_bad_days(bot_api_process: RemoteBotApi, tmp_path: Path, number: int) -> None:
    a_round(bot_api_process, tmp_path / "day", SEED + number, deeds=400, webhook=number % 4 == 3)
