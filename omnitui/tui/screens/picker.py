"""The template picker: type, look at the text as the customer would get it, tick, insert."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.content import Content

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError
from omnitui.tui.link.canned_data import CannedData, Wanted
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.widgets.choice_list import Choice, ChoiceList
from omnitui.tui.widgets.line_input import LineInput
from omnitui.tui.work import over, start
from store.errors import StoreError
from store.model import ConversationId

LOOK_EVERY = 1.0
"""Seconds after which it is seen that a file was changed."""


class Picker(Chooser):
    """Dismissed with the names of templates in the order they were ticked."""

    several = True
    with_preview = True

    def __init__(
        self, link: DeskLink, conversation_id: ConversationId, query: str = "", channel: str = ""
    ) -> None:
        """`channel`: where the reply goes; "" where the customer wrote from last."""
        super().__init__(query)
        self._data = CannedData(link, conversation_id, channel)
        self._found: dict[str, str] = {}
        """What is said of each template over its text."""
        self.title_text = _("Templates")
        self.placeholder = _("words, #tag, @uk for the language")
        self.typed = query
        """What stands in the filter: text after all, when the picker is left."""

    @property
    def language(self) -> str:
        """The language that was asked for; "" for the customer's."""
        return Wanted.of(self.typed).language

    def on_mount(self) -> None:
        super().on_mount()
        start(self, self._look_for_problems, "problems", exclusive=True)
        self.set_interval(LOOK_EVERY, self._look)

    async def find(self, query: str) -> Sequence[Choice]:
        self.typed = query
        try:
            found = await self._data.find(query)
        except (StoreError, CommandError) as error:
            self.say(str(error))
            return []
        self._found |= {
            m.template.name: _facts(m.template.tags, m.language, m.uses, m.desk_uses) for m in found
        }
        return [
            Choice(
                m.template.name,
                Content(one_line(m.title)),
                f"{m.uses}× {one_line(m.language)}" if m.uses else one_line(m.language),
            )
            for m in found
        ]

    async def preview(self, choice: Choice) -> Content:
        """What would be inserted: the ticked ones joined, else the highlighted one; after those
        that are ticked, what the highlighted one would add."""
        ticked = list(self.query_one(ChoiceList).ticked)
        names = ticked if choice.value in ticked else [*ticked, choice.value]
        try:
            rendered = await self._data.rendered(names, self.language)
        except (StoreError, CommandError) as error:
            return Content(safe(str(error))).stylize("$error")
        head = Content(one_line(self._found.get(choice.value, ""))).stylize("dim")
        unfilled = list(dict.fromkeys(name for one in rendered for name in one.unfilled))
        if unfilled:
            words = _("To be filled in: {names}").format(names=", ".join(unfilled))
            head = Content.assemble(head, "\n", Content(one_line(words)).stylize("bold $warning"))
        texts = [Content(safe(one.text, newlines=True)) for one in rendered]
        if ticked and choice.value not in ticked:
            key = self.desk_app.keymap.key_for("choose tick", [self.context])
            words = _("{key} adds this one:").format(key=key)
            texts.insert(-1, Content(words).stylize("dim"))
        text = Content("\n\n").join(texts)
        for name in unfilled:
            text = text.highlight_regex(
                r"\{\{\s*" + re.escape(name) + r"\s*\}\}", style="bold $warning"
            )
        return Content.assemble(head, "\n\n", text)

    def on_unmount(self) -> None:
        self.typed = self.query_one(LineInput).value if self.query(LineInput) else self.typed

    # -- files ------------------------------------------------------------------

    def _look(self) -> None:
        if self.is_current:
            start(self, self._follow_files, "files", exclusive=True)

    async def _follow_files(self) -> None:
        """A file was changed: what is shown is what it holds now."""
        if await self._data.changed() and self.is_current:
            await self.find_again()
            await self._look_for_problems()

    async def _look_for_problems(self) -> None:
        await over(lambda: self._finding)
        problems = await self._data.problems()
        if not self.is_current:
            return
        words = one_line(problems[0]) if problems else ""
        if len(problems) > 1:
            more = len(problems) - 1
            words = ngettext(
                "{problem} (and {n} more mistake)", "{problem} (and {n} more mistakes)", more
            ).format(problem=words, n=more)
        self.note(words)


def _facts(tags: Sequence[str], language: str, uses: int, desk_uses: int) -> str:
    """`uk · #money · used 12 times, 30 by everybody`."""
    used = ""
    if desk_uses:
        used = ngettext(
            "used {n} time, by you {mine}", "used {n} times, by you {mine}", desk_uses
        ).format(n=desk_uses, mine=uses)
    return " · ".join(filter(None, (language, " ".join(f"#{tag}" for tag in tags), used)))
