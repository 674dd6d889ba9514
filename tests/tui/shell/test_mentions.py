"""Naming a colleague in a note, and handing over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.model import AgentSettings
from omnitui.desk.context import Desk
from omnitui.desk.replying import reply
from store import mentions
from tests.tui.shell.shop import AGENT, Shop


def team(shop: Shop) -> Shop:
    called = {AGENT: "", "olena": "Olena Bondar", "piotr": ""}
    agents = {user: AgentSettings(name=name) for user, name in called.items()}
    return Shop(replace(shop.config, agents=agents), shop.numbers)


async def test_a_note_names_a_colleague_and_is_handed_over(shop: Shop) -> None:
    async with team(shop).screen((80, 24)) as ui:
        here = ui.station.inbox.selected
        assert here is not None
        await ui.press("i")
        await ui.type("@bond")
        await ui.sees("Colleague", "Olena Bondar")
        await ui.press("enter")
        await ui.type("please call her")
        await ui.sees("@olena please call her")
        await ui.press("f3", "h")
        await ui.until(lambda: shop.conversation(here).assignee == "olena")
        assert shop.messages(here)[-1].text == "@olena please call her"
        assert shop.read(lambda db: mentions.unseen(db, "olena")) == 1
        await ui.sees("Handed over to olena.", "NOTE")
        await ui.press("u")
        await ui.until(lambda: shop.conversation(here).assignee == "")
        await ui.sees("struck out")


async def test_an_at_that_names_nobody_is_text(shop: Shop) -> None:
    async with team(shop).screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("Write to me@shop.example, @ann")
        await ui.sees("Write to me@shop.example, @ann")
        await ui.press("ctrl+n")
        await ui.type(" @19:00")
        await ui.sees("Colleague")
        await ui.press("escape")
        await ui.sees("@ann @19:00")
        await ui.type(" x@y")
        await ui.sees("@19:00 x@y")
        await ui.press("f3", "h")
        await ui.sees("Colleague")
        await ui.type("piotr")
        await ui.press("enter")
        await ui.sees("Handed over to piotr.")


async def test_who_is_named_is_told_at_once(shop: Shop, tmp_path: Path) -> None:
    here = shop.arrive("Nora Bell", "Nobody reads this yet.")
    named = team(shop)
    async with named.screen((80, 24)) as ui:
        shop.write(
            lambda db: reply.add_note(Desk(db, named.config, "olena"), here, "@ann look please")
        )
        await ui.sees("olena names you in a note")
