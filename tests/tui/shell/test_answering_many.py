"""One template to all who are marked."""

from __future__ import annotations

from dataclasses import replace

from store import drafts, outbox
from store.model import ConversationId
from tests.tui.shell.shop import AGENT, Shop

OLENA, PIOTR, BEN = ConversationId(1), ConversationId(2), ConversationId(3)
LATE = "---\ntitle: Late parcels\n---\nDear {{ customer.name }}, your parcel is late.\n"
SIZE = "---\ntitle: Size question\n---\nWhich size, {{ customer.name }}? {{ customer.shoe }}\n"


async def test_all_marked_get_it_but_those_where_something_stops_it(shop: Shop) -> None:
    templates = shop.config.home.templates
    templates.mkdir(parents=True, exist_ok=True)
    (templates / "late.md").write_text(LATE)
    (templates / "size.md").write_text(SIZE)
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("I am just")
        await ui.press("escape", "escape", "space", "space", "space", "T")
        await ui.type("late parcels")
        await ui.sees("Late parcels")
        await ui.press("enter")
        await ui.sees("“late” goes to 2 conversations.")
        await ui.sees("Olena Koval: You have begun a reply there.", "send all 2")
        await ui.press("y")
        await ui.sees("Sending in", "2 conversations")
        entries = shop.read(outbox.all)
        assert {entry.conversation_id for entry in entries} == {PIOTR, BEN}
        assert shop.messages(BEN)[-1].text == "Dear Ben Hughes, your parcel is late."
        assert shop.draft(OLENA) == "I am just"
        await ui.press("u")
        await ui.until(lambda: {e.state for e in shop.read(outbox.all)} == {"cancelled"})


async def test_what_nobody_can_get_is_not_offered(shop: Shop) -> None:
    templates = shop.config.home.templates
    templates.mkdir(parents=True, exist_ok=True)
    (templates / "size.md").write_text(SIZE)
    async with shop.screen((80, 24)) as ui:
        await ui.press("space", "space", "T")
        await ui.type("size question")
        await ui.press("enter")
        await ui.sees("goes to 0 conversations", "To be filled in: customer.shoe.")
        assert "send all" not in ui.text()
        await ui.press("n")
        assert shop.read(outbox.all) == []


async def test_somebody_who_writes_meanwhile_stops_it(shop: Shop) -> None:
    templates = shop.config.home.templates
    templates.mkdir(parents=True, exist_ok=True)
    (templates / "late.md").write_text(LATE)
    async with shop.screen((80, 24)) as ui:
        await ui.press("space", "space", "T")
        await ui.type("late parcels")
        await ui.press("enter")
        await ui.sees("send all 2")
        shop.arrive("Olena Koval", "Found!", in_reply_to="<1@customers.example>", minutes_ago=0)
        await ui.press("y")
        await ui.sees("nothing was sent")
        assert shop.read(outbox.all) == []


async def test_a_customer_with_several_of_them_gets_it_once(shop: Shop) -> None:
    other = shop.arrive("Olena Koval", "The zipper broke.", subject="Jacket", minutes_ago=10)
    templates = shop.config.home.templates
    templates.mkdir(parents=True, exist_ok=True)
    (templates / "late.md").write_text(LATE)
    async with shop.screen((80, 24)) as ui:
        for key, expected in (("y", {other, PIOTR, BEN}), ("a", {OLENA, other, PIOTR, BEN})):
            if key == "y":
                await ui.press("*", "T")
                await ui.type("late parcels")
            else:  # as a line it is asked about like that, too
                await ui.press("*", ":")
                await ui.type("reply with late")
            await ui.press("enter")
            await ui.sees(
                "“late” goes to 3 conversations.", "Olena Koval gets it once", "send all 3"
            )
            await ui.press(key)
            await ui.sees("Sending in")
            waiting = [one for one in shop.read(outbox.all) if one.state == "queued"]
            assert sorted(one.conversation_id for one in waiting) == sorted(expected)
            await ui.press("u")
            await ui.until(lambda: {e.state for e in shop.read(outbox.all)} == {"cancelled"})
            await ui.press("escape", "escape", "escape")
            for here in expected:
                shop.write(lambda db, here=here: drafts.delete(db, here, AGENT))  # type: ignore[misc]


async def test_a_macro_answers_a_customer_once_and_does_the_rest_for_all(shop: Shop) -> None:
    other = shop.arrive("Olena Koval", "The zipper broke.", subject="Jacket", minutes_ago=10)
    shop.config = replace(shop.config, macros={"late": ("reply with late", "tag add late")})
    templates = shop.config.home.templates
    templates.mkdir(parents=True, exist_ok=True)
    (templates / "late.md").write_text(LATE)
    async with shop.screen((160, 45)) as ui:
        await ui.press("*", ":")
        await ui.type("macro late")
        await ui.press("enter")
        await ui.sees(
            "(3 conversations). A customer gets it once, where they wrote last; left out: 1."
        )
        assert {entry.conversation_id for entry in shop.read(outbox.all)} == {other, PIOTR, BEN}
        assert all(shop.conversation(one).tags for one in (OLENA, other, PIOTR, BEN))
        await ui.press("u")
        await ui.until(lambda: {e.state for e in shop.read(outbox.all)} == {"cancelled"})
