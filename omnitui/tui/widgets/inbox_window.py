"""The rows of the inbox that are at hand: a window around the screen, asked for by keyset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from omnitui.tui.link.data import Data
from omnitui.tui.link.inbox_data import InboxPage, InboxRow
from omnitui.tui.panes.lines import LinePane
from omnitui.tui.work import start
from store.errors import QueryError, StoreError
from store.model import Conversation, ConversationId, Sort, View

PAGE = 100
"""Rows asked for at once."""

WINDOW = 600
"""Rows held; those farthest from the screen are let go."""

AHEAD = 60
"""Rows between the screen and the end of the window at which more are asked for."""

Question = Callable[[Data], Awaitable[InboxPage | None]]


class InboxWindow(LinePane):
    """Holds the rows of a view and asks for more as one comes near their end."""

    def __init__(
        self,
        data: Data | None = None,
        *,
        id: str | None = None,  # noqa: A002 (Textual's own name)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.data = data
        self.view: View = "all"
        self.query_text = ""
        self.sort: Sort | None = None
        """None: the view's usual order."""
        self._rows: list[InboxRow] = []
        self._index: dict[ConversationId, int] = {}
        self._offset: int | None = 0
        self._total: int | None = None
        self._first = self._last = True
        self._loaded = False
        self._generation = 0
        self._paging = False

    def _take(self, page: InboxPage) -> None:
        self._rows = list(page.rows)
        self._offset, self._total = page.offset, page.total
        self._first, self._last = page.first, page.last
        self._loaded = True
        self._reindex()

    def _reindex(self) -> None:
        self._index = {row.conversation.id: index for index, row in enumerate(self._rows)}

    def _page_in(self, *, last: bool) -> None:
        self._paging = True
        start(self, partial(self._more, last), f"{self.id or 'inbox'}-paging")

    async def _more(self, last: bool) -> None:
        generation = self._generation
        try:
            edge = self._rows[-1 if last else 0].conversation
            page = await self._page(
                after=edge if last else None, before=None if last else edge, limit=PAGE
            )
        except QueryError:
            return  # what is wrong with the query is said where the list would be
        finally:
            self._paging = False
        still = self._rows and self._rows[-1 if last else 0].conversation.id == edge.id
        if page is None or generation != self._generation or not still:
            return
        place = self.place()
        fresh = [row for row in page.rows if row.conversation.id not in self._index]
        if last:
            self._rows += fresh
            self._last = page.last
            surplus = len(self._rows) - WINDOW
            spare = max(0, min(surplus, self._top[0] - AHEAD))
            if spare:
                del self._rows[:spare]
                self._first = False
                self._offset = None if self._offset is None else self._offset + spare
        else:
            self._rows[:0] = fresh
            self._first = page.first
            if self._first:
                self._offset = 0
            elif self._offset is not None:
                self._offset = max(0, self._offset - len(fresh))
            if len(self._rows) > WINDOW:
                del self._rows[WINDOW:]
                self._last = False
        self._reindex()
        self.rows_changed(place)

    def _jump(self, *, last: bool) -> None:
        async def jump() -> None:
            self._generation += 1
            try:
                page = await self._page(last=last, limit=PAGE)
            except QueryError:
                return
            if page is not None:
                self._take(page)
                self.cursor = -1
                (LinePane.end if last else LinePane.home)(self)

        start(self, jump, f"{self.id or 'inbox'}-jump", exclusive=True)

    async def _around(self, anchor: Conversation, size: int) -> InboxPage | None:
        """The window around the place where `anchor` is or was."""
        above = await self._page(before=anchor, limit=size // 2)
        if above is None:
            return None
        edge = above.rows[-1].conversation if above.rows else None
        below = await self._page(after=edge, limit=size // 2)
        if below is None:
            return None
        seen = {row.conversation.id for row in above.rows}
        rows = above.rows + tuple(r for r in below.rows if r.conversation.id not in seen)
        return InboxPage(rows, self._offset, below.total, above.first, below.last)

    async def _page(
        self,
        *,
        after: Conversation | None = None,
        before: Conversation | None = None,
        last: bool = False,
        limit: int,
    ) -> InboxPage | None:
        view, query, sort = self.view, self.query_text, self.sort
        return await self._ask(
            lambda data: data.inbox_page(
                view, query, after=after, before=before, last=last, limit=limit, sort=sort
            )
        )

    async def _ask(self, question: Question) -> InboxPage | None:
        if self.data is None:
            return None
        try:
            return await question(self.data)
        except QueryError:
            raise
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return None
