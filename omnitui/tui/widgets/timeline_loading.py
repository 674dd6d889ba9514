"""What of a customer's history a timeline has loaded, and what of that it shows.

A window of messages is held around the screen, and more is asked for by position as one scrolls.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import replace
from functools import partial

from textual.message import Message as Posted

from omnitui.tui.link.data import Data
from omnitui.tui.link.timeline_data import TimelineOpening, TimelinePage
from omnitui.tui.panes.draw_ahead import DrawAhead
from omnitui.tui.panes.lines import LinePane
from omnitui.tui.widgets.late_changes import LateChanges, UnderWay
from omnitui.tui.widgets.message_folds import Folds
from omnitui.tui.widgets.timeline_order import arrange
from omnitui.tui.widgets.timeline_rows import (
    HeadingRow,
    MessageRow,
    Row,
    can_be_selected,
    regrouped,
)
from omnitui.tui.widgets.timeline_window import (
    AHEAD,
    FIRST,
    PAGE,
    SOON,
    Changes,
    TimelineWindow,
)
from omnitui.tui.words.chat_facts import answer_until
from omnitui.tui.words.moments import zone
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId, CustomerId, Message, MessageId
from store.timeline import EVERYTHING, WHOLE, Only, Scope

AGAIN = 2.0
"""Seconds until what could not be read is asked for again."""


class LoadedHistory(LinePane):
    """`show` opens a customer's history; `refresh_messages` follows the store."""

    class NewBelow(Posted, namespace="timeline"):
        """Messages came in below what is on the screen; `count` 0 when they were reached."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    class Narrowed(Posted, namespace="timeline"):
        """Another part of the history is shown, or all of it."""

        def __init__(self, only: Only) -> None:
            super().__init__()
            self.only = only

    def __init__(
        self,
        data: Data | None = None,
        *,
        timezone: str = "",
        id: str | None = None,  # noqa: A002 (Textual's own name)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.data = data
        self.timezone = timezone
        self.customer_id: CustomerId | None = None
        self.conversation_id: ConversationId | None = None
        self._window = TimelineWindow()
        self._ahead = DrawAhead(self, self._rested)
        self._above = self._below = AHEAD
        """Loaded rows beyond the screen."""
        self._rows: list[Row] = []
        self._index: dict[Hashable, int] = {}
        self.scope = WHOLE
        """What is shown of the history."""
        self._folds = Folds()
        self.fold_key = self.adopt_key = ""
        """Keys shown where they do something, if the screen has such."""
        self._needle = ""
        self._generation = 0
        """Times that another history, or another part of it, was put here."""
        self._asked = 0
        """Times that one was asked for: of several the last one comes."""
        self._under_way = UnderWay()
        self._missed = LateChanges()
        """What could not be read."""
        self._paging = False
        self._new_below = 0
        self._today = 0

    async def show(
        self,
        customer_id: CustomerId,
        conversation_id: ConversationId | None = None,
        *,
        at_message: MessageId | None = None,
    ) -> None:
        """Open a customer's history where a conversation ends, or at a message.

        Without either, at its newest message.
        """
        folds = self.scope if customer_id == self.customer_id else WHOLE
        scope = replace(folds, only=EVERYTHING)
        if conversation_id is not None and scope.folds_away(conversation_id):
            scope = turned(scope, conversation_id)
        await self._open(scope, customer_id, conversation_id, at_message)

    async def _open(
        self,
        scope: Scope,
        customer_id: CustomerId,
        conversation_id: ConversationId | None,
        at_message: MessageId | None,
    ) -> bool:
        """Show a scope. False when nothing was changed: there is nothing in it, or the store
        failed, or something else was asked for meanwhile."""
        self._asked += 1
        asked = self._asked
        if self.data is None:
            return False
        try:
            with self._under_way.question() as late:
                opening = await self.data.timeline_open(
                    customer_id, conversation_id, at_message, FIRST, scope
                )
                if at_message is not None and scope.folds:
                    # What is looked for may be folded away.
                    opening, scope = await self._unfolded(opening, scope, customer_id, at_message)
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return False
        if asked != self._asked or (scope.only and not opening.page.messages):
            return False
        if customer_id != self.customer_id:
            self._folds.clear()
            self._needle = ""
        narrowed = scope.only != self.scope.only
        self.customer_id, self.conversation_id, self._new_below = customer_id, conversation_id, 0
        self.scope = scope
        self._put(opening)
        self._drawn.clear()
        self._arrange()
        self.cursor = -1
        index = self._index.get(opening.at, -1)
        if index < 0:
            self._top = self._bottom()
        else:
            # A hit near the top, with what follows it; an end near the bottom, with what led
            # to it.
            above = self.size.height // 4 if at_message is not None else self.size.height * 3 // 4
            self._top = self._filled(self._walk((index, 0), -above))
        self.select_index(index)
        if narrowed:
            self.post_message(self.Narrowed(scope.only))
        await self._catch_up(late)
        return True

    def _put(self, read: TimelineOpening | TimelinePage) -> None:
        """Hold another part of a history than until now, or its first page."""
        # What is being read yet is about the one that stood here until now.
        self._generation += 1
        self._missed = LateChanges()
        if isinstance(read, TimelineOpening):
            self._window.open(read)
        else:
            self._window.open_first(read)

    async def _catch_up(self, late: LateChanges) -> None:
        """Read what changed while that was read which stands here now."""
        if late.told:
            await self.refresh_messages(late.ids)

    async def _unfolded(
        self,
        opening: TimelineOpening,
        scope: Scope,
        customer_id: CustomerId,
        at_message: MessageId,
    ) -> tuple[TimelineOpening, Scope]:
        if self.data is None or opening.at == at_message:
            return opening, scope
        whole = await self.data.timeline_open(customer_id, None, at_message, FIRST)
        at = next((one for one in whole.page.messages if one.id == whole.at), None)
        if at is None or not scope.folds_away(at.conversation_id):
            return opening, scope
        scope = turned(scope, at.conversation_id)
        found = await self.data.timeline_open(customer_id, None, at_message, FIRST, scope)
        return found, scope

    def clear(self) -> None:
        """Show nothing: no conversation is open."""
        self._asked += 1
        self._generation += 1
        self.customer_id = self.conversation_id = None
        if self.scope.only:
            self.post_message(self.Narrowed(EVERYTHING))
        self.scope = WHOLE
        self._window.clear()
        self._arrange()
        self.cursor, self._top = -1, (0, 0)
        self.repaint()

    async def refresh_messages(self, ids: Collection[MessageId] | None = None) -> None:
        """Follow the store: `ids` changed (None: anything may have), or new ones came.

        What is on the screen stays where it is, unless its end was: then so is the new end. What
        cannot be read is asked for again after `AGAIN`.
        """
        self._under_way.tell(ids)
        if self.data is None or self.customer_id is None:
            return
        if self._missed.told:
            self._missed.tell(ids)
            ids, self._missed = self._missed.ids, LateChanges()
        generation, window = self._generation, self._window
        after: int | None = None
        if ids is None:  # also those that came between since
            wanted: Collection[MessageId] = [one.id for one in window.messages]
            after = -1 if window.first or window.lowest is None else window.lowest - 1
        else:
            wanted = ids
            if window.last:
                after = -1 if window.highest is None else window.highest
        try:
            page = await self.data.timeline_changes(
                self.customer_id,
                wanted,
                set(window.heads),
                after,
                *window.span,
                self.scope,
            )
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            if generation == self._generation:
                self._missed.tell(ids)
                self.set_timer(AGAIN, self._refresh_missed)
            return
        if generation != self._generation:
            return  # it is in what was put here since, or caught up on there
        place, at_end = self.place(), self._at_end
        on_newest = self._on_newest
        changes = window.merge(page)
        if not changes:
            return
        # What is farther from the screen; at the end, all that is before it.
        window.grown(newest=not at_end and self._top[0] * 2 < len(self._rows))
        self._forget_changed(changes)
        self._arrange()
        self.rows_changed(place)
        if at_end:
            # Whatever changed, lest what comes next finds the end below the screen.
            self._top = self._bottom()
            if on_newest:
                self.cursor = len(self._rows) - 1
        elif changes.fresh:
            self._tell_below(self._new_below + changes.fresh)
        if self.cursor_key() != place.cursor:  # or what was selected is gone
            self.cursor = self._nearest_selectable(self.cursor, -1)
            self.cursor_moved()
        self.repaint()
        if at_end and on_newest and not window.last:  # too many came to be read at once
            self._jump(first=False)

    async def _refresh_missed(self) -> None:
        if self._missed.told:
            await self.refresh_messages(self._missed.ids)

    @property
    def selected_message(self) -> Message | None:
        row = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        return row.message if isinstance(row, MessageRow) else None

    @property
    def matter(self) -> ConversationId | None:
        """The conversation under the cursor: its message, or the line that it is folded to."""
        row = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        if isinstance(row, MessageRow):
            return row.message.conversation_id
        return row.conversation_id if isinstance(row, HeadingRow) else None

    @property
    def newest_shown(self) -> MessageId:
        """The message inserted last of those that are held; 0 when there is none, or when the
        newest are not held."""
        held = [one.id for one in self._window.messages] if self._window.last else []
        return max(held, default=MessageId(0))

    def row_count(self) -> int:
        return len(self._rows)

    def row_key(self, index: int) -> Hashable:
        return self._rows[index].key

    def index_of(self, key: Hashable) -> int | None:
        return self._index.get(key)

    def selectable(self, index: int) -> bool:
        return can_be_selected(self._rows[index])

    def near_edge(self, above: int, below: int) -> None:
        if self._new_below and self.at_bottom:
            self._tell_below(0)
        if self.data is None or not self._rows:
            return
        self._above, self._below = above, below
        # Beside a list that somebody goes through, most of what is shown is gone in a moment.
        if not self._read_on(AHEAD if self.has_focus else SOON):
            self._ahead.look(self._rows_shown, len(self._rows))

    def _rested(self) -> None:
        self._read_on(AHEAD)

    def _read_on(self, near: int) -> bool:
        """Ask for more where so few rows are left; whether that was done."""
        if self._paging:
            return False
        older = self._above < near and not self._window.first
        if not older and (self._below >= near or self._window.last):
            return False
        self._page_in(older=older)
        return True

    def _jump(self, *, first: bool) -> None:
        """Show the customer's first messages, or the newest."""
        raise NotImplementedError

    @property
    def _at_end(self) -> bool:
        """Whether the newest is on the screen, or will be: a pane that is hidden, or has another
        size than it was drawn in, is drawn there."""
        if not self._window.last:
            return False
        if not self.size or self._frame_size != self.size:
            return self._stuck_to_bottom
        return self.at_bottom

    @property
    def _stuck_to_bottom(self) -> bool:
        return self._window.last and self._on_newest

    @property
    def _on_newest(self) -> bool:
        """Whether nothing that can be selected comes below."""
        return not any(can_be_selected(row) for row in self._rows[self.cursor + 1 :])

    def _arrange(self) -> None:
        window = self._window
        tz, before = zone(self.timezone), self._rows
        own = self.data.agent if self.data else ""
        seen = {
            room: tuple(one for one in readers if one.agent != own)
            for room, readers in window.seen.items()
        }
        self._rows = arrange(window.messages, window.heads, window.folded, tz, window.events, seen)
        self.forget(regrouped(before, self._rows))
        self._index = {row.key: index for index, row in enumerate(self._rows)}

    def _forget_changed(self, changes: Changes) -> None:
        self.forget(changes.messages)
        if changes.heads or changes.fresh:
            self.forget([row.key for row in self._rows if isinstance(row, HeadingRow)])
            # Whether somebody still waits is said with the message.
            self.forget([one.id for one in self._window.messages if answer_until(one)])

    def _tell_below(self, count: int) -> None:
        if count != self._new_below:
            self._new_below = count
            self.post_message(self.NewBelow(count))

    def _page_in(self, *, older: bool) -> None:
        self._paging = True
        start(self, partial(self._more, older), f"{self.id or 'timeline'}-paging")

    async def _more(self, older: bool) -> None:
        generation, window = self._generation, self._window
        data, customer = self.data, self.customer_id
        try:
            edge = window.lowest if older else window.highest
            if data is None or customer is None or edge is None:
                return
            with self._under_way.question() as late:
                page = await data.timeline_page(
                    customer,
                    before=edge if older else None,
                    after=None if older else edge,
                    limit=PAGE,
                    scope=self.scope,
                )
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return
        finally:
            self._paging = False
        if generation != self._generation or edge != (window.lowest if older else window.highest):
            return
        place = self.place()
        window.extend(page, older=older)
        self._arrange()
        self.rows_changed(place)
        await self._catch_up(late)


def turned(scope: Scope, own: ConversationId) -> Scope:
    """The same with a conversation folded, or unfolded."""
    return replace(scope, folded=scope.folded ^ {own})
