"""Marking conversations, so that one command acts on several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.i18n import _

if TYPE_CHECKING:
    from omnitui.tui.widgets.inbox import Inbox
    from omnitui.tui.widgets.status_bar import StatusBar
    from store.model import ConversationId

MOST = 10_000
"""Conversations that are marked at once."""


class Marks:
    """The marks of the inbox, by key."""

    def __init__(self, inbox: Inbox, status: StatusBar) -> None:
        self._inbox = inbox
        self._status = status
        self._anchor: ConversationId | None = None

    def toggle(self) -> None:
        """Mark or unmark the highlighted conversation and go on to the next."""
        self._anchor = self._inbox.selected
        self._inbox.toggle_mark()
        self._inbox.move(1)

    def range(self) -> None:
        """Mark everything from the last mark to here."""
        inbox = self._inbox
        inbox.set_marks(inbox.marked() | inbox.span(self._anchor))
        self._anchor = inbox.selected

    async def all(self) -> None:
        """Mark every conversation of the view, loaded or not; when all are, none. Raises
        `StoreError`."""
        found = await self._inbox.ids(MOST + 1)
        wanted = frozenset(found[:MOST])
        if wanted and wanted <= self._inbox.marked():
            self.none()
            return
        self._inbox.set_marks(self._inbox.marked() | wanted)
        self._tell(more=len(found) > MOST)

    async def invert(self) -> None:
        """Mark those of the view that are not marked, and unmark the others. Raises
        `StoreError`."""
        found = await self._inbox.ids(MOST + 1)
        self._inbox.set_marks(self._inbox.marked() ^ frozenset(found[:MOST]))
        self._tell(more=len(found) > MOST)

    def none(self) -> None:
        self._inbox.clear_marks()

    def _tell(self, *, more: bool) -> None:
        if more:
            words = _("{n} are marked, the first of this list: more are not marked at once.")
            self._status.say(words.format(n=len(self._inbox.marked())))
