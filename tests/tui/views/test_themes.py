"""Every theme, sixteen colours and none: what matters is told apart in each."""

from __future__ import annotations

import re

import pytest
from rich.style import Style

from omnitui.tui.panes.lines import LinePane
from omnitui.tui.widgets.card import Card
from omnitui.tui.widgets.inbox import Inbox
from omnitui.tui.widgets.timeline import Timeline
from tests.tui.views.desk import Desk, Show


def look(style: Style) -> tuple[object, ...]:
    return (style.color, style.bgcolor, style.bold, style.reverse, style.underline, style.dim)


@pytest.mark.parametrize(
    "theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "gruvbox"]
)
async def test_every_class_has_a_style_in_every_theme(desk: Desk, theme: str) -> None:
    for pane in (Inbox(), Timeline(), Card()):
        app = Show(pane, desk.path)
        async with app.run_test(size=(40, 10)) as pilot:
            app.theme = theme
            await pilot.pause()
            for name in pane.COMPONENT_CLASSES:
                pane.style(name)
            assert_selection_shows(pane)


def assert_selection_shows(pane: LinePane) -> None:
    for kind in ("inbox", "timeline"):
        if f"{kind}--selected" in pane.COMPONENT_CLASSES:
            plain = pane.style(f"{kind}--row")
            assert look(pane.style(f"{kind}--row", f"{kind}--selected")) != look(plain)


@pytest.mark.parametrize("theme", ["textual-dark", "ansi-dark"])
async def test_no_color(desk: Desk, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    customer = desk.customer("Olena Kovalenko")
    matter = desk.conversation(customer, "Order")
    desk.message(customer, matter, "Hello")
    inbox = Inbox()
    app = Show(inbox, desk.path)
    async with app.run_test(size=(40, 10)) as pilot:
        app.theme = theme
        await pilot.pause()
        await inbox.load("all")
        await pilot.pause()
        selected = inbox._painted[0]
        assert any(segment.style and segment.style.reverse for segment in selected)
        if theme.startswith("ansi"):
            written = "".join(strip.render(app.console) for strip in inbox._painted)
            assert not re.search(r"\x1b\[[0-9;]*[34][0-8][;m]", written)


async def test_sixteen_colours_write_no_others(desk: Desk) -> None:
    customer = desk.customer("Olena Kovalenko")
    matter = desk.conversation(customer, "Order")
    desk.message(customer, matter, "Hello")
    inbox = Inbox()
    app = Show(inbox, desk.path)
    async with app.run_test(size=(40, 10)) as pilot:
        app.theme = "ansi-dark"
        await inbox.load("all")
        await pilot.pause()
        written = "".join(strip.render(app.console) for strip in inbox._painted)
        assert "38;2" not in written
        assert "48;2" not in written
        assert "38;5" not in written
