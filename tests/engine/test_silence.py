"""The engine keeps the list of customers who wait for somebody who is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config.model import TeamSettings
from omnitui.desk.visiting import presence
from omnitui.engine import silence
from omnitui.engine.backoff import Pace
from omnitui.engine.desk import EngineDesk
from omnitui.engine.pulse import Pulse
from omnitui.engine.silence import Silence
from store import conversations, silences
from store.database import Store, transaction
from store.driver import Connection
from tests.desk.office import HOUR, Office


async def test_it_is_on_the_list_until_the_assignee_touches_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "REST", 0.02)
    with Office.open(tmp_path) as office:
        here = office.got(office.letter()).conversation_id
        office.do(here, "assign bea")
        office.clock.pass_(HOUR)
        config = replace(office.desk.config, team=TeamSettings(reclaim_after=1800))
        store = await Store.open(config.home.store_file)
        desk = EngineDesk(store, config, Pace(), office.clock)
        pulse = Pulse(desk)
        running = [
            asyncio.create_task(work, name=name)
            for name, work in (("pulse", pulse.run()), ("silence", Silence(desk, pulse).run()))
        ]

        async def until(true: Callable[[Connection], bool]) -> None:
            for _look in range(2000):
                if await store.read(true):
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("it never came")

        try:
            await until(lambda db: silences.among(db, [here]) == {here})
            with transaction(office.desk.db):
                presence.beat(replace(office.desk, agent="bea"), "bea-1", office.clock.at)
            await until(lambda db: not silences.listed(db))
            assert await store.read(lambda db: conversations.get(db, here).assignee) == "bea"
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await store.close()
