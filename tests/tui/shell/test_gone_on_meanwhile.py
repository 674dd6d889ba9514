"""What ends later than the agent waits for it: it takes nobody's keys and goes to nobody else."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from textual.content import Content
from textual.events import Click

from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.work import start
from store import conversations, identities
from store.clock import now
from store.driver import Connection
from store.errors import StoreLocked
from tests.tui.shell.shop import Shop
from tests.tui.shell.test_own_commands import desk, line, recorder, seen
from tests.tui.shell.test_together import does

WAIT = "import time, pathlib\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(.01)\n"


@pytest.mark.parametrize("how", ["commands", "filters"])
async def test_a_draft_for_one_customer_does_not_go_to_the_next(tmp_path: Path, how: str) -> None:
    directory, gate = tmp_path / "desk", tmp_path / "go on"
    run = f"[{recorder(directory, WAIT + 'print(17 * 17)')}, {str(gate)!r}]"
    settings = {
        "commands": f"[commands.polish]\nrun = {run}\noutput = 'draft'\n",
        "filters": f"[filters]\npolish = {run}\n",
    }
    shop = desk(directory, settings[how])
    olena = shop.arrive("Olena Koval", "Hi", subject="Jacket", minutes_ago=90)
    jan = shop.arrive("Jan Nowak", "Hello", subject="Boots", minutes_ago=60)
    async with shop.screen((100, 30)) as ui:
        assert ui.station.inbox.selected == olena
        await line(ui, "polish" if how == "commands" else "pipe polish")
        await ui.until(lambda: len(seen(directory)) == 1, "its run")
        await ui.press("escape", "j")
        assert ui.station.chosen == jan
        await ui.press("r")
        await ui.type("Dear Jan")
        gate.touch()
        await ui.sees("polish wrote a draft in “Jacket”")
        await ui.type(", hello")
        await ui.until(lambda: shop.draft(jan) == "Dear Jan, hello")
        await ui.until(lambda: shop.draft(olena) == "289")


async def test_an_overlay_is_closed_once(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((80, 24)) as ui:
        await ui.press("a")
        menu = ui.app.screen
        await ui.press("escape")
        click = Click(menu, 1, 1, 0, 0, 1, False, False, False, screen_x=1, screen_y=1)
        menu.on_click(click)  # type: ignore[attr-defined]
        menu.dismiss(None)
        await ui.sees("Olena Koval")


async def test_enter_and_more_letters_in_a_list_that_is_looked_up(tmp_path: Path) -> None:
    """Whoever types on after Enter ends the search that Enter waits for, not the program."""
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((80, 24)) as ui:
        await ui.press("w")
        chooser = ui.app.screen
        assert isinstance(chooser, Chooser)
        for letter in "olena":
            chooser._start(letter)
            chooser.choose("accept")
            await asyncio.sleep(0)
        await ui.until(lambda: ui.app.screen is ui.station, "its end")


async def test_work_that_the_store_fails_is_said(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((80, 24)) as ui:

        async def failing() -> None:
            raise StoreLocked("Somebody else writes to the store.")

        start(ui.station.inbox, failing, "failing")
        await ui.sees("Somebody else writes to the store.")


@pytest.mark.parametrize("seen", [False, True])
async def test_a_reply_goes_to_nobody_whom_the_agent_was_not_shown(
    tmp_path: Path, seen: bool
) -> None:
    """The customer's message is of another sender meanwhile: moved, or its customer was. Where the
    header says so already, it has come to by itself while they wrote."""
    shop = Shop.at(tmp_path / "desk")
    id_ = shop.arrive("Olena Koval", "Hi")

    def change(db: Connection) -> None:
        customer = conversations.get(db, id_).customer_id
        identities.add(db, customer, "email", "eve@eve.example", at=now())
        db.execute("UPDATE messages SET author_address = 'eve@eve.example'")

    async with shop.screen((100, 30)) as ui:
        await ui.press("r")
        await ui.type("Your password is 17")
        await ui.sees("olena@olena.example")
        shop.write(change)
        if seen:
            does(shop, "tag add moved")
            await ui.sees("→ Olena Koval <eve@eve.example>")
        await ui.press("ctrl+s")
        await ui.sees("The reply goes to eve@eve.example now: look, then send again.")
        assert [m.direction for m in shop.messages(id_)] == ["in"]
        await ui.sees("→ Olena Koval <eve@eve.example>")
        await ui.press("ctrl+s")
        await ui.until(lambda: len(shop.messages(id_)) == 2, "the reply")


async def test_yes_is_meant_for_whom_it_was_asked_about(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    olena = shop.arrive("Olena Koval", "Hi", minutes_ago=90)
    jan = shop.arrive("Jan Nowak", "Hello", minutes_ago=60)
    async with shop.screen((100, 30)) as ui:
        assert ui.station.chosen == olena
        start(ui.app, partial(ui.app.commander.if_meant, "Tag it?", "tag add x"), "asking")
        await ui.sees("Tag it?")
        await ui.station.inbox.select(jan)  # what lies below is another by now
        assert ui.station.chosen == jan
        await ui.press("y")
        await ui.until(lambda: shop.conversation(olena).tags == ("x",), "the tag")
        assert not shop.conversation(jan).tags


async def test_rows_that_went_since_they_were_drawn(tmp_path: Path) -> None:
    """Time passes, or a click comes, between a reading of the rows and their drawing."""
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await ui.press("enter")
        await ui.sees("Olena Koval")
        timeline = ui.station.timeline
        timeline._rows_shown = [10_000]
        timeline.tick()
        assert timeline._row_at(0) == -1
        assert not timeline.place().heights


async def test_what_was_looked_up_for_a_list_that_is_closed(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((80, 24)) as ui:
        await ui.press("w")
        chooser = ui.app.screen
        assert isinstance(chooser, Chooser)
        asked, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def preview(choice: Choice) -> Content:
            asked.set()
            await go_on.wait()
            return Content("")

        async def late() -> None:
            await go_on.wait()
            ended.set()
            chooser.query_one("#gone-by-now")

        chooser.preview = preview  # type: ignore[method-assign]
        start(chooser, partial(chooser._preview, Choice("1", Content("Olena"))), "preview")
        start(chooser, late, "late")
        await asked.wait()
        chooser.dismiss(None)
        go_on.set()
        await ui.until(ended.is_set)
        await ui.settle()
        assert ui.app.screen is ui.station


async def test_tab_from_a_box_that_was_folded_away(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await ui.press("enter", "r")
        ui.station.box.stop()
        assert ui.station.focused_pane == "reply"
        ui.station.focus_pane("next")  # before the focus has gone elsewhere
        assert str(ui.station.focused_pane) == "inbox"


async def test_what_is_said_when_the_program_has_ended_is_no_bug(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk")
    said = False

    async def late() -> None:
        nonlocal said
        while station.status.counter.parent is not None:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0)
        station.say("Done.")
        said = True

    async with shop.screen((80, 24)) as ui:
        station = ui.station
        start(station, late, "late")
        await ui.pilot.pause()
    assert said
