"""What all overlays share: keys of their own context, a way to be driven by `choose`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from rich.console import RenderableType
from textual.await_complete import AwaitComplete
from textual.events import Click, Key
from textual.screen import ModalScreen, Screen

from omnitui.tui.panes.behind import Behind
from omnitui.tui.panes.full_frames import FrugalCompositor
from omnitui.tui.panes.stacked_screen import StackedScreen
from store.model import Account

if TYPE_CHECKING:
    from omnitui.tui.station.stage import DeskApp

Result = TypeVar("Result")
HELP = "help"
LEAVING = ("quit", "quit confirm")
REDRAW = "redraw"
STAYING = frozenset(
    (
        HELP,
        *(
            f"choose {what}"
            for what in (
                *("next", "previous", "page-down", "page-up", "first", "last", "tick", "complete"),
                *("ours", "theirs"),
                *("find", "find-next", "find-previous", "save"),
            )
        ),
    )
)


class Overlay(ModalScreen[Result], StackedScreen[Result], inherit_bindings=False):
    """A modal screen whose keys are looked up in the keymap's `CONTEXT`."""

    CONTEXT: ClassVar[str] = "picker"
    CSS_PATH = None
    DEFAULT_CSS = """
    Overlay { background: $background 40%; }
    Overlay:nocolor { background: transparent; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()
        self._stands = False

    def on_mount(self) -> None:
        """Keys were held since it was asked for; its field gets the focus before they go on."""
        self.app.call_later(self.desk_app.gate.open)
        self.call_after_refresh(self._stand)

    def _stand(self) -> None:
        self._stands = True
        self.refresh()

    def _compositor_refresh(self) -> None:
        """Drawn first when all of it is there: Textual would draw it empty, then in parts."""
        if self._stands:
            super()._compositor_refresh()

    @property
    def context(self) -> str:
        """Where keys are looked up now."""
        return self.CONTEXT

    @property
    def desk_app(self) -> DeskApp:
        return cast("DeskApp", self.app)

    def render(self) -> RenderableType:
        """What lies below, where that shows through."""
        background, below = self.styles.background, self._lower
        if below is not None and background.a < 1:
            return Behind(below, background)
        return super().render()

    @property
    def _lower(self) -> Screen[Any] | None:
        """Textual knows it only while it draws a whole frame."""
        stack = self.app.screen_stack
        place = stack.index(self) if self in stack else 0
        return stack[place - 1] if place else None

    def is_final(self, key: Key) -> bool:
        """The key may close the overlay: keys after it are for what lies below."""
        line = self.desk_app.keymap.command([self.context], key)
        return bool(line) and line not in STAYING

    def on_key(self, event: Key) -> None:
        line = self.desk_app.keymap.command([self.context], event)
        if not line:
            self.leaves(event)
            return
        event.stop()
        event.prevent_default()
        if line.startswith("choose "):
            self.choose(line.removeprefix("choose "))
        elif line == HELP:
            self.desk_app.commander.press(HELP)
        else:
            self.dismiss(None)
            self.desk_app.commander.press(line)

    def redrawn(self) -> None:
        """All cells were drawn again: the terminal may have lost what it shows besides."""

    @property
    def unsaved(self) -> bool:
        """Something was typed that is kept nowhere else."""
        return False

    def leaves(self, event: Key) -> bool:
        """Whether the key leaves the program, which it does from here, too; asks first where words
        would be lost. Or it has everything drawn again."""
        line = self.desk_app.keymap.command([self.context, "global"], event)
        if line == REDRAW:
            event.stop()
            event.prevent_default()
            self.desk_app.commander.press(line)
            self.redrawn()
            return True
        if line not in LEAVING:
            return False
        event.stop()
        event.prevent_default()
        if line == LEAVING[0] and not self.unsaved:
            self.desk_app.commander.press(line)
        else:
            from omnitui.tui.screens.menu import leave_menu

            self.desk_app.show_overlay(leave_menu(unsaved=self.unsaved), self._leave)
        return True

    def _leave(self, line: str | None) -> None:
        if line:
            self.desk_app.commander.press(line)

    def choose(self, what: str) -> None:
        """Carry out `choose WHAT`: next, previous, page-down, accept, cancel, …"""
        if what == "cancel":
            self.dismiss(None)

    def accounts_changed(self, accounts: Sequence[Account], engine: str) -> None:
        """What the engine told; most overlays don't care."""

    def stays(self) -> None:
        """A key that might have closed it did not."""
        self.desk_app.overlay_done()

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close it, once: a click or a key that comes after what closed it finds nothing to close,
        and must not close what lies below."""
        if not self.is_active:
            return AwaitComplete()
        return super().dismiss(result)

    def on_click(self, event: Click) -> None:
        """A click beside the overlay closes it."""
        if self.is_active and self.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            self.dismiss(None)
