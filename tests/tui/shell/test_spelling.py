"""Spelling in the reply box, with the real hunspell."""

from __future__ import annotations

import os

import pytest

from omnitui.tui.spelling.dictionaries import choose, installed
from store import customers
from store.model import ConversationId, CustomerId
from tests.tui.shell.shop import Shop, Ui

pytestmark = pytest.mark.real
OLENA = ConversationId(1)


@pytest.fixture(autouse=True)
def _dictionaries() -> None:
    for language in ("en", "uk"):
        if choose(installed(), language) is None:
            pytest.skip(f"no dictionary for {language}: run scripts/test-servers as root")


def marked(ui: Ui) -> set[str]:
    return set(ui.station.box.field.misspelt)


async def underlined(ui: Ui, word: str) -> bool:
    """The word is underlined on the screen, not only known to be wrong."""
    strips = ui.app.screen._compositor.render_strips()
    return any(
        word in segment.text and segment.style is not None and bool(segment.style.underline)
        for strip in strips
        for segment in strip
    )


async def test_wrong_words_are_marked_a_moment_after_typing_rests(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("Dear Olena Koval, we recieved order 17xq: https://x.exampel/teh and")
        await ui.until(lambda: marked(ui) == {"recieved"}, "a mark under recieved")
        await ui.until(lambda: "recieved" in ui.text())
        assert await underlined(ui, "recieved")
        assert not await underlined(ui, "Koval")


async def test_f7_offers_what_it_might_have_been(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("We recieved the parcle today")
        await ui.press("f7")
        await ui.sees("“recieved” is not in the dictionary", "1  received", "the next one")
        await ui.press("1")
        await ui.until(lambda: ui.station.box.text == "We received the parcle today")
        await ui.press("f7")
        await ui.sees("“parcle”")
        await ui.press("l")
        await ui.sees(":spelling language")
        await ui.press("escape")
        assert ui.station.box.text == "We received the parcle today"
        assert ui.station.focused_pane == "reply"


async def test_own_words_are_kept_and_others_are_right_this_time(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("The Zyxwor and the Quxblat came")
        await ui.press("f7")
        await ui.sees("“Zyxwor")
        await ui.press("a")
        await ui.sees("“Zyxwor” is one of your words now.")
        assert (shop.config.home.agent_file.with_name("words.txt")).read_text() == "Zyxwor\n"
        await ui.press("f7")
        await ui.sees("“Quxblat")
        await ui.press("f7")  # the next one, round the end
        await ui.sees("“Quxblat")
        await ui.press("i")
        await ui.press("f7")
        await ui.sees("No word is marked.")


async def test_the_language_of_the_customer_and_of_the_letters(shop: Shop) -> None:
    shop.write(lambda db: customers.update(db, CustomerId(1), language="uk"))
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("Ваше замовленя прийде завтра, Olena. ")
        await ui.until(lambda: marked(ui) == {"замовленя"}, "a Ukrainian mark")
        ui.app.commander.enter("spelling language en")
        await ui.sees("Spelling: English (en_")
        await ui.until(lambda: not marked(ui))
        ui.app.commander.enter("spelling language auto")
        await ui.until(lambda: marked(ui) == {"замовленя"}, "a Ukrainian mark again")
        # In another language after all, which so few words don't tell but by their spelling.
        shop.write(lambda db: customers.update(db, CustomerId(1), language="pl"))
        ui.station.box.put_text("we have teh parcel here")
        await ui.until(lambda: marked(ui) == {"teh"}, "an English mark")
        ui.app.commander.enter("spelling language eo")
        await ui.sees("install hunspell and hunspell-eo")


@pytest.mark.slow
async def test_the_program_dies_and_nobody_notices(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("recieved ")
        await ui.until(lambda: marked(ui) == {"recieved"})
        [program] = ui.station.spelling.programs
        os.kill(program, 9)
        await ui.type("parcle again ")
        await ui.press("f7")
        await ui.until(lambda: "recieved" in marked(ui))
        await ui.press("escape")
        await ui.type("adress then ")
        await ui.until(lambda: "adress" in marked(ui))


async def test_it_can_be_switched_off(shop: Shop) -> None:
    async with shop.with_desk(spelling=False).screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("recieved ")
        await ui.press("f7")
        await ui.sees("Spelling is switched off")
        assert marked(ui) == set()
