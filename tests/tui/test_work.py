"""Work that outlives what it works for."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.widgets import Static
from textual.worker import WorkerFailed

from omnitui.tui.work import start


class _Program(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("here", id="here")


async def test_work_that_asks_while_the_program_ends_does_not_fail() -> None:
    app = _Program()
    over = False

    async def asks() -> None:
        nonlocal over
        widget = app.query_one("#here")
        while widget.parent is not None:
            await asyncio.sleep(0)
        over = True
        _ = widget.screen

    async with app.run_test() as pilot:
        start(app.screen, asks, "asking")
        await pilot.pause()
    assert over


@pytest.mark.parametrize("error", [NoScreen("gone"), NoMatches("gone")])
async def test_what_is_missing_while_the_program_runs_is_a_bug(error: Exception) -> None:
    app = _Program()

    async def asks() -> None:
        raise error

    with pytest.raises(WorkerFailed):
        async with app.run_test() as pilot:
            start(app.screen, asks, "asking")
            await pilot.pause()
