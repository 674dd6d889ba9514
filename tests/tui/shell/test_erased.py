"""Somebody is erased while they are on the screen: by this agent, and by another one."""

from __future__ import annotations

from omnitui.desk.context import Desk
from omnitui.desk.data_rights import erasing
from store import customers
from store.driver import Connection
from tests.tui.shell.shop import Shop


async def test_who_is_erased_leaves_the_screen(shop: Shop) -> None:
    def names() -> set[str]:
        return {one.name for one in shop.read(customers.find)}

    async with shop.screen() as ui:
        await ui.sees("Olena Koval", "Where is my order 17?")
        await ui.press("colon")
        await ui.type("customer erase\n")
        await ui.sees("customer erase Olena Koval")
        await ui.press("colon")
        await ui.type("customer erase olena koval\n")
        await ui.until(lambda: names() == {"Piotr Lis", "Ben Hughes"})
        await ui.sees("They are erased")
        await ui.sees_no("order 17")

        await ui.press("home", "enter")
        await ui.sees("Does the jacket come in blue?")
        await ui.press("r")
        await ui.type("We have it in")

        def erase(db: Connection) -> None:
            who = next(one for one in customers.find(db) if one.name == "Piotr Lis")
            erasing.erase(Desk(db, shop.config, "bob"), who.id)

        shop.write(erase)
        await ui.sees_no("jacket")
        await ui.press("escape", "escape")
        await ui.sees("Ben Hughes")
        assert names() == {"Ben Hughes"}
