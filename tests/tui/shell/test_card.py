"""The customer card by keyboard: what an agent types, and what the screen says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omnitui.desk.command import split_commands
from omnitui.tui.keys.completion import Completion
from omnitui.tui.widgets.card_section import Row
from store import claims, customers, identities, suggestions
from store.clock import now
from store.driver import Connection
from store.model import Claim, ConversationId, Customer, CustomerId
from tests.tui.shell.shop import Shop, Ui

OLENA, PIOTR = CustomerId(1), CustomerId(2)


def customer(shop: Shop, id_: CustomerId = OLENA) -> Customer:
    return shop.read(lambda db: customers.get(db, id_))


def notes(shop: Shop, id_: CustomerId = OLENA) -> list[str]:
    return [one.text for one in shop.read(lambda db: customers.notes(db, id_))]


async def on_row(ui: Ui, what: Callable[[Row], bool]) -> None:
    """Move the card's cursor down to a row."""
    for _ in range(30):
        row = ui.station.card.selected
        if row is not None and what(row):
            return
        await ui.press("j")
    raise AssertionError(f"no such row:\n{ui.text()}")


async def test_facts_are_changed_where_they_stand(shop: Shop) -> None:
    shop.write(lambda db: customers.add_tag(db, OLENA, "vip"))
    async with shop.screen((200, 50)) as ui:
        await ui.sees("olena@olena.example", "#vip")
        await ui.press("C", "enter")
        await ui.sees("Name", "Enter keep")
        await ui.type(" (Kyiv)\n")
        await ui.sees("Card changed.", "Olena Koval (Kyiv)")
        await ui.press("u")
        await ui.until(lambda: customer(shop).name == "Olena Koval")
        # What the desk does not take is said in place, and the text stays.
        await ui.press("E", "a")
        await ui.type("pigeon\n")
        await ui.until(lambda: ui.app.screen.query_one("#problem").has_class("-shown"))
        assert "pigeon" in ui.text()
        await ui.press("escape")
        # Choosers filter by what things are called.
        await ui.press("E", "l")
        await ui.type("ukr\n")
        await ui.sees("Ukrainian · set by hand")
        await ui.press("E", "z")
        await ui.type("kyiv\n")
        await ui.until(lambda: customer(shop).timezone == "Europe/Kyiv")
        await ui.sees(" Kyiv")
        await ui.press("E", "t")
        await ui.type("wholesale\n")
        await ui.sees("#vip #wholesale")
        await on_row(ui, lambda row: row.key == "tags")
        await ui.press("d")
        await ui.sees("Remove a tag")
        await ui.type("vip\n")
        await ui.until(lambda: customer(shop).tags == ("wholesale",))
        await ui.press("u")
        await ui.sees("#vip #wholesale")


async def test_notes_have_lines_and_are_kept_unfinished_changed_and_removed(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("C")
        await ui.sees("Addresses")
        await ui.sees_no("Broken cup")  # the card has the whole screen
        await ui.press("n")
        await ui.type("Calls are\nbest")
        await ui.press("escape")
        await ui.sees("not kept yet")
        assert notes(shop) == []
        await ui.press("n")
        await ui.type(" after six")
        await ui.press("ctrl+s")
        await ui.until(lambda: notes(shop) == ["Calls are\nbest after six"])
        await ui.sees("Notes", "best after six", "— ann")
        await on_row(ui, lambda row: row.key.startswith("note "))
        await ui.press("enter")
        await ui.type("!")
        await ui.press("ctrl+s")
        await ui.sees("best after six!", "edited")
        await ui.press("d")
        await ui.sees_no("best after six!")
        assert notes(shop) == []
        await ui.press("u")
        await ui.sees("best after six!")


def suggest(db: Connection) -> None:
    suggestions.same_person(
        db, OLENA, PIOTR, "answered-our-mail", evidence={"address": "o@x.example"}, at=now()
    )


async def test_a_suggestion_is_decided_by_one_key_anywhere_and_undone(shop: Shop) -> None:
    shop.write(suggest)
    async with shop.screen((200, 50)) as ui:
        await ui.sees("Perhaps the same person", "answered our mail", "+ one person")
        await ui.press("+")
        await ui.sees("Made one with", "Piotr Lis · by ann")
        await ui.sees_no("Perhaps the same person")
        await ui.press("u")
        await ui.sees("Perhaps the same person")
        await ui.sees_no("Made one with")
        await ui.press("enter", "-")
        await ui.sees("Noted: two persons.")
        await ui.sees_no("Perhaps the same person")
        await ui.press("u")
        await ui.sees("Perhaps the same person")
        # On the card Enter asks what to do, and shows the other first; back comes back.
        await ui.press("C")
        await on_row(ui, lambda row: bool(row.suggestion))
        await ui.press("enter", "o")
        await ui.sees("Does the jacket come in blue?", "Esc goes back to Olena Koval.")
        assert ui.station.card.customer_id == PIOTR
        await ui.press("escape")
        await ui.until(lambda: ui.station.reading.customer_id == OLENA)
        await ui.sees("Where is my order 17?")
        await ui.until(lambda: ui.station.card.has_focus)
        assert ui.station.card.selected is not None
        assert ui.station.card.selected.suggestion
        await ui.press("-", "-")
        await ui.sees("Nobody is suggested")


@pytest.mark.parametrize("size", [(200, 50), (80, 24)])
async def test_who_never_wrote_is_found_and_worked_on(shop: Shop, size: tuple[int, int]) -> None:
    def imported(db: Connection) -> CustomerId:
        made = customers.create(db, name="Żaneta Wójcik", company="Mleczarnia", at=now())
        identities.add(db, made, "phone", "+48600100200", at=now())
        return made

    made = shop.write(imported)
    async with shop.screen(size) as ui:
        await ui.press("w")
        await ui.sees("Customers", "never")
        await ui.type("zan")
        await ui.sees("Mleczarnia")
        await ui.press("enter")
        await ui.until(lambda: ui.station.reading.customer_id == made)
        assert ui.station.reading.current is None
        # There is nothing to read of them, so the cursor is on the card.
        await ui.sees("Żaneta Wójcik", "Mleczarnia", "+48600100200")
        await ui.press("enter")
        await ui.type(" II\n")
        await ui.sees("Żaneta Wójcik II")
        await ui.press("u")
        await ui.until(lambda: customer(shop, made).name == "Żaneta Wójcik")
        await ui.press("r")
        await ui.sees("Write to", "no address that an account")


async def test_the_cursor_stays_on_what_it_was_on(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("C")
        await on_row(ui, lambda row: row.key.startswith("identity "))
        shop.write(lambda db: [customers.add_note(db, OLENA, "bob", "Hello", now())])
        for line in ("customer company ACME\n", "customer tag new\n"):
            await ui.press(":")
            await ui.type(line)
        await ui.sees("ACME", "#new")
        row = ui.station.card.selected
        assert row is not None
        assert row.key.startswith("identity ")
        await ui.press("enter")
        await ui.sees("copy it", "write to it")
        await ui.press("w")
        await ui.until(lambda: ui.station.box.writing)
        await ui.sees("olena@olena.example")


async def test_two_are_made_one_with_what_an_agent_chose(shop: Shop) -> None:
    def differ(db: Connection) -> None:
        customers.update(db, OLENA, company="ACME")
        customers.update(db, PIOTR, company="Bakery 東京")

    shop.write(differ)
    async with shop.screen((80, 24)) as ui:
        await ui.press("E", "m")
        await ui.sees("Who is the same person as Olena Koval?")
        await ui.type("piotr\n")
        await ui.sees("Make one customer of two", "● Olena Koval", "○ Piotr Lis", "○ Bakery 東京")
        for _ in range(5):
            if "▌Company" in ui.text():
                break
            await ui.press("down")
        await ui.press("space")
        await ui.sees("○ ACME", "● Bakery 東京")
        await ui.press("enter")
        await ui.sees_no("Make one customer of two")
        await ui.until(lambda: customer(shop).company == "Bakery 東京")
        assert customer(shop).name == "Olena Koval"
        await ui.press("u")
        await ui.until(lambda: customer(shop).company == "ACME")
        assert customer(shop, PIOTR).company == "Bakery 東京"


async def test_erasing_says_what_goes_and_wants_the_name(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter", "E", "e")
        await ui.sees("Erase Olena Koval for good?")
        await ui.type("Olena\n")
        await ui.sees("nothing was erased")
        assert customer(shop).name == "Olena Koval"
        await ui.press("escape", "E", "e")
        await ui.type("Olena Koval\n")
        await ui.until(lambda: not customer(shop).name)
        await ui.sees_no("Where is my order 17?")


async def test_what_strangers_call_themselves_is_no_command(shop: Shop) -> None:
    """A form on the web site is filled in by anybody."""
    name = "Eve ; tag add pwned"
    said = Claim(OLENA, "name", name, name, "form", None, now())
    shop.write(lambda db: claims.keep(db, [said]))
    (shop.config.home.config / "a ; tag add pwned.pdf").touch()
    async with shop.screen((200, 50)) as ui:
        await ui.press("enter")
        ui.app.commander.press(f"card claim name '{name}'")
        await ui.sees("find customers by it")
        await ui.press("f")
        await ui.sees(name)  # looked for
        await ui.press("escape")
        shop.write(lambda db: customers.update(db, OLENA, name=name))
        completion = Completion(ui.app.commander.registry, ui.app.link, ())
        (file,) = await completion.candidates(f"attach {shop.config.home.config}/a")
        names = await completion.candidates("filter customer:eve")
        assert all(len(split_commands([one.line])) == 1 for one in (file, *names))
    assert shop.conversation(ConversationId(1)).tags == ()
