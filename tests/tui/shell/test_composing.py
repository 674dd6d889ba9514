"""Writing first from the screen, and noting calls: what an agent types and reads."""

from __future__ import annotations

from store import conversations, customers, identities
from store import outbox as store_outbox
from store.clock import now
from store.driver import Connection
from store.model import Conversation, CustomerId, Message
from tests.tui.shell.shop import AGENT, Shop, Ui


def rooms(shop: Shop) -> list[Conversation]:
    return shop.read(lambda db: conversations.all(db))


def newest(shop: Shop) -> Conversation:
    return max(rooms(shop), key=lambda one: one.id)


def last(shop: Shop) -> Message:
    return shop.messages(newest(shop).id)[-1]


async def test_a_mail_to_a_new_address(shop: Shop) -> None:
    before = len(rooms(shop))
    async with shop.screen((80, 24)) as ui:
        await ui.press("c")
        await ui.sees("Write to", "✉ olena@olena.example")
        await ui.type("eve@new.example")
        await ui.sees("new address “eve@new.example”")
        await ui.press("enter")
        await ui.sees("Subject of the mail to eve@new.example")
        await ui.type("Your parcel")
        await ui.press("enter")
        await ui.sees(" NEW ", "Subject: Your parcel", "eve@new.example")
        await ui.type("It is here.")
        await ui.press("ctrl+s")
        await ui.until(lambda: len(rooms(shop)) == before + 1)
        await ui.until(lambda: bool(shop.messages(newest(shop).id)))
        message = last(shop)
        assert (message.text, message.subject) == ("It is here.", "Your parcel")
        assert [one.address for one in message.recipients] == ["eve@new.example"]
        found = newest(shop)
        assert (found.status, found.assignee) == ("pending", AGENT)
        await ui.press("escape", "1")
        await ui.sees("eve@new.example")
        await ui.press("u")
        await ui.until(lambda: shop.draft(found.id) == "It is here.")


async def test_to_the_customer_in_view_and_what_is_unfinished(shop: Shop) -> None:
    def prepare(db: Connection) -> None:
        found = customers.find(db, "Olena")[0]
        identities.add(db, found.id, "telegram", "777", proof="agent", at=1)

    shop.write(prepare)
    before = len(rooms(shop))
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter", "c")
        await ui.sees("has to write first")
        await ui.press("down", "enter")
        await ui.sees("nobody can write first there")
        await ui.press("c")
        await ui.sees("olena@olena.example")
        await ui.press("enter")
        await ui.sees("Something is unfinished with Olena Koval", "go on with “")
        await ui.press("1")
        await ui.until(lambda: ui.station.box.writing)
        assert len(rooms(shop)) == before
        await ui.press("escape", "c", "enter")
        await ui.sees("begin a new matter")
        await ui.press("n")
        await ui.sees("Subject of the mail")
        await ui.type("Another thing")
        await ui.press("enter")
        await ui.sees("Subject: Another thing")
        assert len(rooms(shop)) == before + 1
        found = newest(shop)
        assert found.customer_name == "Olena Koval"


async def test_to_somebody_who_has_written_nothing_yet(shop: Shop) -> None:
    def imported(db: Connection) -> CustomerId:
        made = customers.create(db, name="Nina Ray", at=now())
        for at in ("work", "ray"):
            identities.add(db, made, "email", f"nina@{at}.example", proof="agent", at=now())
        return made

    shop.write(imported)
    async with shop.screen((160, 45)) as ui:
        await ui.press("w")
        await ui.type("nina\n")
        await ui.sees("No messages yet")
        await ui.press("r")
        await ui.sees("Write to", "nina@ray.example", "nina@work.example")
        await ui.type("ray.ex")
        await ui.sees("nina@ray.example")
        await ui.press("enter")
        await ui.type("Welcome\n")
        await ui.sees(" NEW ", "→ nina@ray.example")
        await ui.press("escape")
        await ui.sees("nothing is left of it")
        assert ui.station.reading.customer_id is not None, "her card is in view again"
    assert shop.read(lambda db: customers.find(db, "Nina")) != []


async def test_what_was_begun_and_left_empty_is_gone(shop: Shop) -> None:
    before = rooms(shop)
    async with shop.screen((160, 45)) as ui:
        await ui.press("down")
        await ui.sees("▾ Colour")
        await begin(ui, "eve@new.example", "Never mind")
        assert len(rooms(shop)) == len(before) + 1
        await ui.sees("No messages yet")
        await ui.sees_no("▾ Colour")
        await ui.press("escape")
        await ui.sees("nothing is left of it", "▾ Colour")
        assert rooms(shop) == before
        assert shop.read(lambda db: identities.find(db, "email", "eve@new.example")) is None


async def test_a_draft_keeps_it_and_is_found_again(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await begin(ui, "eve@new.example", "Later")
        await ui.type("To be continued")
        made = newest(shop)
        await ui.until(lambda: shop.draft(made.id) == "To be continued")  # a crash loses nothing
        await ui.press("escape")
        await ui.sees("Kept as a draft")
        await ui.press("escape")
        await ui.press("1")
        await ui.sees("Later", "not sent yet")
        await ui.type(f":go {made.id}\n")
        await ui.sees("To be continued")
        await ui.press("r")
        await ui.sees(" NEW ", "Subject: Later")
        await ui.type(":")
        await ui.press("escape")
        await ui.type(":compose discard\n")
        await ui.until(lambda: made.id not in [one.id for one in rooms(shop)])


async def test_the_same_by_a_line(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.type(":compose eve@new.example support Good news\n")
        await ui.sees(" NEW ", "Subject: Good news")
        made = newest(shop)
        await ui.type("Hello")
        await ui.press("f5", "e")
        await ui.type("Better news\n")
        await ui.sees("Subject: Better news")
        await ui.press("ctrl+s")
        await ui.until(lambda: bool(shop.messages(made.id)))
        assert last(shop).subject == "Better news"
        sent = last(shop).id
        state = shop.read(lambda db: store_outbox.get(db, sent).state)
        assert state == "queued"
        await ui.type(":compose nobody\n")
        await ui.sees("Nobody is called")


async def test_a_call_is_noted_with_two_keys(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        chosen = ui.station.inbox.selected
        assert chosen is not None
        await ui.press("L")
        await ui.sees("Note a contact with", " Call ")
        await ui.type("12m Wants the invoice +again")
        await ui.sees("12 minutes")
        await ui.press("enter")
        await ui.sees("Noted: Call, 12 minutes.")
        message = shop.messages(chosen)[-1]
        assert (message.channel, message.text) == ("phone", "Wants the invoice +again")
        assert shop.conversation(chosen).waiting_since is None
        await ui.press("enter")
        await ui.sees("Wants the invoice", "call · 12 minutes")
        await ui.press("u")
        await ui.until(lambda: shop.messages(chosen)[-1].state == "cancelled")
        assert shop.conversation(chosen).waiting_since is not None


async def test_the_form_says_what_it_was(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        chosen = ui.station.inbox.selected
        assert chosen is not None
        await ui.press("L", "tab", "tab")
        await ui.sees(" Visit ", "from them to us")
        await ui.press("up", "up", "down", "pageup", "pagedown", "pagedown", "pagedown", "pagedown")
        await ui.sees("from us to them", "1 minute", "and close")
        await ui.press("enter")
        await ui.until(lambda: shop.conversation(chosen).status == "closed")
        assert shop.messages(chosen)[-1].channel == "visit"
        await ui.type(":log missed out\n")
        await ui.press("L", "escape")
        assert len(rooms(shop)) > 0


async def begin(ui: Ui, address: str, subject: str) -> None:
    await ui.press("c")
    await ui.type(address)
    await ui.press("enter")
    await ui.sees("Subject of the mail")
    await ui.type(subject)
    await ui.press("enter")
    await ui.sees(" NEW ")
