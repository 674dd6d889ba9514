"""What was written to this customer before, to be used again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from textual.content import Content

from config.i18n import _
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.screens.lists import fuzzy
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.widgets.choice_list import Choice
from store.model import Message


class Earlier(Chooser):
    """Dismissed with the id of a message."""

    with_preview = True
    stacked = True

    def __init__(self, messages: Sequence[Message]) -> None:
        super().__init__()
        self.title_text = _("Earlier replies")
        self.placeholder = _("type to filter")
        self._messages = {str(m.id): m for m in messages}

    async def find(self, query: str) -> Sequence[Choice]:
        messages = list(self._messages.values())
        found = [messages[i] for i in fuzzy(query, [m.text for m in messages])]
        return [Choice(str(m.id), Content(one_line(m.text[:200])), _day(m)) for m in found]

    async def preview(self, choice: Choice) -> Content:
        return Content(safe(self._messages[choice.value].text, newlines=True))


def _day(message: Message) -> str:
    return dt.datetime.fromtimestamp(message.arrived_at / 1000).astimezone().strftime("%Y-%m-%d")
