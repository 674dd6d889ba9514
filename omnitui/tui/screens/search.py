"""Search over everything that was ever written, newest first, as one types."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from config.i18n import _
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.text.safe_text import one_line, safe
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.words.chat_facts import quoted_words
from omnitui.tui.words.moments import ago
from store import messages, search
from store.clock import now
from store.database import Store
from store.driver import Connection
from store.errors import StoreError
from store.model import ConversationId, MessageId, SearchHit

LIMIT = 100


class Search(Chooser):
    """Dismissed with the id of a message; `hits` are all that were shown."""

    with_preview = True
    stacked = True

    def __init__(self, store: Store, query: str) -> None:
        super().__init__(query)
        self._store = store
        self.title_text = _("Search")
        self.placeholder = _("words, “a phrase”, from:ann tag:refund before:2026-10-01 …")
        self.hits: list[SearchHit] = []
        self._wordless: dict[MessageId, str] = {}
        self.typed = query

    @property
    def places(self) -> list[tuple[ConversationId, MessageId]]:
        return [(hit.conversation_id, hit.message_id) for hit in self.hits]

    async def find(self, query: str) -> Sequence[Choice]:
        self.typed = query
        if not query.strip():
            self.hits = []
            return []
        try:
            self.hits, self._wordless = await self._store.read(_found, query)
        except StoreError as error:
            self.hits = []
            self.say(str(error))
            return []
        moment = now()
        return [
            Choice(
                str(hit.message_id),
                Content.assemble(
                    Content(f"{one_line(hit.author or _('(nobody)'))[:20]:<20} ").stylize("bold"),
                    _marked(hit.snippet or self._wordless.get(hit.message_id, "")),
                ),
                ago(moment - hit.at),
            )
            for hit in self.hits
        ]

    async def preview(self, choice: Choice) -> Content:
        hit = next((h for h in self.hits if str(h.message_id) == choice.value), None)
        if hit is None:
            return Content("")
        head = " · ".join(one_line(part) for part in (hit.author, hit.subject) if part)
        return Content.assemble(
            Content(head).stylize("bold"),
            "\n\n",
            _marked(hit.snippet or self._wordless.get(hit.message_id, ""), newlines=True),
        )


def _found(db: Connection, query: str) -> tuple[list[SearchHit], dict[MessageId, str]]:
    """The hits, and what those without words are instead."""
    hits = search.search(db, query, limit=LIMIT)
    silent = messages.many(db, [hit.message_id for hit in hits if not hit.snippet.strip()])
    return hits, {one.id: quoted_words(one) for one in silent}


def _marked(snippet: str, *, newlines: bool = False) -> Content:
    """A snippet with what matched in bold; marks are U+0002 and U+0003."""
    content = Content("")
    for position, part in enumerate(snippet.replace("\x03", "\x02").split("\x02")):
        text = safe(part, newlines=True) if newlines else safe(" ".join(part.split("\n")))
        piece = Content(text)
        content = Content.assemble(
            content, piece.stylize("bold $accent") if position % 2 else piece
        )
    return content
