"""The titles of views at the width of small terminals."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from omnitui.tui.widgets.view_bar import Tab, ViewBar

TABS = tuple(
    Tab(name.casefold(), name)
    for name in ("Mine", "Unassigned", "All", "Snoozed", "Closed", "Mentions", "Silent")
)


@pytest.mark.parametrize(
    ("tabs", "width", "shown"),
    [
        (TABS[:6], 90, "5 Closed  6 Mentions         ● 2/2 accounts"),
        (TABS[:6], 80, "2 Unassigned 5  3 All  4 Snoozed  5 Closed  6 Mentions        ● 2/2"),
        (TABS, 80, "2 Unass… 5  3 All  4 Snoozed  5 Closed  6 Menti…  7 Silent    ● 2/2"),
        (TABS, 70, "2 Unas… 5  3 All  4 Snoo…  5 Closed  6 Ment…  7     ● 2/2"),
        (TABS, 50, "1 Mine 3  2 Unas… 5  3 All  4  5  6  7    ● 2/2"),
    ],
)
async def test_titles_are_cut_before_they_go(tabs: tuple[Tab, ...], width: int, shown: str) -> None:
    class Bar(App[None]):
        def compose(self) -> ComposeResult:
            yield ViewBar(tabs)

    async with Bar().run_test(size=(width, 3)) as pilot:
        bar = pilot.app.query_one(ViewBar)
        bar.show(counts={"mine": "3", "unassigned": "5"})
        bar.show_state("2/2 accounts", well=True)
        await pilot.pause()
        line = bar.render_line(0).text
        assert shown in line, line
        assert len(line) == width - 2
