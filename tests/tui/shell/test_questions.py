"""A yes/no question: what each answer does, whom it is about, and what becomes of it where the
conversation, the question before it or the program goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from omnitui.desk.context import Desk
from omnitui.desk.data_rights import erasing
from omnitui.tui.screens.menu import QuestionScreen
from omnitui.tui.work import start
from store import conversations, customers
from store.driver import Connection
from tests.tui.shell.shop import Shop, Ui
from tests.tui.shell.test_own_commands import desk, line, recorder, seen


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.at(tmp_path / "desk")


def stands(ui: Ui) -> bool:
    return isinstance(ui.app.screen, QuestionScreen)


async def goes_on(ui: Ui) -> None:
    """No question stands, and keys are taken again."""
    assert ui.app.screen is ui.station
    await ui.press("question_mark")
    await ui.until(lambda: ui.app.screen is not ui.station, "the help")


def asking(ui: Ui, question: str) -> list[bool | str]:
    """Put a question, as a command would; what its answer was, once it has one."""
    answers: list[bool | str] = []

    async def ask() -> None:
        try:
            answers.append(await ui.station.overlays.asked(question))
        except asyncio.CancelledError:
            answers.append("cancelled")
            raise

    start(ui.app, ask, "asking")
    return answers


async def test_yes_alone_is_yes(shop: Shop) -> None:
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((80, 24)) as ui:
        given = []
        for way in ("y", "n", "escape", "beside"):
            answers = asking(ui, "Is that meant?")
            await ui.sees("Is that meant?")
            if way == "beside":
                await ui.pilot.click(offset=(1, 1))
            else:
                await ui.press(way)
            await ui.until(lambda answers=answers: bool(answers), f"an answer: {way}")  # type: ignore[misc]
            given += answers
        assert given == [True, False, False, False]
        await goes_on(ui)


async def test_the_next_question_waits_for_its_turn(shop: Shop) -> None:
    """A “y” on its way to the one that is read is no answer to another."""
    shop.arrive("Olena Koval", "Hi")
    async with shop.screen((80, 24)) as ui:
        first = asking(ui, "The first?")
        await ui.sees("The first?")
        second = asking(ui, "The second?")
        await ui.settle()
        assert "The first?" in ui.text()
        await ui.press("y")
        await ui.sees("The second?")
        assert (first, second) == ([True], [])
        await ui.press("n")
        await ui.until(lambda: second == [False], "the second answer")
        assert ui.app.screen is ui.station


async def test_the_program_ends_under_a_question(tmp_path: Path) -> None:
    """Nothing is answered, and nothing done; whoever waits for a turn goes, too."""
    shop = desk(tmp_path / "desk", "[customers.fields.plan]\n")
    id_ = shop.arrive("Olena Koval", "Hi")
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("Dear Olena")
        await ui.press("escape")
        ui.app.commander.enter("customer field plann gold")
        await ui.sees("plann")
        assert stands(ui)
        waiting = asking(ui, "And this?")
        await ui.settle()
        ui.app.hang_up()
        await ui.until(lambda: not ui.app.is_running, "the end")
    assert ui.app.return_code == 0
    assert waiting == ["cancelled"]
    assert shop.draft(id_) == "Dear Olena"
    olena = shop.conversation(id_).customer_id
    assert not shop.read(lambda db: customers.get(db, olena).fields)


async def test_the_conversation_it_is_about_goes_away(shop: Shop) -> None:
    """Yes is said of that one, not of the one that is in view then."""
    olena = shop.arrive("Olena Koval", "Hi", minutes_ago=90)
    jan = shop.arrive("Jan Nowak", "Hello", minutes_ago=60)
    ben = shop.arrive("Ben Hughes", "Hey", minutes_ago=30)

    def erase(db: Connection) -> None:
        erasing.erase(Desk(db, shop.config, "bob"), conversations.get(db, olena).customer_id)

    async with shop.screen((100, 30)) as ui:
        assert ui.station.chosen == olena
        ui.app.commander.enter(f"join {jan}")
        await ui.sees("Is that meant?")
        shop.write(erase)
        await ui.until(lambda: ui.station.chosen in (jan, ben), "another one in view")
        await ui.press("y")
        await ui.sees(f"There is no conversation {olena}")
        assert (len(shop.messages(jan)), len(shop.messages(ben))) == (1, 1)
        await goes_on(ui)


async def test_keys_after_the_answer_wait_for_what_it_leads_to(shop: Shop) -> None:
    shop.arrive("Olena Koval", "Hi", minutes_ago=90)
    jan = shop.arrive("Jan Nowak", "Hello", minutes_ago=60)
    async with shop.screen((100, 30)) as ui:
        begun, over = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            if await ui.station.overlays.asked("Is that meant?"):
                begun.set()
                await over.wait()

        ui.app.commander.hold_keys(work, "work")
        await ui.sees("Is that meant?")
        await ui.type("yj")
        await asyncio.wait_for(begun.wait(), 5)
        await ui.settle()
        assert ui.station.inbox.selected != jan
        over.set()
        await ui.until(lambda: ui.station.inbox.selected == jan, "the key after the answer")


async def test_a_macro_asks_what_its_program_wants_to_know(tmp_path: Path) -> None:
    directory = tmp_path / "desk"
    shop = desk(
        directory,
        f"[commands.a]\nrun = [{recorder(directory)}, '{{n}}', '{{m}}']\nconfirm = 'Sure?'\n"
        "[[commands.a.prompts]]\nname = 'n'\n"
        "[[commands.a.prompts]]\nname = 'm'\nchoices = ['one', 'two']\n"
        "[macros]\nboth = 'a ; tag add x'\n",
    )
    id_ = shop.arrive("Olena Koval", "Hi")
    async with shop.screen((100, 30)) as ui:
        await line(ui, "both")
        await ui.sees("goes on")
        await ui.type("7\n")
        await ui.sees("one")
        await ui.press("enter")
        await ui.sees("Sure?")
        await ui.press("y")
        await ui.until(lambda: shop.conversation(id_).tags == ("x",), "the tag")
        assert [one["argv"] for one in seen(directory)] == [["7", "one"]]
