"""What is typed and pasted before there is anything that could take it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key, Paste
from textual.keys import _character_to_key

import omnitui.tui.app as app_module
from omnitui.desk import commands
from omnitui.desk.context import Desk
from omnitui.desk.session import OwnDraft, Session
from omnitui.tui.app import PATIENCE, OmniApp
from omnitui.tui.keys import key_gate
from omnitui.tui.screens import menu
from store.database import Store
from store.model import ConversationId
from tests.tui.shell.shop import AGENT, Shop, Ui

TYPED = (*":view mine", "\r", *":go 3", "\r", *"rHello ", Paste("Ben, it "), *"left")


class Hurried(OmniApp):
    """The agent does not wait for the screen."""

    CSS_PATH = Path(app_module.__file__).with_name("screens") / "workstation.tcss"

    def on_mount(self) -> None:
        assert not self.workstation.furnished
        for one in TYPED:
            if isinstance(one, str):
                self.post_message(Key("enter" if one == "\r" else _character_to_key(one), one))
            else:
                self.post_message(one)


async def test_keys_and_pasted_text_wait_for_the_screen_and_its_overlays(shop: Shop) -> None:
    store = await Store.open(shop.config.home.store_file, patience=PATIENCE)
    app = Hurried(shop.config, store, AGENT, engine=False)
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            ui = Ui(app, pilot)
            await ui.until(lambda: app.workstation.furnished)
            await ui.until(lambda: app.workstation.box.text == "Hello Ben, it left")
            assert app.workstation.views.current == "mine"
            assert app.workstation.reading.current == 3
    finally:
        await store.close()


async def test_what_was_typed_the_moment_before_is_sent(shop: Shop) -> None:
    """On a busy machine the box hears of the last letters after the key that sends."""
    async with shop.screen((100, 30)) as ui:
        await ui.press("enter", "r")
        await ui.sees("REPLY")
        ui.station.box.field.insert_here("It left today.")
        answered = ui.station.box.conversation_id
        assert answered is not None
        await ui.station.writing.send()
        assert shop.messages(answered)[-1].text == "It left today."


async def test_what_waits_for_too_long_goes_nowhere(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the list, the letters of a reply are commands: “x” closes, “i” begins a note."""
    monkeypatch.setattr(key_gate, "LONGEST", 0.2)
    async with shop.screen((100, 30)) as ui:
        await ui.press("enter")
        await ui.until(lambda: ui.station.reading.current is not None)
        opened, gate = ui.station.reading.current, ui.app.gate
        assert opened is not None
        gate.close()
        await ui.press("x", "space", "n", "o")
        await ui.sees("“x no” was not taken")
        assert shop.conversation(opened).status == "open"
        assert not ui.station.box.writing
        gate.open()  # what took so long has come to its end after all
        gate.close()
        await ui.press("escape")
        await ui.sees("keys pressed meanwhile were not taken")
        await ui.press("i")
        await ui.until(lambda: ui.station.box.kind == "note")


async def test_who_types_on_answers_no_question(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """“priority high” typed at once after a line that has something to ask ends in a “y”."""
    at = 0.0
    monkeypatch.setattr(menu, "clock", lambda: at)
    async with shop.screen((100, 30)) as ui:
        shop.write(
            lambda db: commands.run(
                Session(Desk(db, shop.config, "ben"), ConversationId(1), OwnDraft()), "subject Bens"
            )
        )
        await ui.type(":go 1\n")
        await ui.type(":subject Anns\n")
        await ui.sees("Put yours there?")
        await ui.type(":priority y\n")
        assert isinstance(ui.app.screen, menu.QuestionScreen)
        at += 1.0
        await ui.type("y")
        await ui.until(lambda: shop.conversation(ConversationId(1)).subject == "Anns")
        assert ui.app.screen is ui.station
