"""The interface in another language: switched while it runs, nothing left in English."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from config import i18n
from omnitui.tui.keys import menus
from omnitui.tui.look.themes import theme_names
from store.wording import translate_with
from tests.pseudo import CODE, Pseudo, plain_words, pseudo, pseudo_language
from tests.tui.shell.shop import Shop, Ui

__all__ = ["pseudo_language"]
pytestmark = pytest.mark.usefixtures("pseudo_language")

KEYS = {"Enter", "Esc", "Space", "Tab", "Home", "End", "PgUp", "PgDn", "Shift", "Ctrl", "Alt"}
"""As they stand on keyboards."""
NAMES = {"ann", "via", "Acme", "support", "bot", "omnitui", "English", "Polski"}
"""Agent, desk and accounts; how the customer sees the sender; languages by their own names."""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Nobody in it writes a Latin letter, so that what is one was written by us."""
    shop = Shop.at(tmp_path / "desk", after_close="stay")
    shop.arrive("Олена Коваль", "Де моє замовлення 17?", subject="Замовлення", minutes_ago=180)
    shop.arrive("Пьотр Ліс", "Чи є синя куртка?", subject="Колір", minutes_ago=60 * 30)
    shop.arrive("Бен Гюз", "Чашка розбита.", subject="Чашка", minutes_ago=30)
    return shop


def english(ui: Ui, allowed: set[str]) -> Counter[str]:
    return Counter(word for word in plain_words(ui.text()) if word not in KEYS | NAMES | allowed)


async def test_it_is_switched_at_once_and_remembered(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r")
        await ui.type("Так")
        await ui.press("escape")
        await ui.type(":tour\n")
        await ui.type(":sort newest\n")
        await ui.sees("Newest first".casefold(), "Addresses", "internal note", "Who waits")
        assert english(ui, set())
        await ui.type(f":language {CODE}\n")
        await ui.sees(pseudo("The language is now").replace("{language}", CODE))
        await ui.until(lambda: not english(ui, {"tour", "end"}), "a screen without English")
        await ui.press("r")
        await ui.until(lambda: not english(ui, {"tour", "end"}), "a screen without English")
        await ui.press("escape")
        await ui.type(":language en\n")
        await ui.sees("The language is now English.", "Newest first".casefold(), "Addresses")
    kept = tomllib.loads(shop.config.home.agent_file.read_text("utf-8"))
    assert kept["agent"]["language"] == "en"


async def test_articles_that_are_open_are_said_anew(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r", "f8")
        await ui.sees("There are no articles yet")
        i18n.set_language(CODE)
        from omnitui.tui.station.rewording import reword

        await reword(ui.station)
        await ui.sees(pseudo("There are no articles yet"))
        await ui.until(lambda: not english(ui, set()), "a screen without English")


async def test_languages_are_offered_and_others_refused(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.type(":language ")
        await ui.sees(CODE, "en")
        await ui.type("tlh\n")
        assert ui.sentence == "There is no language “tlh”; there is en, xx."
        await ui.type(":language\n")
        await ui.sees("Language of the interface", "e  English", "x  xx")
        await ui.press("x")
        await ui.sees(pseudo("The language is now"))


async def test_what_the_environment_decides_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNITUI_LANGUAGE", CODE)
    async with shop.screen((80, 24)) as ui:
        await ui.type(":language en\n")
        await ui.sees("at the next start OMNITUI_LANGUAGE decides again.")


LINES = {
    "accounts": "", "search Щось": "nonsense", "customers": "",
    "filter": "phrase tag refund waiting from ann", "log": "",
    "theme": "THEMES", "choose-agent": "", "choose-tag": "", "compose": "", "quit confirm": "",
    "help": "Insert", "snooze 2d": "", "priority high": "", "assign me": "", "note Щось": "",
    "close": "", "undo": "", "open": "", "details": "note", "raw": "", "date": "date TEXT",
    "reply earlier": "", "quote part": "", "preview": "", "articles": "", "card": "", "tour": "",
    "tour end": "", "only notes": "", "snooze yesterday": "yesterday",
    "view nowhere": "nowhere all closed mentions mine snoozed unassigned",
    "nonsense": "nonsense",
    "search status:none": "status none open pending snoozed closed nonsense",
    "subject Щось": "", "customer name Ганна": "", "spelling": "", "mark unread": "",
}  # fmt: skip
"""What is run, and what stands on the screen then as it was typed."""


async def test_nothing_on_the_screen_is_left_in_english(
    shop: Shop, pseudo_language: Pseudo
) -> None:
    i18n.set_language(CODE)
    translate_with(i18n._)
    found: dict[str, list[str]] = {}
    async with shop.screen((120, 40)) as ui:

        async def look(line: str, allowed: str) -> None:
            ui.station.commander.enter(line)
            await ui.app.commander.idle()
            for _ in range(3):
                await ui.pilot.pause()
            allowed = " ".join(theme_names()).replace("-", " ") if allowed == "THEMES" else allowed
            if words := english(ui, {*allowed.split(), "tour", "end"}):
                found[line] = sorted(words)
            while ui.app.screen is not ui.station:
                ui.app.screen.dismiss(None)
                await ui.pilot.pause()

        await look("back", "")
        for name in menus.names():
            await look(f"menu {name}", "")
        for line, allowed in LINES.items():
            await look(line, allowed)
    assert not found, found
    real = i18n._read("uk")
    assert real is not None
    known = {key if isinstance(key, str) else key[0] for key in real._catalog}  # type: ignore[attr-defined]
    # A text that only a variable holds is not read out of the sources unless N_() marks it.
    assert not pseudo_language.asked - known


def test_the_help_of_every_command_is_in_the_catalogs() -> None:
    from omnitui.tui.commands import REGISTRY

    real = i18n._read("uk")
    assert real is not None
    helps = {text for command in REGISTRY for text in (command.summary, command.help) if text}
    assert helps
    assert not helps - set(real._catalog)  # type: ignore[attr-defined]
