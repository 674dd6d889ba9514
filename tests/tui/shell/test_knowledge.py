"""The knowledge base beside the reply, and templates made on the screen: what is pressed, and
what the screen says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from store import article_uses, customers, template_uses
from store.driver import Connection
from store.model import CustomerId
from tests.tui.shell.shop import AGENT, Shop, Ui

RETURNS = """---
title: Returns and refunds
tags: [money]
url: https://help.acme.example/returns
---
Send it back within **30 days**.

## How long a refund takes

Three working days.

## Labels

1. Print it
2. Stick it on
"""
SIZES = "---\ntitle: Sizes of boots\n---\nMeasure in the evening.\n"


@pytest.fixture
def library(shop: Shop) -> Path:
    folder = shop.config.home.articles
    folder.mkdir(parents=True)
    (folder / "returns.md").write_text(RETURNS)
    (folder / "sizes.md").write_text(SIZES)
    return folder


async def writing(ui: Ui, text: str = "") -> None:
    await ui.press("enter", "r")
    await ui.type(text)


def focused(ui: Ui) -> str:
    return ui.station.focused_pane


def reply(ui: Ui) -> str:
    return ui.station.box.text


def unwrapped(ui: Ui) -> str:
    """The screen without any spaces: where a path is broken is a matter of how long it is."""
    return "".join(re.split(r"[\s│┃▐]+", ui.text()))


def highlighted(ui: Ui) -> str:
    found = ui.station.timeline.selected_message
    return found.text if found else ""


async def test_two_question_marks_open_what_fits_their_message(shop: Shop, library: Path) -> None:
    shop.arrive("Ann Lee", "Which size of boots do I need?", minutes_ago=600)
    async with shop.screen((80, 24)) as ui:
        await writing(ui, "Hello! ??")
        await ui.sees("What they wrote may be about:", "Sizes of boots", "Measure in the evening.")
        assert focused(ui) == "articles"
        await ui.sees("Hello! ??")  # the reply stays in view
        await ui.type("refund")
        await ui.sees("1 article", "30 days")
        await ui.press("enter")
        await ui.until(lambda: "Labels" in reply(ui))
        assert reply(ui).startswith("Hello! Send it back within **30 days**.\n\n**How long")
        assert focused(ui) == "reply"
        await ui.sees_no("1 article")
        await ui.press("ctrl+z")
        await ui.until(lambda: reply(ui) == "Hello! ??")
    assert shop.read(lambda db: article_uses.ranks(db, AGENT)) == {"returns": 1}


async def test_what_is_typed_fast_is_looked_up_before_enter(shop: Shop, library: Path) -> None:
    async with shop.screen((160, 45)) as ui:
        await writing(ui)
        await ui.press("f8")
        await ui.type("sizes\n")
        await ui.until(lambda: reply(ui) == "Measure in the evening.")


async def test_a_part_or_the_link_is_taken(shop: Shop, library: Path) -> None:
    async with shop.screen((160, 45)) as ui:
        await writing(ui, "Look: ")
        await ui.press("f8")
        await ui.type("refund")
        await ui.sees("How long a refund takes")
        await ui.press("tab", "tab")
        await ui.sees("Only: Labels")
        await ui.press("shift+tab")
        await ui.sees("Only: How long a refund takes")
        await ui.press("enter")
        await ui.until(lambda: reply(ui) == "Look: Three working days.")
        await ui.press("f8", "ctrl+l")
        await ui.until(lambda: reply(ui).endswith("days. https://help.acme.example/returns"))
        await ui.press("f8")
        await ui.type("boots")
        await ui.sees("Sizes of boots")
        await ui.press("ctrl+l")
        await ui.until(lambda: "has no address" in ui.sentence)


async def test_it_stays_open_while_one_writes(shop: Shop, library: Path) -> None:
    async with shop.screen((160, 45)) as ui:
        await writing(ui)
        await ui.press("f8")
        await ui.type("evening")
        await ui.sees("Measure in the")
        await ui.press("f8")
        await ui.type("In the evening.")
        assert reply(ui) == "In the evening."
        await ui.sees("Measure in the")
        await ui.press("f8")
        assert focused(ui) == "articles"
        await ui.sees("Measure in the")
        await ui.press("escape")
        await ui.until(lambda: not ui.station.knowledge.shown)
        await ui.sees_no("Measure in the")
        assert reply(ui) == "In the evening."
        await ui.press("f8", "f8", "escape")  # leaving the reply leaves the articles, too
        assert not ui.station.knowledge.shown


async def test_escape_goes_back_and_what_was_a_question_is_gone(shop: Shop, library: Path) -> None:
    async with shop.screen((80, 24)) as ui:
        await writing(ui, "why??")  # within a word it is text
        assert focused(ui) == "reply"
        await ui.type(" ??size")
        await ui.sees("Measure in the evening.")
        await ui.press("escape")
        await ui.until(lambda: reply(ui) == "why?? ")
        await ui.type("??")
        await ui.until(lambda: focused(ui) == "articles")
        await ui.press("escape")
        assert reply(ui) == "why?? ??"
        assert focused(ui) == "reply"


async def test_from_the_inbox_it_begins_a_reply(shop: Shop, library: Path) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("f8")
        await ui.sees("words of the knowledge base")
        await ui.type("evening")
        await ui.sees("1 article")
        await ui.press("enter")
        await ui.until(lambda: reply(ui) == "Measure in the evening.")
        assert focused(ui) == "reply"


async def test_commands_work_it_as_keys_do(shop: Shop, library: Path) -> None:
    async with shop.screen((160, 45)) as ui:
        await writing(ui)
        enter = ui.app.commander.enter
        enter("article take")
        await ui.until(lambda: "No article is open" in ui.sentence)
        enter("articles zzzz")
        await ui.sees("Nothing matches")
        enter("article take")
        await ui.until(lambda: "No article is highlighted" in ui.sentence)
        enter("article close")
        await ui.until(lambda: focused(ui) == "reply")
        enter("articles returns")
        await ui.sees("1 article", "Returns and refunds")
        # What is read anew begins with no part; the list is there a moment before.
        await ui.until(lambda: (ui.station.knowledge._here()._reading or ("", ""))[1] == "returns")
        enter("article move next-part")
        await ui.sees("Only: How long a refund takes")
        enter("article address")
        await ui.until(lambda: reply(ui) == "https://help.acme.example/returns")
        enter("article insert returns labels")
        await ui.until(lambda: reply(ui).endswith("\n\n1. Print it\n2. Stick it on"))
        enter("article link returns")
        await ui.until(
            lambda: reply(ui).endswith("Stick it on\n\nhttps://help.acme.example/returns")
        )
        await ui.press("escape", "u")
        await ui.until(lambda: reply(ui).endswith("Stick it on"))


async def test_changed_files_and_mistakes_show_while_it_is_open(shop: Shop, library: Path) -> None:
    async with shop.screen((80, 24)) as ui:
        await writing(ui)
        await ui.press("f8")
        await ui.type("morning")
        await ui.sees("Nothing matches")
        (library / "sizes.md").write_text(SIZES.replace("evening", "morning"))
        (library / "broken.md").write_text("---\ntitle: [\n---\n")
        await ui.sees("Measure in the morning.")
        await ui.until(lambda: "broken.md:" in unwrapped(ui))


# -- templates -----------------------------------------------------------------


def own(shop: Shop, name: str) -> Path:
    folder = shop.config.home.templates
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


async def test_the_picker_says_uses_tags_and_what_is_to_be_filled_in(shop: Shop) -> None:
    own(shop, "order-late.md").write_text(
        "---\ntitle: Order late\ntags: [late]\n---\nYour order {{ number }} is late."
    )
    own(shop, "order-late.pl.md").write_text("---\ntitle: Spóźnione\n---\nPrzepraszamy.")

    def used(db: Connection) -> None:
        for agent in (AGENT, "bob", "bob"):
            template_uses.count(db, "order-late", agent, 1)

    shop.write(used)
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter", "T")
        await ui.sees("Order late", "1× en")  # used most, so it comes first
        await ui.sees("#late · used 3 times, by", "To be filled in: number")
        await ui.type("#late @pl")
        await ui.sees("Spóźnione", "Przepraszamy.")
        await ui.press("enter")
        await ui.until(lambda: reply(ui) == "Przepraszamy.")


async def test_ticked_templates_are_shown_joined(shop: Shop) -> None:
    own(shop, "one.md").write_text("---\ntags: [zz]\n---\nFirst part.")
    own(shop, "two.md").write_text("---\ntags: [zz]\n---\nSecond part.")
    async with shop.screen((160, 45)) as ui:
        await ui.press("enter", "T")
        await ui.type("#zz")
        await ui.sees("First part.")
        await ui.press("tab")
        await ui.sees("First part.", "Tab adds this one:", "Second part.")
        await ui.press("tab", "enter")
        await ui.until(lambda: reply(ui) == "First part.\n\nSecond part.")


async def test_the_picker_follows_files(shop: Shop) -> None:
    path = own(shop, "hats.md")
    path.write_text("---\ntitle: Hats\n---\nA green hat.")
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter", "T")
        await ui.type("hats")
        await ui.sees("A green hat.")
        path.write_text("---\ntitle: Hats\n---\nA bright red hat.")
        await ui.sees("A bright red hat.")
        own(shop, "bad.md").write_text("---\ntitle: Bad\n---\n\n{{ customer.nam }}")
        await ui.until(lambda: "bad.md:5:Thereisno" in unwrapped(ui))


async def test_a_reply_becomes_a_template(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    async def edit(_app: object, text: str) -> str:
        opened.append(text)
        return text.replace("soon", "tomorrow")

    # A test has no terminal to give away; `tests/tui/shell/test_terminal.py` runs a real editor.
    monkeypatch.setattr("omnitui.tui.station.outside.edit", edit)
    async with shop.screen((160, 45)) as ui:
        await writing(ui, "Hello Olena, it comes soon.")
        ui.app.commander.enter("template new Comes soon")
        path = own(shop, "comes-soon.md")
        await ui.until(lambda: path.exists() and "tomorrow" in path.read_text())
        assert opened == ["---\ntitle: Comes soon\n---\nHello {{ customer.first_name }}, it comes"
                          " soon.\n"]  # fmt: skip
        await ui.press("escape", "u")
        await ui.until(lambda: "soon.\n" in path.read_text())
        await ui.press("u")
        await ui.until(lambda: not path.exists())
        ui.app.commander.enter("template edit refund-approved")
        await ui.until(lambda: len(opened) == 2)
        await ui.until(lambda: "is as it was" in ui.sentence)
        ui.app.commander.enter("template from-reply Comes soon")
        await ui.until(path.exists)
        ui.app.commander.enter("template new Comes soon")
        await ui.sees("write over it?")
        await ui.press("y")
        await ui.until(lambda: "Template “comes-soon”" in ui.sentence)
        ui.app.commander.enter("template remove comes-soon")
        await ui.until(lambda: not path.exists())


async def test_a_sent_message_becomes_a_template(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def edit(_app: object, text: str) -> str:
        return text

    monkeypatch.setattr("omnitui.tui.station.outside.edit", edit)
    shop.write(lambda db: customers.update(db, CustomerId(1), language="uk"))
    async with shop.with_desk(after_send="stay").screen((160, 45)) as ui:
        await writing(ui, "Dear Olena!")
        await ui.press("ctrl+s")
        await ui.until(lambda: focused(ui) == "timeline" and "Dear Olena!" in ui.text())
        await ui.press("G")
        await ui.until(lambda: highlighted(ui) == "Dear Olena!")
        ui.app.commander.enter("template new Dear all")
        path = own(shop, "dear-all.uk.md")
        wanted = "\nDear {{ customer.first_name }}!\n"
        await ui.until(lambda: path.exists() and path.read_text().endswith(wanted))
