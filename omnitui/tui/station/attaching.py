"""Files that go with a reply: by their path, pasted, dropped on the terminal, and off again."""

from __future__ import annotations

import asyncio
import shlex
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.replying.file_names import dropped
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


class Attaching:
    def __init__(self, screen: Stage) -> None:
        self._screen = screen

    def pasted(self, text: str) -> bool:
        """Paths may have been pasted or dropped: files that are there are attached, all else is
        text. False where no file can go along. Keys wait until the disk has answered."""
        box = self._screen.box
        if box.kind != "reply" or box.conversation_id is None:
            return False
        self._screen.desk_app.gate.close()
        start(self._screen, partial(self._attach, text, box.conversation_id), "paste")
        return True

    def dropped_beside(self, text: str) -> None:
        """Files dropped where nobody writes begin a reply to whom is looked at."""
        screen = self._screen
        screen.desk_app.gate.close()

        async def begin() -> None:
            try:
                if await asyncio.to_thread(dropped, text, screen.link.config.access):
                    await screen.writing.start("reply")
                    if screen.box.writing:
                        self.pasted(text)
            except (CommandError, StoreError) as error:
                screen.say(str(error), "error")
            finally:
                screen.desk_app.gate.open()

        start(screen, begin, "paste")

    async def _attach(self, text: str, conversation_id: ConversationId) -> None:
        screen = self._screen
        try:
            files = await asyncio.to_thread(dropped, text, screen.link.config.access)
            if files:
                names = " ".join(shlex.quote(str(file)) for file in files)
                await screen.commander.execute(f"attach {names}", [conversation_id])
            else:
                screen.box.field.insert_here(text)
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")
        finally:
            screen.desk_app.gate.open()

    def ask(self) -> None:
        """Ask for the path of a file."""
        if self._screen.box.writing and self._screen.box.kind != "reply":
            words = _("Files go with a reply only: a note and a change of what was sent take none.")
            self._screen.say(words, "warning")
            return
        self._screen.ask_line("attach ")

    def choose(self) -> None:
        """Choose an attached file, and take it off."""
        files = self._screen.box.attachments
        if not files:
            self._screen.say(_("No file is attached."))
        elif len(files) == 1:
            self._screen.commander.enter(f"detach {shlex.quote(files[0])}")
        else:
            self._screen.overlays.choose(_("Take off this reply"), files, "detach {}")
