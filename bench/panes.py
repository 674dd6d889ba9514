"""Each pane alone on a pty, without the rest of the screen; see `bench.views`."""

from __future__ import annotations

from bench import desks, views
from bench.report import Report, Sizes


def run(report: Report, sizes: Sizes) -> None:
    report.title(f"panes alone, {views.WIDTH}×{views.HEIGHT}, {sizes.messages:,} messages")
    with desks.scratch(desks.desk(sizes.messages)) as home:
        customer = str(desks.regular(home))
        views.main(str(home / "desk.sqlite"), customer, sizes.rounds, sizes.keys * 2)
