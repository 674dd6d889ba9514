"""Every argument of the : line has its completion, from what the desk knows."""

from __future__ import annotations

from omnitui.tui.keys.completion import Completion
from store.model import ConversationId
from tests.tui.shell.shop import Shop, Ui

FIRST = ConversationId(1)


async def offered(ui: Ui, line: str) -> list[str]:
    """The lines that are offered for what was typed."""
    found = Completion(ui.app.commander.registry, ui.app.link, ui.station.bar.tabs)
    return [one.line for one in await found.candidates(line)]


CASES = [
    ("snooze tom", ["snooze tomorrow 9"]),
    ("snooze tomorrow ", ["snooze tomorrow 9"]),
    ("reply send mo", ["reply send mon 9"]),
    ("priority u", ["priority urgent"]),
    ("assign m", ["assign me"]),
    ("tag add vi", ["tag add vip"]),
    ("go ", ["go 3", "go 2", "go 1"]),
    ("go pio", ["go 2"]),
    ("join ol", ["join 1"]),
    ("person olena", ["person 1"]),
    ("customer relate ben", ["customer relate 3"]),
    ("reply via b", ["reply via bot"]),
    ("attendance away su", ["attendance away support"]),
    ("customer timezone Europe/Ky", ["customer timezone Europe/Kyiv"]),
    ("customer language p", ["customer language pl"]),
    ("only channel t", ["only channel telegram"]),
    ("menu pri", ["menu priority"]),
    ("close x", []),
]


async def test_arguments(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        ui.app.commander.enter("tag add vip")
        await ui.until(lambda: shop.conversation(FIRST).tags == ("vip",))
        for line, first in CASES:
            assert (await offered(ui, line))[: len(first) or 1] == first, line


async def test_tab_fills_in_and_enter_runs(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("colon")
        await ui.type("snooze tom")
        await ui.sees("tomorrow 9")
        await ui.press("tab", "enter")
        await ui.until(lambda: shop.conversation(FIRST).status == "snoozed")
        # The history has it, and another one is found by how it began.
        await ui.press("colon", "up")
        await ui.sees(":snooze tomorrow 9")


async def test_of_a_line_that_is_too_long_its_end_is_seen(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("colon")
        await ui.type(f"note {'word ' * 20}THE END")
        await ui.sees("word THE END")


async def test_what_changes_below_a_line_is_seen_beside_it(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("colon")
        await ui.type("tag add urg")
        await ui.sees("tag add urg")
        shop.arrive("Nina New", "Are you open on Sunday?", subject="Sunday", minutes_ago=1)
        await ui.sees("Nina New", "tag add urg")
