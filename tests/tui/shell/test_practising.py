"""A practice run on the screen: briefed, played, counted, told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.practice.arrivals import arrival
from connectors.practice.log import Entry, Log
from connectors.practice.playing import Playing
from omnitui.demo.practice.run import PracticeRun
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from omnitui.tui.app import PATIENCE, OmniApp
from omnitui.tui.station import practising
from store import accounts, outbox
from store.clock import now
from store.database import Store
from store.driver import Connection
from tests.demo.rehearsal import ANN, scenario
from tests.tui.shell.shop import AGENT, SUPPORT, Shop, Ui


class Play:
    def __init__(self, directory: Path, expect: str = "") -> None:
        self.shop = Shop.at(directory / "desk", undo_send=0)
        mine = scenario(directory, ANN.format(expect=expect))
        self.run = PracticeRun(mine, self.shop.config, AGENT)
        self.street = Playing(mine, "email", self.run.directory, 1.0)

    @asynccontextmanager
    async def screen(self, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Ui]:
        store = await Store.open(self.shop.config.home.store_file, patience=PATIENCE)
        app = OmniApp(self.shop.config, store, AGENT, engine=False)
        app.practice = self.run
        try:
            async with app.run_test(size=size) as pilot:
                ui = Ui(app, pilot)
                await ui.until(lambda: app.workstation.furnished)
                await ui.settle()
                yield ui
        finally:
            await store.close()

    def customers_write(self) -> None:
        batch = [arrival("email", SUPPORT, one) for one in self.street.advance(now())]

        def accept(db: Connection) -> None:
            desk = Desk(db, self.shop.config, "engine")
            intake.accept(desk, accounts.get(db, "support"), batch)

        assert batch
        self.shop.write(accept)

    def deliver(self) -> None:
        """What waits in the outbox reaches its customer."""

        def send(db: Connection) -> None:
            for entry in outbox.all(db):
                outbox.claim(db, entry.message_id, now())
                outbox.settle_sent(db, entry.message_id, entry.key, now())
                log = Log(self.run.directory / "email.jsonl")
                log.append(Entry("sent", now(), entry.key, entry.recipients[0], "Today."))

        self.shop.write(send)

    def queued(self) -> bool:
        return bool(self.shop.read(outbox.all))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practising, "LOOK_EVERY", 0.1)


async def test_it_is_briefed_begun_played_and_told(tmp_path: Path) -> None:
    play = Play(tmp_path, 'status = "closed"')
    async with play.screen() as ui:
        await ui.sees("A test.", "who writes", "Enter begins")
        await ui.press("escape")
        await ui.sees("Nobody writes yet")
        await ui.type(":practice end\n")
        await ui.sees("It has not begun")
        assert not play.run.begun
        await ui.type(":practice\n")
        await ui.sees("Enter begins")
        await ui.press("enter")
        await ui.sees("It has begun")
        play.customers_write()
        await ui.sees("Ann Lee")
        await ui.press("r")
        await ui.type("Today.")
        await ui.press("ctrl+s")
        await ui.until(play.queued)
        play.deliver()
        await ui.type(":practice\n")
        await ui.sees("✓", "○", "Status: closed. → x")
        assert not play.run.ended
        await ui.press("escape")
        await ui.type(":practice end\n")
        await ui.sees("points", "1 of 2", "✗", "Status: closed. It was: pending.")
        assert play.run.ended
    read = play.shop.read(play.run.finish)
    # r and ^S; the two command lines count as keys of the desk: `:` and Enter, and Esc.
    assert read.matters[0].keys.typed == len("Today.") + len("practice") + len("practice end")
    assert read.matters[0].keys.pressed == 2 + 2 + 1 + 2
    assert read.matters[0].fastest == ("r … ^S", "x")


async def test_when_all_is_done_it_is_told_by_itself(tmp_path: Path, soon: None) -> None:
    play = Play(tmp_path)
    async with play.screen() as ui:
        await ui.press("enter")
        await ui.sees("It has begun")
        play.customers_write()
        await ui.sees("Ann Lee")
        await ui.press("r")
        await ui.type("Today.")
        await ui.press("ctrl+s")
        await ui.until(play.queued)
        await ui.press("escape", "escape")
        play.deliver()
        await ui.sees("points", "1 of 1", "is content")
        assert play.run.ended
        await ui.press("escape")
        await ui.sees_no("points")


async def test_what_is_left_to_do_is_said_once_nobody_waits(tmp_path: Path, soon: None) -> None:
    play = Play(tmp_path, 'tags = ["tent"]')
    async with play.screen() as ui:
        await ui.press("enter")
        play.customers_write()
        await ui.sees("Ann Lee")
        await ui.press("r")
        await ui.type("Today.")
        await ui.press("ctrl+s")
        await ui.until(play.queued)
        play.deliver()
        await ui.sees("1 thing is left to do")
        assert not play.run.ended


async def test_without_a_run_it_is_said_how_one_starts(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        for line in (":practice\n", ":practice end\n"):
            await ui.type(line)
            await ui.sees("omnitui demo --practice")
            await ui.press("escape")
            await ui.sees_no("omnitui demo --practice")
