"""Commands: by key, menu, palette and line; on one conversation and on several; undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.default_keys import DEFAULTS
from config.keymap import merge
from omnitui.tui.commands import REGISTRY
from omnitui.tui.keys.keymap import Keymap
from tests.tui.shell.shop import AGENT, Shop


def status(shop: Shop) -> list[str]:
    return [shop.conversation(id_).status for id_ in (1, 2, 3)]


def test_every_shipped_key_runs_a_command_there_is() -> None:
    for context, keys in DEFAULTS.items():
        for key, line in keys.items():
            assert REGISTRY.parse(line), (context, key)


def test_every_menu_item_is_a_command_there_is() -> None:
    from omnitui.tui.keys import menus

    for name in menus.names():
        menu = menus.find(name)
        assert menu is not None
        assert len({item.key for item in menu.items}) == len(menu.items), name
        for item in menu.items:
            line = item.line + ("tomorrow" if item.line.endswith(" ") else "")
            assert REGISTRY.parse(line), item


async def test_close_undo_and_repeat(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("x")
        await ui.until(lambda: status(shop) == ["closed", "open", "open"])
        await ui.sees_no("Olena Koval")
        await ui.press("full_stop")
        await ui.until(lambda: status(shop) == ["closed", "closed", "open"])
        await ui.press("u")
        await ui.until(lambda: status(shop) == ["closed", "open", "open"])
        await ui.sees("Undone", "Piotr Lis")
        await ui.press("u")
        await ui.until(lambda: status(shop) == ["open", "open", "open"])
        await ui.press("u")
        await ui.sees("Nothing to undo")


async def test_marks_make_one_command_act_on_several_and_one_undo_takes_all_back(
    shop: Shop,
) -> None:
    async with shop.screen() as ui:
        await ui.press("space", "space")
        await ui.sees("2 marked")
        await ui.press("x")
        await ui.until(lambda: status(shop) == ["closed", "closed", "open"])
        await ui.sees("(2 conversations)")
        assert not ui.station.inbox.marked()
        await ui.press("u")
        await ui.until(lambda: status(shop) == ["open", "open", "open"])


async def test_mark_a_range(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("space", "j", "v")
        assert ui.station.inbox.marked() == {1, 2, 3}
        await ui.press("escape")
        assert not ui.station.inbox.marked()


async def test_a_menu_shows_what_the_next_key_does(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("3", "a")
        await ui.sees("Assign", "to me", "to nobody")
        await ui.press("a")
        await ui.until(lambda: shop.conversation(1).assignee == AGENT)
        await ui.press("s")
        await ui.sees("snooze until tomorrow 9:00")
        await ui.press("escape")
        await ui.sees("Olena Koval")
        await ui.type("sp")
        await ui.until(lambda: shop.conversation(1).status == "pending")


async def test_tags_are_chosen_from_a_list_or_made(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("t", "t")
        await ui.sees("Add a tag")
        await ui.type("refund")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(1).tags == ("refund",))
        await ui.press("j", "t", "t")
        await ui.sees("refund")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(2).tags == ("refund",))
        await ui.press("t", "r")
        await ui.sees("Remove a tag")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(2).tags == ())


async def test_the_line_completes_runs_and_remembers(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("colon")
        await ui.type("prio")
        await ui.sees("priority low|normal|high|urgent")
        await ui.press("tab")
        await ui.type("urg")
        await ui.press("tab", "enter")
        await ui.until(lambda: shop.conversation(1).priority == 2)
        await ui.press("j", "colon", "up")
        await ui.sees("priority urgent")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(2).priority == 2)
    assert "priority urgent" in (shop.config.home.state / "history").read_text()


async def test_what_is_wrong_with_a_line_is_one_sentence(shop: Shop) -> None:
    async with shop.screen() as ui:
        for line, sentence in [
            ("clsoe", "Did you mean “close”?"),
            ("snooze someday", "someday"),
            ("status sideways", "is not one of open, pending, closed"),
            ('priority "x', "quote that does not end"),
        ]:
            ui.app.commander.enter(line)
            await ui.until(lambda sentence=sentence: sentence in ui.sentence, sentence)


async def test_a_command_that_wants_more_asks_on_the_line(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("s", "z")
        await ui.type("2d")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(1).status == "snoozed")


async def test_the_palette_finds_by_what_a_command_does(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("ctrl+p")
        await ui.type("close the conv")
        await ui.sees("Close the conversation")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(1).status == "closed")


async def test_help_lists_the_keys_in_use_with_the_agents_own(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk", keys={"inbox": {"f9": "close", "x": ""}})
    shop.arrive("Olena Koval", "Where is it?")
    async with shop.screen((120, 90)) as ui:
        await ui.press("question_mark")
        await ui.sees("Inbox", "F9  Close the conversation")
        assert "x  Close" not in ui.text()
        await ui.press("escape", "x")
        assert shop.conversation(1).status == "open"
        await ui.press("f9")
        await ui.until(lambda: shop.conversation(1).status == "closed")


async def test_macros_run_by_name(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "desk", macros={"done": ("tag add done", "close")})
    shop.arrive("Olena Koval", "Thanks!")
    async with shop.screen() as ui:
        ui.app.commander.enter("macro done")
        await ui.until(lambda: shop.conversation(1).status == "closed")
        assert shop.conversation(1).tags == ("done",)
        await ui.press("u")
        await ui.until(lambda: shop.conversation(1).tags == ())


async def test_leaving_asks_once_by_q_and_not_by_ctrl_q(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("q")
        await ui.sees("Leave? Drafts are kept.")
        await ui.press("n")
        await ui.sees("Olena Koval")
        await ui.press("q", "q")
        await ui.until(lambda: ui.app._exit)


@pytest.mark.parametrize(
    ("context", "line", "shown"),
    [("inbox", "reply", "r"), ("reply", "reply send", "^S"), ("reply", "help", "F1")],
)
def test_hints_name_keys_that_work_there(context: str, line: str, shown: str) -> None:
    assert Keymap(merge({})).key_for(line, [context, "global"]) == shown


async def test_help_is_searched_and_is_there_in_what_lies_on_top(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("f1")
        await ui.sees("Inbox", "type what you look for")
        await ui.type("waits in the outbox")
        await ui.sees("Take back the last thing you did")
        await ui.sees_no("Highlight the next row.")
        await ui.press(*["backspace"] * 20)
        await ui.type("snooze monday")
        await ui.sees("s m  Status: snooze until Monday 9:00")
        await ui.type(" zzz")
        await ui.sees("Nothing matches")
        await ui.press("f1", "escape")
        await ui.sees_no("Nothing matches")
        await ui.press("ctrl+p")
        await ui.sees("what do you want to do?")
        await ui.press("f1")
        await ui.sees("Lists and the template picker")
        await ui.press("escape")
        await ui.sees("what do you want to do?")
