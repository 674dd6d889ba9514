"""The raw mail, its details, the accounts: over the screen, by key, by command, in the palette."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnitui.tui.screens.pager import Pager
from store import accounts, conversations, customers, vocabulary
from store.clock import now
from store.driver import Connection
from tests.tui.shell.shop import HOUR, Shop, Ui

RAW = (
    b"From: Dana Fox <dana@dana.example>\r\nSubject: Zipper\r\nX-Odd: \x1b]0;owned\x07\r\n"
    b"\r\nThe zipper broke.\r\n" + b"filler line\r\n" * 4000 + b"the very last needle\r\n"
)


async def open_dana(shop: Shop, ui: Ui) -> None:
    await ui.press("colon")
    await ui.type("view all\n")
    dana = shop.read(lambda db: conversations.all(db)[0]).id
    await ui.press("colon")
    await ui.type(f"go {dana}\n")
    await ui.sees("The zipper broke.")


def dana_writes(shop: Shop, raw: bytes | Path = RAW, subject: str = "Zipper") -> None:
    shop.arrive(
        "Dana Fox",
        "The zipper broke.",
        subject=subject,
        raw=raw,
        minutes_ago=0,
        defects=["no Date", "8-bit text without a charset, read as utf-8"],
    )


async def test_the_raw_mail_is_a_key_away_and_harmless(shop: Shop) -> None:
    dana_writes(shop)
    async with shop.screen((80, 24)) as ui:
        await open_dana(shop, ui)
        await ui.press("H")
        await ui.sees("X-Odd: ␛]0;owned␇", "The zipper broke.", "filler line")
        await ui.press("slash")
        await ui.type("NEEDLE\n")
        await ui.sees("the very last needle")
        await ui.press("slash")
        await ui.type("nowhere at all\n")
        await ui.sees("is not in it.")
        await ui.press("g")
        await ui.sees("X-Odd")
        await ui.press("G")
        await ui.sees("the very last needle")
        for _ in range(3):
            await ui.press("pageup", "k")
        await ui.sees("filler line")
        await ui.press("escape")
        await ui.sees("Zipper")
        assert not isinstance(ui.app.screen, Pager)


async def test_a_raw_mail_in_a_file_is_read_by_window(shop: Shop, tmp_path: Path) -> None:
    big = tmp_path / "big.eml"
    big.write_bytes(RAW + b"y" * 3_000_000 + b"\r\nend of it\r\n")
    dana_writes(shop, big)
    async with shop.screen() as ui:
        await open_dana(shop, ui)
        await ui.press("H")
        await ui.sees("X-Odd")
        await ui.press("G")
        await ui.sees("end of it")
        await ui.press("q")


async def test_the_raw_mail_is_saved(shop: Shop, tmp_path: Path) -> None:
    dana_writes(shop)
    async with shop.screen() as ui:
        await open_dana(shop, ui)
        await ui.press("colon")
        await ui.type(f"save raw {tmp_path}/kept\n")
        await ui.sees("Saved as")
        assert (tmp_path / "kept.eml").read_bytes() == RAW
        await ui.press("colon")
        await ui.type(f"save raw {tmp_path}/kept.eml\n")
        await ui.sees("is there already")
        assert (tmp_path / "kept.eml").read_bytes() == RAW
        await ui.press("colon")
        await ui.type(f"save raw {tmp_path}\n")
        await ui.until(lambda: (tmp_path / "Zipper.eml").exists())


async def test_a_subject_is_no_command_on_the_line_that_saves(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    dana_writes(shop, subject="Zipper ; tag add pwned")
    async with shop.screen() as ui:
        await open_dana(shop, ui)
        await ui.press("H", "w")
        await ui.sees("save raw")
        await ui.press("enter")
        await ui.sees("Saved as")
        assert not shop.read(vocabulary.tags)
    assert (tmp_path / "Zipper ; tag add pwned.eml").exists()


async def test_details_say_in_words_what_was_odd(shop: Shop) -> None:
    dana_writes(shop)
    async with shop.screen((80, 24)) as ui:
        await open_dana(shop, ui)
        await ui.sees("⚠2")
        await ui.press("D")
        await ui.sees("Dana Fox <dana@dana.example>", "arrived", "nothing proves the sender")
        await ui.sees("no Date", "8-bit text without a charset")
        await ui.press("H")
        await ui.sees("X-Odd")
        await ui.press("D")
        await ui.sees("nothing proves the sender")
        await ui.press("escape")
        await ui.sees("Zipper")


async def test_a_message_that_came_as_no_mail_has_no_raw_one(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter")
        await ui.press("H")
        await ui.sees("There is no raw mail of this message")
        await ui.press("D")
        await ui.sees("Details of this message")
        await ui.press("escape", "escape")
        await ui.press("H")
        await ui.until(lambda: ui.station.focused_pane == "inbox")


async def test_accounts_say_what_works_and_since_when(shop: Shop) -> None:
    def states(db: Connection) -> None:
        mail = accounts.get(db, "support")
        bot = accounts.get(db, "bot")
        accounts.set_state(db, mail.id, "online", "catching up: 1,200 of 5,000", now() - HOUR)
        accounts.set_state(db, bot.id, "retrying", "api.example does not answer", now() - HOUR)
        accounts.succeeded(db, bot.id, now() - 2 * HOUR)

    shop.write(states)
    async with shop.screen((80, 24)) as ui:
        await ui.sees("bot: retrying – api.example does not answer · worked 2h ago")
        await ui.press("A")
        await ui.sees("support@acme.example", "● works", "catching up: 1,200 of 5,000")
        await ui.sees("api.example does not answer", "last success  2h ago", "never yet")
        text = ui.text()
        assert text.index("@acme ") < text.index("support@acme.example")  # trouble first
        await ui.press("escape")
        await ui.sees_no("last success")


async def test_a_bot_that_works_says_what_it_does(shop: Shop) -> None:
    def works(db: Connection) -> None:
        accounts.set_state(db, accounts.get(db, "bot").id, "online", "@acme_bot", now() - HOUR)

    shop.write(works)
    async with shop.screen((80, 24)) as ui:
        await ui.press("A")
        await ui.sees("receives messages as @acme_bot")
        await ui.press("escape")
        await ui.sees_no("last success")
        gone = "It is not in config.toml any more."
        shop.write(
            lambda db: accounts.set_state(db, accounts.get(db, "bot").id, "stopped", gone, now())
        )
        await ui.press("A")
        await ui.sees(f"why           {gone}")


async def test_the_sender_of_a_forwarded_mail_becomes_the_customer(shop: Shop) -> None:
    from connectors.contract import Address, Forwarded

    jane = Forwarded(Address("jane@elsewhere.example", "Jane Doe"))
    shop.arrive(
        "Ann", "See below.", address="ann@acme.example", minutes_ago=0, quoted="Hello, Jane",
        subject="Zipper", forwarded=jane, raw=RAW,
    )  # fmt: skip
    given = shop.read(lambda db: conversations.all(db)[0])
    async with shop.screen() as ui:
        await ui.press("colon")
        await ui.type(f"go {given.id}\n")
        await ui.sees("forwarded from Jane Doe <jane@elsewhere.example>", "Hello, Jane")
        await ui.press("F")
        await ui.until(lambda: customer_of(shop, given.id) == "Jane Doe")
        await ui.until(lambda: ui.station.timeline.customer_id == customer_id(shop, given.id))
        await ui.sees("Hello, Jane")
        await ui.press("u")
        await ui.until(lambda: customer_of(shop, given.id) != "Jane Doe")


def customer_id(shop: Shop, conversation: int) -> int:
    return shop.read(lambda db: conversations.get(db, conversation)).customer_id


def customer_of(shop: Shop, conversation: int) -> str:
    found = customer_id(shop, conversation)
    return shop.read(lambda db: customers.get(db, found)).name


async def test_unfolding_by_command_and_by_key_is_the_same(shop: Shop) -> None:
    shop.arrive("Dana Fox", "It broke.", subject="Zipper", minutes_ago=0, quoted="> one\n> two")
    async with shop.screen() as ui:
        await ui.press("enter")
        dana = shop.read(lambda db: conversations.all(db)[0])
        await ui.press("colon")
        await ui.type(f"go {dana.id}\n")
        await ui.sees("▸ quoted, 2 lines  Z")
        await ui.press("Z")
        await ui.sees("> two")
        await ui.press("space")
        await ui.sees("▸ quoted, 2 lines")
        await ui.press("colon")
        await ui.type("unfold quote\n")
        await ui.sees("> two")
