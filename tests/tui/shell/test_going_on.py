"""The link to go on in Telegram, and who is who: by command, asked about, undone."""

from __future__ import annotations

from connectors.contract import Address, Notice
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from store import accounts, customers, identities, messages
from store.clock import now
from store.driver import Connection
from tests.tui.shell.shop import Shop, Ui


def bot(shop: Shop) -> None:
    able = {"link": "https://t.me/acme_bot?start={payload}"}
    shop.write(lambda db: accounts.ensure(db, "bot", "telegram", capabilities=able))


async def command(ui: Ui, line: str) -> None:
    await ui.press("colon")
    await ui.type(f"{line}\n")


async def test_the_link_stands_in_the_reply_and_is_undone(shop: Shop) -> None:
    bot(shop)
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Hello!")
        await ui.press("escape")
        await command(ui, "link")
        await ui.sees("good once", "Draft: Hello! You can go on")
        assert shop.draft(1).startswith("Hello!\n\n")
        await ui.press("u")
        await ui.until(lambda: shop.draft(1) == "Hello!")
        await ui.sees_no("You can go on")


async def test_from_the_reply_box_it_is_two_keys(shop: Shop) -> None:
    bot(shop)
    async with shop.screen() as ui:
        await ui.press("r")
        await ui.type("Hello!")
        await ui.press("f2")
        await ui.sees("go on in Telegram")
        await ui.press("l")
        await ui.sees("good once", "You can go on")
        await ui.until(lambda: shop.draft(1).startswith("Hello!\n\n"))
        assert ui.station.box.writing


async def test_two_customers_become_one_and_two_again(shop: Shop) -> None:
    def owners() -> list[int]:
        return [shop.conversation(n).customer_id for n in (1, 2)]  # type: ignore[arg-type]

    one, other = owners()
    assert one != other
    async with shop.screen() as ui:
        await command(ui, f"customer merge {other}")
        await ui.sees("Make one customer of two", "piotr@piotr.example")
        await ui.press("enter")
        await ui.until(lambda: owners() == [one, one])
        await ui.sees("as merge 1")
        await ui.press("u")
        await ui.until(lambda: owners() == [one, other])


async def test_who_opened_a_link_is_seen_at_once(shop: Shop) -> None:
    bot(shop)
    async with shop.screen() as ui:
        await command(ui, "link")
        await ui.sees("good once")
        payload = shop.draft(1).partition("?start=")[2].split()[0]
        await ui.press("r", "ctrl+s")
        await ui.until(lambda: len(shop.messages(1)) > 1)  # type: ignore[arg-type]

        def opened(db: Connection) -> None:
            carrier = max(m.id for m in messages.of_conversation(db, 1))  # type: ignore[arg-type]
            messages.set_state(db, carrier, "sent")
            notice = Notice(
                "900", "started", now(), "42", Address("42", "Olena K"), text=payload,
                proofs=("platform",), details={"username": "olenka"},
            )  # fmt: skip
            desk = Desk(db, shop.config, "engine")
            intake.accept(desk, accounts.get(db, "bot"), [notice])

        shop.write(opened)
        await ui.press("1", "3")
        await command(ui, "go 1")
        await ui.sees("one-time link opened by Olena K (@olenka)")
        found = shop.read(lambda db: identities.find(db, "telegram", "42"))
        assert found is not None
        assert shop.read(lambda db: customers.current(db, found.customer_id)) == found.customer_id
