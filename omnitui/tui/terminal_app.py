"""The program on one terminal: its colours and signs, pictures, and whole frames.

What is shown is `omnitui.tui.app`'s.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from textual.app import App
from textual.await_remove import AwaitRemove
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from config.model import Config
from omnitui.tui import callbacks
from omnitui.tui.look import garbled_input, inner_outer, symbols
from omnitui.tui.look.background import FOLLOW, LEAVE_OFF, QUESTION, Answers, knows_osc, listen
from omnitui.tui.look.styled_once import StyledOnce
from omnitui.tui.look.themes import OWN_THEMES, Side, follows_background, side_told, theme_for
from omnitui.tui.panes.terminal_cells import on_terminal
from omnitui.tui.terminal import Terminal
from omnitui.tui.terminal_driver import TerminalDriver

if TYPE_CHECKING:
    from omnitui.tui.pictures.abilities import Abilities
    from omnitui.tui.pictures.asking import Asker


LARGEST = Size(1000, 500)
"""Cells that are drawn; a wall of screens has no more. A client may say that its terminal has
65535 by 65535, which no memory holds."""


class TerminalApp(App[None], inherit_bindings=False):
    """Textual's, made to fit the terminal that it is on."""

    _answers: Answers | None = None
    """What the terminal answers; set while Textual asks for its driver."""
    _asked_background = False
    _may_ask = False
    """The first frame is there."""

    def __init__(self, config: Config) -> None:
        # NO_COLOR means none (no-color.org); Textual alone would send shades of grey.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.stylesheet = StyledOnce(variables=self.get_css_variables())
        self.config = config
        self.terminal = Terminal(self)
        self._asker: Asker | None = None
        if symbols.use(config.desk.symbols, os.environ):
            self._filters.append(symbols.PlainSigns())
        self.side: Side = side_told(os.environ)
        """How the terminal's background is, as far as we know."""
        # Before the first frame, which would be drawn twice otherwise.
        for own in OWN_THEMES:
            self.register_theme(own)
        self.wanted_theme = config.desk.theme
        self.wear(self.wanted_theme)

    def get_driver_class(self) -> type[Driver]:
        garbled_input.bear()
        inner_outer.let_widgets_go()
        callbacks.count_quickly()
        if knows_osc(os.environ):
            self._answers = listen(self._background_told)
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    @property
    def size(self) -> Size:
        return _drawn(super().size)

    def on_resize(self, event: Resize) -> None:
        event.size = _drawn(event.size)
        event.virtual_size = _drawn(event.virtual_size)

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, self._draw_anew, immediate=True)

    def first_frame_shown(self) -> None:
        """Now the terminal may be asked."""
        self._may_ask = True
        if follows_background(self.wanted_theme):
            self._ask_background()

    def wear(self, wanted: str) -> None:
        """Show the theme that the setting `wanted` means on this terminal."""
        # The shades of the others are all one white in 16 colours.
        few = self.no_color or self.console.color_system in ("standard", None)
        self.theme = theme_for(wanted, self.available_themes, few_colors=few, side=self.side)
        self.set_class(self.theme.startswith("contrast"), "-contrast")
        if self._may_ask and follows_background(wanted) and not self._asked_background:
            self._ask_background()

    @property
    def shows_pictures(self) -> bool:
        """There are colours enough, and half blocks; or pictures are wanted all the same."""
        match self.config.desk.pictures:
            case "none":
                return False
            case "kitty" | "sixel":
                return True
            case "blocks":
                return not self.no_color and self.console.color_system is not None
        many = self.console.color_system in ("256", "truecolor") and not self.no_color
        return many and not symbols.plain()

    async def picture_abilities(self) -> Abilities:
        """How this terminal shows pictures; it is asked once."""
        from omnitui.tui.pictures.abilities import Abilities
        from omnitui.tui.pictures.asking import Asker

        if self.is_headless:
            return Abilities()
        if self._asker is None:
            self._asker = Asker(self.terminal.send, self.config.desk.pictures)
        return await self._asker.abilities()

    def _ask_background(self) -> None:
        """A light terminal gets a light theme, a moment later, where the agent chose none; so does
        one that turns light while it is used."""
        if self._answers is None or self._driver is None:
            return
        if not self._asked_background:
            self._asked_background = True
            self.app_suspend_signal.subscribe(self, self.leave_background, immediate=True)
            # Other programs leave the mode off, and it may be day meanwhile.
            self.app_resume_signal.subscribe(
                self, lambda _app: self._ask_background(), immediate=True
            )
        self._answers.asked()
        self._driver.write(QUESTION + FOLLOW)

    def leave_background(self, _app: object = None) -> None:
        """It need not tell any more when its background changes."""
        if self._asked_background:
            self.terminal.send(LEAVE_OFF)

    def _background_told(self, side: Side) -> None:
        """In the thread that reads the terminal."""
        self.call_later(self._take_side, side)

    def _take_side(self, side: Side) -> None:
        if side != self.side:
            self.side = side
            if follows_background(self.wanted_theme):
                self.wear(self.wanted_theme)

    def _prune(self, *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        """What an overlay lay on is drawn as soon as that is closed: Textual would lay it out and
        draw it once more when the overlay's parts are gone."""
        closed = all(isinstance(node, Screen) for node in nodes)
        return super()._prune(*nodes, parent=None if closed else parent)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """As Textual's, but a frame is one write: it would be cut where another thread works."""
        driver: Any = self._driver
        if driver is None:
            return
        if self.terminal.is_behind(self._caught_up):
            return
        pieces: list[str] = []
        write, driver.write = driver.write, pieces.append
        try:
            super()._display(screen, renderable)
        finally:
            driver.write = write
            if pieces:
                driver.write("".join(pieces))

    def _caught_up(self) -> None:
        on_terminal(self.console).forget()
        self._display(self.screen, self.screen._compositor.render_update(full=True))

    def _draw_anew(self, _app: App[None]) -> None:
        """Another program had the terminal."""
        on_terminal(self.console).forget()
        self.refresh(layout=True)


def _drawn(size: Size) -> Size:
    return Size(min(size.width, LARGEST.width), min(size.height, LARGEST.height))
