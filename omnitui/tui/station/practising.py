"""The screen's side of a practice run: the briefing, counted keys, the debrief."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from textual.events import Key

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from omnitui.tui.keys.keymap import TEXT_CONTEXTS
from omnitui.tui.screens.overlay import Overlay
from store.errors import StoreError

if TYPE_CHECKING:
    from omnitui.tui.link.practice import Practice, Standing
    from omnitui.tui.station.stage import Stage

LOOK_EVERY = 3.0
"""Seconds between looks at how the run stands."""
_EDITING = frozenset({"enter", "backspace", "delete", "left", "right", "up", "down", "home", "end"})
"""Keys that write text where text is written."""


class Practising:
    def __init__(self, screen: Stage, practice: Practice) -> None:
        self._screen = screen
        self.practice = practice
        self._told = False
        """It was said that the customers are done, or the debrief was shown."""

    # -- keys --------------------------------------------------------------------
    def key(self, key: Key) -> None:
        """Count a key where it was pressed."""
        screen = self._screen
        where = screen.inbox.selected if screen.focused_pane == "inbox" else screen.reading.current
        self.practice.pressed(where, typed=self._is_text(key))

    def _is_text(self, key: Key) -> bool:
        top = self._screen.app.screen
        contexts = [top.context] if isinstance(top, Overlay) else self._screen.contexts()
        if contexts[0] not in TEXT_CONTEXTS or self._screen.keymap.command(contexts, key):
            return False
        return key.is_printable or key.key in _EDITING

    # -- the run -----------------------------------------------------------------
    async def follow(self) -> None:
        """Brief, then look on until the customers are done."""
        if not self.practice.begun:
            self.brief()
        while not self.practice.ended:
            await asyncio.sleep(LOOK_EVERY)
            if self.practice.begun and not self._told:
                with contextlib.suppress(StoreError):  # it is asked again
                    self._stands(await self._screen.link.store.read(self.practice.standing))

    def brief(self) -> None:
        from omnitui.tui.screens.practice import Briefing

        briefing = Briefing(self.practice.title, self.practice.briefing())

        def left(_result: None) -> None:
            if not briefing.begins:
                self._screen.say(_("Nobody writes yet: “:practice” begins it."))
                return
            try:
                self.practice.begin()
            except OSError as error:
                raise CommandError(str(error)) from error
            self._screen.say(_("It has begun: the first customers come in a moment."))

        self._screen.desk_app.show_overlay(briefing, left)

    def _stands(self, standing: Standing) -> None:
        """Once the customers are done: the debrief, or what is left to do before it."""
        if not standing.over or self._told or self.practice.ended:
            return
        self._told = True
        writing = self._screen.focused_pane == "reply"
        if not standing.open and not writing and self._screen.app.screen is self._screen:
            self._screen.commander.press("practice end")
            return
        n = standing.open
        words = ngettext(
            "Nobody waits any more; {n} thing is left to do. “:practice” says what.",
            "Nobody waits any more; {n} things are left to do. “:practice” says what.",
            n,
        )
        if not n:
            words = _("Nobody waits any more: “:practice end” shows how it went.")
        self._screen.say(words.format(n=n))

    async def show(self) -> None:
        """How it goes; the briefing before it has begun."""
        from omnitui.tui.screens.practice import Told

        if not self.practice.begun:
            self.brief()
            return
        lines = await self._screen.link.store.read(self.practice.so_far)
        self._screen.desk_app.show_overlay(Told(self.practice.title, lines), lambda _none: None)

    async def end(self) -> None:
        """Nobody writes any more; show the debrief. Raises `CommandError`."""
        from omnitui.tui.screens.practice import Told

        if not self.practice.begun:
            raise CommandError(_("It has not begun: “:practice” begins it."))
        try:
            lines = await self._screen.link.store.read(self.practice.end)
        except OSError as error:
            self._screen.say(
                _("This run could not be kept to compare the next one with: {why}").format(
                    why=error
                ),
                "warning",
            )
            lines = await self._screen.link.store.read(self.practice.end)
        self._screen.desk_app.show_overlay(Told(self.practice.title, lines), lambda _none: None)
