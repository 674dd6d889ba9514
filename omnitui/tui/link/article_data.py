"""What the pane of articles shows: found in threads, never in the screen's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from omnitui.desk.knowledge.articles import Variant, directories
from omnitui.desk.knowledge.index import marks
from omnitui.desk.knowledge.shelf import Found, first_place, shelf
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.widgets.article_pane import How, Shown
from store import article_uses, conversations, customers, messages
from store.driver import Connection
from store.model import ConversationId

LONGEST = 4000
"""Characters of a customer's message that it is looked at what it is about."""


@dataclass(frozen=True, slots=True)
class Situation:
    """For whom articles are looked up."""

    languages: Sequence[str]
    channel: str
    words: str
    """What the customer wrote last."""
    ranks: Mapping[str, int]
    desk_ranks: Mapping[str, int]


class ArticleData:
    """The desk's articles for one conversation at a time."""

    def __init__(self, link: DeskLink) -> None:
        self._link = link
        self._shelf = shelf(directories(link.config))
        self._here = Situation((), "", "", {}, {})

    async def look_at(self, conversation_id: ConversationId, channel: str = "") -> None:
        """Look up for this conversation from now on; `channel`: where the reply goes.

        Raises `NotFound`, `StoreError`.
        """
        self._here = await self._link.store.read(self._situation, conversation_id, channel)

    async def refresh(self, progress: Callable[[int, int], None]) -> bool:
        """Read files that are new or changed; whether there were any. `progress` is called in
        another thread."""
        return await asyncio.to_thread(self._shelf.refresh, progress)

    async def problems(self) -> Sequence[str]:
        """Files that are no article, and why."""
        return await asyncio.to_thread(lambda: [str(one) for one in self._shelf.problems])

    async def find(self, query: str) -> tuple[list[Found], How]:
        """What fits what is typed; without it what the customer's message may be about, else
        what is used most."""
        return await asyncio.to_thread(self._find, query)

    async def shown(self, variant: Variant, query: str) -> Shown:
        """An article to be read, with what is looked for."""
        return await asyncio.to_thread(_shown, variant, query)

    async def count(self, name: str) -> None:
        """It was put into a reply. Raises `StoreError`."""
        if self._link.works:
            await self._link.store.write(self._count, name)

    def _find(self, query: str) -> tuple[list[Found], How]:
        here = self._here
        if query.strip():
            return self._search(query, "typed"), "typed"
        if here.words and (found := self._search(here.words, "about")):
            return found, "about"
        return self._search("", "typed"), "used"

    def _search(self, query: str, how: Literal["typed", "about"]) -> list[Found]:
        here = self._here
        return self._shelf.search(
            query, here.languages, here.channel, here.ranks, here.desk_ranks, how=how
        )

    def _situation(self, db: Connection, id_: ConversationId, channel: str) -> Situation:
        conversation = conversations.get(db, id_)
        customer = customers.get(db, conversation.customer_id)
        newest = messages.newest_inbound(db, id_)
        words = ""
        if newest is not None:
            message = messages.get(db, newest)
            words = f"{message.subject}\n{message.text}"[:LONGEST]
        return Situation(
            (customer.language, self._link.config.desk.language),
            channel or (conversation.channels[0] if conversation.channels else ""),
            words,
            article_uses.ranks(db, self._link.agent),
            article_uses.totals(db),
        )

    def _count(self, db: Connection, name: str) -> None:
        article_uses.count(db, name, self._link.agent, self._link.desk(db).now())


def _shown(variant: Variant, query: str) -> Shown:
    chapters = variant.chapters()
    sections = [section for section, _text in chapters if section is not None]
    line = first_place(variant, query) if query.strip() else 0
    return Shown(chapters, sections, marks(query), line)
