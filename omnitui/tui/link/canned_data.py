"""What the template picker shows: templates that fit, how often they are used, what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omnitui.tui.link.desk_link import DeskLink
from store import conversations, customers, template_uses
from store.driver import Connection
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.desk.templates import Match, Rendered, Templates


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is typed in the picker: words and `#tags`, `@uk` for a language."""

    words: str
    language: str = ""

    @staticmethod
    def of(query: str) -> Wanted:
        words = query.split()
        codes = [w[1:].lower() for w in words if w[0] == "@" and 2 < len(w) < 9]
        return Wanted(" ".join(w for w in words if w[0] != "@"), codes[-1] if codes else "")


class CannedData:
    """Asks the store and the files of templates, never in the screen's thread."""

    def __init__(self, link: DeskLink, conversation_id: ConversationId, channel: str = "") -> None:
        """`channel`: where the reply goes; "" where the customer wrote from last."""
        self._link = link
        self._conversation_id = conversation_id
        self._channel = channel
        self._known: Templates | None = None

    async def find(self, query: str) -> list[Match]:
        """Templates that fit, the best first. Raises `StoreError`."""
        return await self._link.store.read(self._find, Wanted.of(query))

    async def rendered(self, names: Sequence[str], language: str = "") -> list[Rendered]:
        """With the customer's variables filled in. Raises `CommandError`, `StoreError`."""
        return await self._link.render(self._conversation_id, names, language)

    async def changed(self) -> bool:
        """Whether files are other ones than those that were found last."""
        return self._known is not None and await asyncio.to_thread(self._known.changed)

    async def problems(self) -> list[str]:
        """What is wrong with files, each with its line."""
        return await asyncio.to_thread(_problems, self._known) if self._known else []

    def _find(self, db: Connection, wanted: Wanted) -> list[Match]:
        from omnitui.desk.session import templates_of

        desk = self._link.desk(db)
        conversation = conversations.get(db, self._conversation_id)
        language = wanted.language or customers.get(db, conversation.customer_id).language
        seen = conversation.channels[0] if conversation.channels else ""
        self._known = templates_of(desk, self._known)
        return self._known.search(
            wanted.words,
            language,
            self._channel or seen,
            template_uses.ranks(db, self._link.agent),
            template_uses.totals(db),
            fallback=desk.config.desk.language,
        )


def _problems(templates: Templates) -> list[str]:
    from omnitui.desk.template_text import mistakes

    found = [str(problem) for problem in templates.problems]
    return [*found, *(str(m) for one in templates.all for m in mistakes(one))]
