"""A walk past everything that the screen can show: its panes, and all that opens over them."""

from __future__ import annotations

import importlib
import io
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from PIL import Image
from textual.events import Key
from textual.keys import _character_to_key

from omnitui.demo.practice.run import PracticeRun
from omnitui.tui import screens
from omnitui.tui.keys import menus
from omnitui.tui.look.themes import theme_names
from omnitui.tui.screens.overlay import Overlay
from omnitui.tui.screens.picture import PictureScreen
from omnitui.tui.screens.spelling import SpellingMenu
from omnitui.tui.screens.themes import ThemeChooser
from omnitui.tui.station.practising import Practising
from tests.demo.rehearsal import ANN, scenario
from tests.tui.shell.shop import AGENT, Ui

Way = str | Callable[[Ui], Awaitable[None]]
"""Keys that are pressed one after the other, a command line behind a colon, or what else brings
something up."""
See = Callable[[str, bool], Awaitable[None]]
"""Told the title of what is on the screen now, and whether it lies over the one before."""

PANES: Mapping[str, Way] = {
    "inbox": "3 g",
    "timeline": "enter",
    "card": "C",
    "reply": "escape escape g r O n space i t s space w a y",
    "note": "ctrl+n",
    "articles": "f8",
    "article": "r e f u n d down",
    "nothing here": "escape escape escape escape 4",
    "mentions": "6",
    "marks": "3 g space space",
}
FROM_MARKS: Mapping[str, Way] = {
    "one answer to several": "T g r e e t enter",
}
FROM_INBOX: Mapping[str, Way] = {
    "help": "?",
    "palette": "ctrl+p t a g",
    "command line": ": t a g space a",
    "search": "/ o r d e r enter",
    "search, wrong": "/ o n : x x enter",
    "filter": "\\ h a s :",
    "filter, wrong": "\\ o n : x x space",
    "accounts": "A",
    "customers": "w o",
    "write to": "c e v e",
    "log": "L",
    "tags": "t t",
    "agents": "a o",
    "name": "E n",
    "time zone": "E z",
    "note on the card": "E i",
    "merge with": "E m",
    "erase": "E e",
    "own program": "m g",
    "colleagues": ":who",
    "keys that follow": "ctrl+x",
    "leave": "q",
    **{f"menu {name}": f":menu {name}" for name in menus.names()},
}
FROM_TIMELINE: Mapping[str, Way] = {
    "details": "D",
    "raw mail": "H",
    "links": "o",
    "files": "f l",
    "quote": "v",
    "merge": ":customer merge 3",
}
FROM_REPLY: Mapping[str, Way] = {
    "templates": "ctrl+t",
    "preview": "f9",
    "earlier": "ctrl+r",
    "attach": "ctrl+o",
}


async def themes(ui: Ui) -> None:
    """Whichever is worn."""
    ui.app.show_overlay(ThemeChooser(theme_names(), "", lambda _name: None), ignored)


async def spelling(ui: Ui) -> None:
    """Whichever dictionary is installed."""
    ui.app.show_overlay(SpellingMenu("recieved", ("received", "relieved"), "f7"), ignored)


async def picture(ui: Ui) -> None:
    """Whatever terminal this is."""
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "PNG")
    ui.app.show_overlay(PictureScreen("photo.png", out.getvalue()), ignored)
    await ui.sees("▀")


def ignored(_result: object) -> None:
    """What was chosen in what a test has put there."""


class Practice:
    """A run that nobody plays."""

    run: PracticeRun

    async def briefing(self, ui: Ui) -> None:
        config = ui.station.link.config
        self.run = PracticeRun(
            scenario(config.home.state, ANN.format(expect='status = "closed"')), config, AGENT
        )
        Practising(ui.station, self.run).brief()

    async def how_it_goes(self, ui: Ui) -> None:
        self.run.begin()
        await Practising(ui.station, self.run).show()

    async def debrief(self, ui: Ui) -> None:
        await Practising(ui.station, self.run).end()


def all_screens() -> set[type[Overlay[Any]]]:
    """Whatever can lie over the workstation; what others are made of need not be a screen."""
    for module in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    found: list[type[Overlay[Any]]] = [Overlay]
    for one in found:
        found += one.__subclasses__()
    return {one for one in found if not one.__subclasses__()}


class Walk:
    def __init__(self, ui: Ui, see: See) -> None:
        self._ui = ui
        self._see = see
        self._shown: set[type] = set()

    @property
    def left_out(self) -> set[str]:
        """Screens that were not seen."""
        return {one.__name__ for one in all_screens() - self._shown}

    async def go(self) -> None:
        """Past everything, from the inbox."""
        practice = Practice()
        for title, way in PANES.items():
            await self._to(title, way)
        await self._over("", FROM_MARKS)
        await self._over("escape 3 g", FROM_INBOX)
        await self._over("enter", FROM_TIMELINE)
        await self._over("enter S o o n .", FROM_REPLY)
        await self._over("ctrl+n", {"colleague": "space @"})
        await self._take("ctrl+n")
        await self._take(":attach list.pdf")
        await self._to("reply with files", ":attach prices.csv")
        await self._over("", {"spelling": spelling})
        await self._to("scheduled", "f3 t")
        await self._over(
            "escape escape",
            {
                "themes": themes,
                "picture": picture,
                "briefing": practice.briefing,
                "practice": practice.how_it_goes,
                "debrief": practice.debrief,
            },
        )
        await self._to("tour", ":tour", over=True)

    async def _to(self, title: str, way: Way, *, over: bool = False) -> None:
        await self._take(way)
        await self._see(title, over)

    async def _over(self, keys: str, ways: Mapping[str, Way]) -> None:
        """What opens over the screen that one comes to with `keys`."""
        ui = self._ui
        await self._take(keys)
        await self._see("", False)
        for title, way in ways.items():
            await self._take(way)
            await ui.until(lambda: isinstance(ui.app.screen, Overlay), title)
            self._shown.add(type(ui.app.screen))
            await self._see(title, True)
            for _menu_or_more in range(4):
                if isinstance(ui.app.screen, Overlay):
                    await self._take("escape")
            await ui.until(lambda: not isinstance(ui.app.screen, Overlay), f"{title}, closed")

    async def _take(self, way: Way) -> None:
        ui = self._ui
        if callable(way):
            await way(ui)
        elif way.startswith(":") and way[1:2].isalpha():
            ui.app.commander.press(way[1:])
        else:
            for key in way.split():
                typed = {"space": " ", "enter": "\r"}.get(key, key if len(key) == 1 else None)
                name = _character_to_key(key) if len(key) == 1 else key
                ui.app.post_message(Key(name, typed))
        await ui.pilot.pause()
        await ui.app.commander.idle()
