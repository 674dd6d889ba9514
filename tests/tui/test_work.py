"""Work that outlives what it works for."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.widgets import Static

from omnitui.tui.work import Work, start


class _Program(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("here", id="here")


async def _run(app: _Program, work: Work) -> None:
    async with app.run_test() as pilot:
        start(app.screen, work, "work")
        await pilot.pause()


async def test_work_that_asks_while_the_program_ends_does_not_fail() -> None:
    app = _Program()
    over = False

    async def asks() -> None:
        nonlocal over
        widget = app.query_one("#here")
        while widget.parent is not None:  # noqa: ASYNC110
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

    with pytest.raises(type(error)):
        await _run(app, asks)


async def test_a_bug_that_there_is_no_memory_to_report_ends_the_program() -> None:
    app = _Program()

    class Unspeakable(Exception):
        def __repr__(self) -> str:
            raise MemoryError

    async def fails() -> None:
        raise Unspeakable

    with pytest.raises(Unspeakable):
        await _run(app, fails)
