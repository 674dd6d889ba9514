"""What was written before, to this customer or to others, to be used again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual.content import Content

from config.i18n import _
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.screens.lists import fuzzy
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.words.moments import ago
from store.clock import now
from store.errors import StoreError
from store.model import Message

LEAST = 2
"""Letters from which replies to everybody are looked through."""

Look = Callable[[str], Awaitable[Sequence[Message]]]


class Earlier(Chooser):
    """Dismissed with the id of a message of `messages`."""

    with_preview = True
    stacked = True

    def __init__(self, messages: Sequence[Message], look: Look) -> None:
        """`messages`: what was written to this customer; `look` finds it in replies to anybody,
        and may raise `StoreError`."""
        super().__init__()
        self.title_text = _("Earlier replies")
        self.placeholder = _("words: of replies to this customer, then to anybody")
        self._here = {str(m.id): m for m in messages}
        self._look = look
        self.messages = dict(self._here)

    def nothing_yet(self) -> str:
        return _("Nothing was written to this customer yet: type to look through all replies.")

    async def find(self, query: str) -> Sequence[Choice]:
        here = list(self._here.values())
        found = [here[i] for i in fuzzy(query, [m.text for m in here])]
        if len(query.strip()) >= LEAST:
            try:
                others = await self._look(query)
            except StoreError as error:
                self.say(str(error))
                others = []
            # What a template wrote to a hundred people is one of them.
            known = {m.text.strip() for m in here}
            for message in others:
                if (text := message.text.strip()) not in known:
                    known.add(text)
                    found.append(message)
            self.messages.update((str(m.id), m) for m in others)
        moment = now()
        return [
            Choice(
                str(m.id),
                Content(_to(m) + one_line(m.text[:200]))
                if str(m.id) not in self._here
                else Content(one_line(m.text[:200])),
                ago(moment - m.arrived_at),
            )
            for m in found
        ]

    async def preview(self, choice: Choice) -> Content:
        return Content(safe(self.messages[choice.value].text, newlines=True))


def _to(message: Message) -> str:
    """Whom it was written to, for one that went to somebody else."""
    if not message.recipients:
        return "→ "
    first = message.recipients[0]
    return f"→ {one_line(first.name or first.address)}: "
