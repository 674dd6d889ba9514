"""What an agent sees of a bug: one sentence, never a stack with customers' words in it."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import NoReturn

import pytest
from textual.worker import WorkerFailed

from omnitui.cli.failure import explain
from omnitui.tui import app as application
from tests.tui.shell.shop import AGENT, Shop


def _bug(*_given: object) -> NoReturn:
    words = "what the customer wrote"
    raise LookupError(words)


async def _stumble() -> None:
    _bug()


async def _meet_a_bug(shop: Shop, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r")
        await ui.type("half an answ")
        if where == "a key":
            monkeypatch.setattr(ui.app.commander, "press", _bug)
            await ui.press("escape")
        else:
            ui.app.background(_stumble, "stumble")
        await ui.until(lambda: isinstance(ui.app.bug, LookupError))


@pytest.mark.parametrize("where", ["a key", "beside the screen"])
async def test_a_bug_keeps_the_draft_and_shows_nobodys_words(
    shop: Shop,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (waiting,) = shop.read(lambda db: db.execute("SELECT min(id) FROM conversations").fetchone())
    with pytest.raises((LookupError, WorkerFailed)):
        await _meet_a_bug(shop, where, monkeypatch)
    assert shop.draft(waiting) == "half an answ"
    shown = capfd.readouterr()
    assert "the customer wrote" not in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err


def test_it_is_said_in_one_sentence_and_written_down_without_words(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Stumbling(application.OmniApp):
        CSS_PATH = str(Path(application.__file__).parent / "screens" / "workstation.tcss")

        def on_ready(self) -> None:
            _bug()

        async def run_async(self, **_settings: object) -> None:
            await super().run_async(headless=True, size=(80, 24))

    monkeypatch.setattr(application, "OmniApp", Stumbling)
    monkeypatch.setattr(application, "unix_user", lambda: AGENT)
    monkeypatch.setenv("OMNITUI_HOME", str(shop.config.home.config))
    with pytest.raises(LookupError) as end:
        application.run(shop.config)
    signal.alarm(0)  # this process goes on
    assert explain(end.value) == 1
    shown = capfd.readouterr()
    assert shown.out == ""
    assert re.fullmatch(r"omnitui: .*LookupError.*omnitui\.log\.\n", shown.err)
    written = (shop.config.home.state / "omnitui.log").read_text()
    assert "_bug" in written
    assert "the customer wrote" not in written
