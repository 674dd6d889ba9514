"""How one gets elsewhere in a customer's history: to its ends, to a message, to a moment or words,
to a part of it, and by folding conversations."""

from __future__ import annotations

from omnitui.tui.widgets.timeline_loading import LoadedHistory, turned
from omnitui.tui.widgets.timeline_rows import HeadingRow, MessageRow
from omnitui.tui.widgets.timeline_window import PAGE, REFOLDED
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId, Message, MessageId, Millis
from store.timeline import EVERYTHING, WHOLE, Only, Scope
from store.timeline_hits import Hit


class HistoryPane(LoadedHistory):
    """Moves in the history that is loaded, and has what is not loaded yet."""

    def home(self) -> None:
        """Go to the customer's first message."""
        if self._window.first:
            super().home()
            self._top = (0, 0)
            self.repaint()
        else:
            self._jump(first=True)

    def end(self) -> None:
        """Go to the newest message."""
        if self._window.last:
            super().end()
            self._top = self._bottom()
            self.repaint()
        else:
            self._jump(first=False)

    async def toggle_fold(self) -> None:
        """Fold or unfold the conversation of the selected message; in a part of the history
        nothing folds."""
        row = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        if isinstance(row, MessageRow | HeadingRow) and not self.scope.only:
            chosen = row.message if isinstance(row, MessageRow) else row
            await self._refold(turned(self.scope, chosen.conversation_id), chosen.conversation_id)

    async def fold_others(self) -> None:
        """Fold all conversations but that of the selected message; unfold all when they are."""
        row = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        if not isinstance(row, MessageRow | HeadingRow) or self.scope.only:
            return
        own = (row.message if isinstance(row, MessageRow) else row).conversation_id
        alone = Scope(folded=frozenset({own}), others=True)
        await self._refold(WHOLE if self.scope.others else alone, own)

    async def _refold(self, scope: Scope, own: ConversationId) -> None:
        """Show the history with other folds, a conversation's line or message held still."""
        if self.data is None or self.customer_id is None:
            return
        self._asked += 1
        asked = self._asked
        message = self.selected_message
        near = message.id if message is not None else None
        height = self._screen_line(self.cursor)
        customer = self.customer_id
        try:
            with self._under_way.question() as late:
                opening = await self.data.timeline_open(customer, own, near, REFOLDED, scope)
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return
        if asked != self._asked:
            return
        self.scope = scope
        self._put(opening)
        self._drawn.clear()
        self._arrange()
        index = self._index.get(("folded", own), -1)
        if index < 0 and near is None:
            # It was unfolded: where its line stood, its heading does.
            index = self._heading_of(own)
        if index < 0:
            index = self._index.get(near, self._index.get(opening.at, -1))
        self.cursor = -1
        self._top = (0, 0)
        if index >= 0:
            self._top = self._walk((index, 0), -(height or 0))
        self._top = self._filled(self._top)
        self.select_index(self._nearest_selectable(index, 1))
        await self._catch_up(late)

    def _heading_of(self, own: ConversationId) -> int:
        """The row of a conversation's last heading; -1: there is none."""
        return max(
            (
                index
                for index, row in enumerate(self._rows)
                if isinstance(row, HeadingRow) and row.conversation_id == own
            ),
            default=-1,
        )

    async def narrow(self, only: Only) -> bool:
        """Show a part of the history, or all of it; what is selected stays, if it is of it.
        False when there is nothing in the part."""
        message = self.selected_message
        if self.customer_id is None:
            return False
        near = message.id if message is not None else None
        return await self._open(Scope(only), self.customer_id, self.conversation_id, near)

    async def go_to(self, at: Millis) -> Message | None:
        """Select the first message from a moment on, or the last one; None: there is none."""
        if self.data is None or self.customer_id is None:
            return None
        try:
            found = await self.data.timeline_at(self.customer_id, at, self.scope)
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return None
        if found is None or not await self._select(found):
            return None
        return self.selected_message

    async def go_to_message(self, message_id: MessageId) -> None:
        """Select a message of the history; where the part in view has it not, show everything."""
        await self._select(message_id)
        message = self.selected_message
        if self.scope.only and (message is None or message.id != message_id):
            await self.narrow(EVERYTHING)
            await self._select(message_id)

    async def _select(self, message_id: MessageId) -> bool:
        """Bring a message of the history into view and select it."""
        index = self._index.get(message_id)
        if index is None:
            if self.customer_id is None:
                return False
            return await self._open(self.scope, self.customer_id, self.conversation_id, message_id)
        self.select_index(index)
        return True

    async def find(self, text: str, direction: int = -1) -> Hit | None:
        """Select the next message that `text` finds, older ones first by default; from a fresh
        search on the nearest, older or newer."""
        if self.data is None or self.customer_id is None or not text:
            return None
        # From a fresh search on, the selected message itself may be the hit.
        fresh = text != self._needle
        position = self._position() + (-direction if fresh else 0)
        try:
            found = await self.data.timeline_find(
                self.customer_id, text, position, direction, self.scope
            )
            if found is None and fresh:
                found = await self.data.timeline_find(
                    self.customer_id, text, position, -direction, self.scope
                )
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return None
        if found is None:
            return None
        self._needle = text
        self._folds.show_text(found.message_id)
        self._drawn.clear()
        await self._select(found.message_id)
        return found

    def _position(self) -> int:
        """Where the selection stands in the history."""
        message = self.selected_message
        if message is not None:
            return message.position
        row = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        if isinstance(row, HeadingRow):
            for one in self._window.folded:
                if one.conversation.id == row.conversation_id:
                    return one.position
        return self._window.highest or 0

    def _jump(self, *, first: bool) -> None:
        async def jump() -> None:
            customer, data = self.customer_id, self.data
            if customer is None or data is None:
                return
            if not first:
                await self._open(self.scope, customer, None, None)
                return
            self._asked += 1
            asked = self._asked
            try:
                with self._under_way.question() as late:
                    page = await data.timeline_page(
                        customer, after=-1, limit=PAGE, scope=self.scope
                    )
            except StoreError as error:
                self.post_message(self.Trouble(str(error)))
                return
            if asked != self._asked:
                return
            self._put(page)
            self._arrange()
            self.cursor = -1
            self.home()
            await self._catch_up(late)

        start(self, jump, f"{self.id or 'timeline'}-jump", exclusive=True)
