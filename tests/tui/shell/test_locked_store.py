"""A store that another program holds or takes away: the screen says so and loses nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from omnitui.tui import app as application
from omnitui.tui.link import heartbeat
from store.database import open_database
from store.errors import Exhausted
from tests.tui.shell.shop import Shop


@contextmanager
def held(shop: Shop) -> Iterator[None]:
    db = open_database(shop.config.home.store_file)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "PATIENCE", 1.0)
    monkeypatch.setattr("tests.tui.shell.shop.PATIENCE", 1.0)


async def test_it_is_said_while_it_lasts_and_done_when_it_is_over(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r")
        await ui.type("An answer")
        number = ui.station.box.conversation_id
        assert number is not None
        with held(shop):
            await ui.pilot.press("ctrl+s")
            await ui.sees("The store is busy")
        await ui.until(lambda: len(shop.messages(number)) == 2)


@pytest.mark.usefixtures("impatient")
async def test_a_send_that_could_not_be_stored_stays_a_draft(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r")
        await ui.type("An answer")
        with held(shop):
            await ui.pilot.press("ctrl+s")
            await ui.until(lambda: "stayed locked" in ui.sentence)
        assert ui.station.box.field.text == "An answer"


async def test_what_was_sent_does_not_stay_in_the_box(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be sent once more, though only what is shown could not be read."""

    async def unreadable() -> None:
        raise Exhausted("No more files may be opened: nothing was stored.")

    async with shop.screen() as ui:
        await ui.press("enter", "r")
        await ui.type("An answer")
        number = ui.station.box.conversation_id
        assert number is not None
        monkeypatch.setattr(ui.station.box, "reload", unreadable)
        await ui.pilot.press("ctrl+s")
        await ui.until(lambda: not ui.station.box.field.text)
        assert len(shop.messages(number)) == 2


async def test_a_store_that_was_put_back_is_told_to_whom_only_reads(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "EVERY", 0.0)
    monkeypatch.setattr(heartbeat, "LOOK", 0.02)
    async with shop.screen() as ui:
        path = shop.config.home.store_file
        path.rename(path.with_name("aside"))
        shutil.copy(path.with_name("aside"), path)
        await ui.until(lambda: "restored or moved away: log in again" in ui.sentence)


@pytest.mark.usefixtures("impatient")
async def test_leaving_puts_what_was_typed_into_a_file(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r")
        with held(shop):
            await ui.type("Half an answ")
            ui.app.hang_up()
            await ui.until(lambda: ui.app.rescued is not None)
    assert not ui.app.homeless
    path = shop.config.home.state / "unsaved-drafts.txt"
    assert "Half an answ" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("impatient")
async def test_without_a_home_either_it_is_said_at_the_end(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r")
        state = shop.config.home.state
        shutil.rmtree(state, ignore_errors=True)
        state.write_text("")  # no directory: nothing can be kept here
        with held(shop):
            await ui.type("Half an answ")
            ui.app.hang_up()
            await ui.until(lambda: "Half an answ" in ui.app.homeless)
    assert ui.app.rescued is None
