"""The tour: each key is taught until it was pressed, nothing is in the way, and it comes once."""

from __future__ import annotations

from tests.tui.shell.shop import Shop


async def test_six_steps_each_by_its_key(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.type(":tour\n")
        await ui.sees("1 of 6 · Who waits", "press j", "F10 skips this")
        await ui.press("g")
        assert ui.station.tour.step == 1, "another key teaches nothing, but works"
        await ui.press("j")
        await ui.sees("2 of 6 · Reading")
        assert ui.station.inbox.selected == 2
        await ui.press("enter")
        await ui.sees("3 of 6 · Answering")
        await ui.press("r")
        await ui.sees("4 of 6 · In the reply box", "^S sends")
        await ui.type("Dear Piotr")
        await ui.press("escape")
        await ui.sees("5 of 6 · Whose turn it is", "press s")
        await ui.press("s")
        await ui.press("escape")
        await ui.sees("6 of 6 · Everything else")
        await ui.press("question_mark")
        await ui.press("escape")
        await ui.sees("That was the tour")
        assert ui.station.tour.step == 0
        assert shop.draft(ui.station.reading.current) == "Dear Piotr"  # type: ignore[arg-type]


async def test_steps_are_skipped_and_it_is_left(shop: Shop) -> None:
    async with shop.screen((40, 12)) as ui:
        await ui.type(":tour\n")
        await ui.sees("1 of 6")
        await ui.press("f10")
        await ui.sees("2 of 6")
        await ui.type(":tour end\n")
        await ui.sees_no("of 6")
        assert ui.station.tour.step == 0
        await ui.press("f10")
        assert ui.station.tour.step == 0


async def test_it_names_the_agents_own_keys(shop: Shop) -> None:
    own = Shop.at(shop.config.home.data / "own", keys={"inbox": {"j": "", "J": "move down"}})
    async with own.screen((80, 24)) as ui:
        ui.station.tour.begin()
        await ui.settle()
        await ui.sees("1 of 6")
        assert "press j:" not in ui.text()


async def test_it_comes_by_itself_once(shop: Shop) -> None:
    for expected in (1, 0):
        async with shop.screen((80, 24)) as ui:
            ui.station.tour.begin_once()
            await ui.settle()
            assert ui.station.tour.step == expected


async def test_where_that_cannot_be_remembered_it_does_not_come(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        ui.station.tour._seen = shop.config.home.store_file / "tour"
        ui.station.tour.begin_once()
        assert ui.station.tour.step == 0


async def test_who_goes_ahead_is_followed(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.type(":tour\n")
        await ui.sees("1 of 6")
        await ui.press("escape")
        assert ui.station.tour.step == 1, "a key that works anywhere does not tell how far one is"
        await ui.press("r")
        await ui.sees("4 of 6 · In the reply box")
        await ui.press("ctrl+t")
        await ui.press("enter")
        await ui.settle()
        assert ui.station.tour.step == 4, "they are still in the box: no other key does anything"


async def test_a_card_is_as_tall_as_its_text(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.type(":tour\n")
        await ui.sees("press j")
        lines = ui.text().splitlines()
        top = next(n for n, line in enumerate(lines) if "1 of 6" in line)
        assert "F10 skips this" in lines[top + 2]
