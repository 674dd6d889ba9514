"""What a program of the agent's printed, or what is wrong with their settings."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from config.access import Access
from config.i18n import _
from omnitui.desk import places
from omnitui.desk.command import CommandError
from omnitui.tui.screens.pager import Pager
from omnitui.tui.text.raw_text import RawText
from omnitui.tui.widgets.raw_pane import RawPane
from omnitui.tui.work import start


class Printed(Pager):
    """A text that lies over the screen; every control character in it is shown as a sign."""

    searchable: ClassVar[bool] = True

    def __init__(self, title: str, text: str, access: Access) -> None:
        """`access`: of whoever may save it."""
        super().__init__(title, RawPane(id="printed"))
        self._text = text
        self._access = access

    @property
    def printed(self) -> RawPane:
        assert isinstance(self.pane, RawPane)
        return self.pane

    async def load(self) -> None:
        await self.printed.show(RawText(self._text.encode("utf-8", "replace")))

    async def find(self, needle: str, direction: int) -> bool:
        return await self.printed.find(needle, direction)

    async def to_start(self) -> None:
        await self.printed.go_to_start()

    async def to_end(self) -> None:
        await self.printed.go_to_end()

    def save(self) -> None:
        start(self, self._save, "save", exclusive=True)

    async def _save(self) -> None:
        try:
            path = await asyncio.to_thread(_write_new, self._access, self._text)
        except CommandError as error:
            self.say(str(error))
        except OSError as error:
            self.say(_("It cannot be saved: {why}.").format(why=error.strerror))
        else:
            self.say(_("Saved as {path}").format(path=path))


def _write_new(access: Access, text: str) -> Path:
    """A file of its own; none that is there is written over. Raises `CommandError`, OSError."""
    from omnitui.tui.station.links import downloads

    directory = places.directory(access, downloads())
    number = 0
    while True:
        path = directory / (f"omnitui-{number}.txt" if number else "omnitui.txt")
        try:
            with (
                places.to_write(access, path) as opened,
                opened.open("x", encoding="utf-8", errors="replace") as file,
            ):
                file.write(text)
        except FileExistsError:
            number += 1
        else:
            return path
