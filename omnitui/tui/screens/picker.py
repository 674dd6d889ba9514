"""The template picker: type, look at the text as the customer would get it, tick, insert."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.text.safe_text import safe
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.widgets.line_input import LineInput
from store.errors import StoreError
from store.model import ConversationId


class Picker(Chooser):
    """Dismissed with the names of templates in the order they were ticked."""

    several = True
    with_preview = True

    def __init__(self, link: DeskLink, conversation_id: ConversationId, query: str = "") -> None:
        super().__init__(query)
        self._link = link
        self._conversation_id = conversation_id
        self.title_text = _("Templates")
        self.placeholder = _("type to filter")
        self.typed = query
        """What stands in the filter: text after all, when the picker is left."""

    async def find(self, query: str) -> Sequence[Choice]:
        self.typed = query
        try:
            found = await self._link.templates(self._conversation_id, query)
        except (StoreError, CommandError) as error:
            self.say(str(error))
            return []
        return [Choice(m.template.name, Content(safe(m.title)), safe(m.language)) for m in found]

    async def preview(self, choice: Choice) -> Content:
        """The ticked texts joined as they will be, then the highlighted one."""
        try:
            rendered = (await self._link.render(self._conversation_id, [choice.value]))[0]
        except (StoreError, CommandError) as error:
            return Content(safe(str(error))).stylize("$error")
        text = Content(safe(rendered.text, newlines=True))
        for name in rendered.unfilled:
            text = text.highlight_regex(
                r"\{\{\s*" + _escaped(name) + r"\s*\}\}", style="bold $warning"
            )
        return text

    def on_unmount(self) -> None:
        self.typed = self.query_one(LineInput).value if self.query(LineInput) else self.typed


def _escaped(name: str) -> str:
    import re

    return re.escape(name)
