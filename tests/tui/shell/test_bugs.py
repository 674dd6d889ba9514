"""What an agent sees of a bug: one sentence, never a stack with customers' words in it."""

from __future__ import annotations

import asyncio
import re

import pytest

from omnitui.cli.failure import explain
from omnitui.tui import app as application
from tests.tui.shell.shop import AGENT, Shop


def _bug(*_given: object) -> None:
    words = "the customer's words"
    raise LookupError(words)


@pytest.mark.parametrize("where", ["a key", "beside the screen"])
async def test_a_bug_keeps_the_draft_and_shows_nobodys_words(
    shop: Shop,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def stumble() -> None:
        _bug()

    with pytest.raises(LookupError):
        async with shop.screen() as ui:
            await ui.press("enter", "r")
            await ui.type("half an answ")
            number = ui.station.conversation_id
            monkeypatch.setattr(ui.app.commander, "press", _bug)
            if where == "a key":
                await ui.press("escape")
            else:
                ui.app.background(stumble, "stumble")
            await ui.until(lambda: ui.app.bug is not None)
            raise ui.app.bug or AssertionError
    assert number is not None
    assert shop.draft(number) == "half an answ"
    shown = capfd.readouterr()
    assert "words" not in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err


def test_it_is_said_in_one_sentence_and_written_down_without_words(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Stumbling(application.OmniApp):
        def on_mount(self) -> None:
            self.call_after_refresh(_bug)

        async def run_async(self, **_settings: object) -> None:
            await super().run_async(headless=True, size=(80, 24))

    monkeypatch.setattr(application, "OmniApp", Stumbling)
    monkeypatch.setattr(application, "unix_user", lambda: AGENT)
    monkeypatch.setenv("OMNITUI_HOME", str(shop.config.home.config))
    with pytest.raises(LookupError) as end:
        application.run(shop.config)
    assert explain(end.value) == 1
    shown = capfd.readouterr()
    assert shown.out == ""
    assert re.fullmatch(r"omnitui: .*LookupError.*omnitui\.log\.\n", shown.err)
    written = (shop.config.home.state / "omnitui.log").read_text()
    assert "_bug" in written
    assert "words" not in written
    asyncio.set_event_loop(None)
