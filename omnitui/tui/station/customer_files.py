"""All attachments of one customer, the newest first: opened at their message, or saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from config.i18n import _
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.station.links import save
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.widgets.file_words import size, whereabouts
from omnitui.tui.words.moments import local, short_date, zone
from store import timeline
from store.clock import now
from store.driver import Connection
from store.model import Attachment, CustomerId, Message

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

MOST = 200
"""Messages with files that are listed; typing finds older ones by their files' names."""


class CustomerFiles(Chooser):
    """Dismissed with `MESSAGE FILE`, both by number."""

    def __init__(self, screen: Stage, customer_id: CustomerId) -> None:
        super().__init__()
        self.title_text = _("Attachments of this customer")
        self.placeholder = _("type a part of the name")
        self._screen = screen
        self._customer_id = customer_id
        self.files: dict[str, tuple[Message, Attachment]] = {}

    def hints(self) -> str:
        return _("↑↓ move · Enter save and show · Esc close")

    async def find(self, query: str) -> list[Choice]:
        found = await self._screen.link.store.read(_messages, self._customer_id, query)
        tz = zone(self._screen.link.config.desk.timezone)
        today = local(now(), tz).date()
        choices = []
        wanted = query.casefold().split()
        for message in reversed(found):
            for file in message.attachments:
                name = one_line(file.name) or _("(no name)")
                if file.inline or not all(part in name.casefold() for part in wanted):
                    continue
                key = f"{message.id} {file.id}"
                self.files[key] = (message, file)
                day = short_date(local(message.arrived_at, tz).date(), today)
                state = size(file.size) if file.blob else whereabouts(file)[0]
                who = one_line(message.author)
                choices.append(Choice(key, Content(f"{name}  · {who}"), f"{state} · {day}"))
        return choices


def _messages(db: Connection, customer_id: CustomerId, query: str) -> list[Message]:
    return timeline.with_files(db, customer_id, query, limit=MOST)


def choose(screen: Stage, customer_id: CustomerId) -> None:
    """Ask which, save it and go to its message."""
    chooser = CustomerFiles(screen, customer_id)

    async def chosen(values: list[str] | None) -> None:
        if not values:
            return
        message, file = chooser.files[values[0]]
        await screen.timeline.go_to_message(message.id)
        screen.focus_pane("timeline")
        await save(screen, file)

    screen.desk_app.show_overlay(chooser, chosen)
