"""The whole screen in another language at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from config.i18n import _
from omnitui.tui.panes.lines import LinePane
from omnitui.tui.station.folding import LEAST_HEIGHT, LEAST_WIDTH

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


def too_small() -> Content:
    """What a terminal shows in which nothing has room."""
    words = _("Too small:\n{w}×{h} cells\nat least.\nNothing\nis lost.")
    return Content(words.format(w=LEAST_WIDTH, h=LEAST_HEIGHT))


async def reword(screen: Stage) -> None:
    """Draw every pane anew, in the language that was just set.

    Panes say most words as they draw; here are those that keep any.
    """
    screen.views.reworded()
    await screen.live.everything_changed()
    screen.card.reworded()
    for pane in screen.query(LinePane):
        pane.redraw()
    screen.query_one("#too-small", Static).update(too_small())
    screen.tour.reworded()
    screen.knowledge.reworded()
    screen.status.clear()
    screen.writing.route_changed()
    screen.fold()
    for widget in screen.query("*"):
        if not isinstance(widget, LinePane):
            widget.refresh(layout=True)
