"""What is drawn of a screen that was laid out anew."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from omnitui.tui.panes.full_frames import FrugalCompositor


class _Two(Screen[None]):
    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()

    def compose(self) -> ComposeResult:
        yield Static("first", id="first")
        yield (box := Static("second", id="second"))
        box.display = False


class _App(App[None]):
    def get_default_screen(self) -> Screen[None]:
        return _Two()


async def test_who_asks_for_a_place_keeps_nothing_from_being_drawn() -> None:
    """Twice: Textual forgets what it had computed in between when something is scrolled."""
    async with _App().run_test(size=(40, 10)) as pilot:
        screen = pilot.app.screen
        box, compositor = screen.query_one("#second"), screen._compositor
        for _twice in range(2):
            compositor.reflow(screen, screen.size)
            compositor.reflow_visible(screen, screen.size)
            compositor._dirty_regions.clear()
            box.display = True
            place = box.region
            assert place.height == 1
            assert box in compositor.reflow(screen, screen.size).shown
            assert any(place in region for region in compositor._dirty_regions)
            box.display = False
