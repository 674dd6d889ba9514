"""The inbox: conversations of a view, the one that waits longest first.

It holds a window of rows around the screen and asks for more by keyset as one moves, so
a desk of 200,000 conversations opens and scrolls like one of twenty. The selection is a
conversation, not a place: it stays when rows come and go under it, and keeps its line on the
screen while somebody works at it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence, Set
from time import monotonic
from typing import ClassVar

from textual.message import Message

from config.i18n import _
from omnitui.tui.link.data import Data
from omnitui.tui.link.moment import NOTHING, Moment
from omnitui.tui.panes.draw_ahead import DrawAhead
from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.panes.pane_parts import Place
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.text.wrap import wrap
from omnitui.tui.widgets import inbox_style
from omnitui.tui.widgets.inbox_row import RowLook, age, draw
from omnitui.tui.widgets.inbox_window import AHEAD, PAGE, WINDOW, InboxWindow
from omnitui.tui.words.moments import zone
from store.clock import now
from store.errors import QueryError, StoreError
from store.model import Conversation, ConversationId, Sort, View

HANDS_OFF = 6.0
"""Seconds after the last move for which the selected row keeps its line, even where new rows come
in above all others; then who looks at the start of the list sees them."""
AT_LEAST = 3.0
"""Seconds after which the window is read again with the next change, wherever that was."""
_PLAIN = ("mine", "unassigned", "all")
SOON = 20
"""Rows left between the screen and the end of those loaded, at which no rest is waited for."""


class Inbox(InboxWindow):
    """`load` fills it, `refresh_rows` brings it up to date after changes in the store."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(inbox_style.PARTS)
    DEFAULT_CSS = inbox_style.CSS

    class Highlighted(Message):
        """Another conversation is selected (by key, click, or since the old one left)."""

        def __init__(self, conversation_id: ConversationId | None) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    class Opened(Message):
        """A conversation was double-clicked, or `open()` was called."""

        def __init__(self, conversation_id: ConversationId) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    class MarksChanged(Message):
        """Conversations were marked or unmarked."""

        def __init__(self, marked: frozenset[ConversationId]) -> None:
            super().__init__()
            self.marked = marked

    def __init__(
        self,
        data: Data | None = None,
        *,
        timezone: str = "",
        id: str | None = None,  # noqa: A002 (Textual's own name)
        classes: str | None = None,
    ) -> None:
        super().__init__(data, id=id, classes=classes)
        self.timezone = timezone
        self._marked: frozenset[ConversationId] = frozenset()
        self._ages: dict[ConversationId, str] = {}
        self._seen_from: list[int] = []
        self._moment = NOTHING
        self._moved_at = -HANDS_OFF
        self._held: tuple[int, int] | None = None
        """The first line shown while the start of the list is kept from sliding."""
        self._above = self._below = AHEAD
        """Loaded rows beyond the screen."""
        self._read_at = -AT_LEAST
        """When the window was last read again."""
        self._ahead = DrawAhead(self, self._rested)
        self.scrolled: Callable[[], None] | None = None
        """Told when other rows may be on the screen."""

    # What the screen calls

    async def load(self, view: View, query: str = "", sort: Sort | None = None) -> None:
        """Show a view, filtered by `query`, from its start. Raises `QueryError`.

        The same view again keeps the selection, if it still has it; another order begins at its
        first.
        """
        kept = self.selected if (view, sort) == (self.view, self.sort) else None
        if view != self.view:
            self.clear_marks()
        before = (self.view, self.query_text, self.sort)
        self.view, self.query_text, self.sort = view, query, sort
        self._generation += 1
        generation = self._generation
        try:
            if kept is not None and self._loaded:
                await self.refresh_rows(None)
                if self.selected != kept and (query or not await self.select(kept)) and self._rows:
                    self.home()
                return
            page = await self._page(limit=PAGE)
        except QueryError:
            if generation == self._generation:
                self.view, self.query_text, self.sort = before
            raise
        if page is None or generation != self._generation:
            return
        self._take(page)
        self._held = None
        self._top, self.cursor = (0, 0), 0 if self._rows else -1
        self.repaint()
        self.cursor_moved()

    async def refresh_rows(self, changed: set[ConversationId] | None = None) -> None:
        """Read the window again after changes; rows that are the same cost nothing.

        Args:
            changed: The conversations that changed, None when not known. Where none of
                them can be in the view there is nothing to do, but a conversation may
                enter a view by any change, so it only helps to draw less.
        """
        if self.data is None or not self._loaded:
            return
        if changed and await self._out_of_reach(changed):
            return
        self._read_at = monotonic()
        before = self.selected
        anchor = self._rows[self._top[0]].conversation if self._rows else None
        size = max(PAGE, min(WINDOW, len(self._rows)))
        if anchor is None or (self._first and self._top[0] < size - PAGE // 2):
            page = await self._page(limit=size)
        else:
            page = await self._around(anchor, size)
        if page is None:
            return
        at_start, place = self._top in ((0, 0), self._held), self.place()
        working = monotonic() - self._moved_at < HANDS_OFF
        old = {row.conversation.id: row for row in self._rows}
        self._take(page)
        self.forget(
            row.conversation.id for row in self._rows if old.get(row.conversation.id) != row
        )
        # The selected row stays under the eye, whatever moved around it; but who looks at
        # the start of the list, and does not work there now, wants to see who is new.
        slides = at_start and not working
        self.rows_changed(Place({}, place.cursor) if slides else place, prefer_cursor=True)
        if self.cursor < 0 and self._rows:
            self.cursor = 0  # the first to come into an empty list: keys are meant for it
        if slides:
            self._slide()
        elif at_start and self._top != (0, 0):
            if self._held is None:
                self.set_timer(HANDS_OFF, self._let_slide)
            self._held = self._top
        if self.selected != before:
            self.cursor_moved()

    async def _out_of_reach(self, changed: Set[ConversationId]) -> bool:
        """Whether what changed is neither in the window nor comes into it: in a storm most of it
        stands far below those who have waited for long."""
        rows = self._rows
        plain = self.view in _PLAIN and not self.query_text and self.sort is None
        lately = monotonic() - self._read_at < AT_LEAST
        if self.data is None or not (plain and lately and rows) or changed & self._index.keys():
            return False
        generation = self._generation
        first = None if self._first else rows[0].conversation
        last = None if self._last else rows[-1].conversation
        try:
            touched, total = await self.data.inbox_touched(self.view, changed, first, last)
        except StoreError:
            return False  # the rows are asked for, and that is said
        if touched or generation != self._generation or rows is not self._rows:
            return False
        self._total = total
        return True

    def _slide(self) -> None:
        """Show the start of the list, as far as the selected row is on the screen with it."""
        self._held = None
        self._top = (0, 0)
        self._bring_into_view(self.cursor, at_top=False)
        self.repaint()

    def _let_slide(self) -> None:
        """Nobody has touched the list for a while: what came in above may be seen."""
        if self._held is None or self._top != self._held:
            self._held = None
        elif (left := HANDS_OFF - (monotonic() - self._moved_at)) > 0:
            self.set_timer(left, self._let_slide)
        else:
            self._slide()

    def select_index(self, index: int, *, follow: bool = True, at_top: bool = False) -> None:
        self._moved_at = monotonic()
        super().select_index(index, follow=follow, at_top=at_top)

    async def select(self, conversation_id: ConversationId) -> bool:
        """Select a conversation, wherever in the view it is. False when it is not in it."""
        index = self._index.get(conversation_id)
        if index is None:
            page = await self._ask(
                lambda data: data.inbox_around(
                    self.view, self.query_text, conversation_id, PAGE, self.sort
                )
            )
            if page is None or all(r.conversation.id != conversation_id for r in page.rows):
                return False
            self._take(page)
            index = self._index[conversation_id]
            self._top = (max(0, index - self.size.height // 4), 0)
            self.cursor = -1
        self.select_index(index)
        return True

    def home(self) -> None:
        """Go to the first conversation of the view."""
        if self._first:
            super().home()
        else:
            self._jump(last=False)

    def end(self) -> None:
        """Go to the last conversation of the view."""
        if self._last:
            super().end()
        else:
            self._jump(last=True)

    async def next_waiting(self, direction: int = 1) -> bool:
        """Select the next conversation in which a customer waits, around the end of the view."""
        count = len(self._rows)
        whole = self._first and self._last
        for step in range(1, count + 1):
            index = self.cursor + step * direction
            if not (whole or 0 <= index < count):
                break
            if self._rows[index % count].conversation.waiting_since is not None:
                self.select_index(index % count)
                return True
        if whole or self.data is None:
            return False
        try:
            found = await self.data.inbox_waiting(
                self.view, self.query_text, self.selected_conversation, direction, self.sort
            )
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return False
        return found is not None and await self.select(found)

    def toggle_mark(self) -> None:
        """Mark or unmark the selected conversation for a command on several."""
        if self.selected is not None:
            self.set_marks(self._marked ^ {self.selected})

    def span(self, anchor: ConversationId | None) -> set[ConversationId]:
        """The conversations from `anchor` to the selected one; that one alone when the other
        is not loaded."""
        at = self._index.get(anchor) if anchor is not None else None
        first, last = sorted((self.cursor if at is None else at, self.cursor))
        return {row.conversation.id for row in self._rows[max(0, first) : last + 1]}

    async def ids(self, limit: int) -> list[ConversationId]:
        """The first conversations of the view, loaded or not. Raises `StoreError`."""
        if self.data is None:
            return []
        return await self.data.inbox_ids(self.view, self.query_text, limit, self.sort)

    def clear_marks(self) -> None:
        self.set_marks(set())

    def set_marks(self, marks: Set[ConversationId]) -> None:
        """Mark these and no others."""
        if changed := marks ^ self._marked:
            self._marked = frozenset(marks)
            self.forget(changed)
            self.repaint()
            self.post_message(self.MarksChanged(self._marked))

    def marked(self) -> frozenset[ConversationId]:
        """The marked conversations, also those that are not loaded or left the view."""
        return self._marked

    @property
    def selected(self) -> ConversationId | None:
        row = self.selected_conversation
        return row.id if row else None

    @property
    def selected_conversation(self) -> Conversation | None:
        """The selected row as it was last read."""
        return self._rows[self.cursor].conversation if 0 <= self.cursor < len(self._rows) else None

    @property
    def total(self) -> int | None:
        """Conversations in the view; None when they were not counted."""
        return self._total

    def open(self) -> None:
        """Say that the selected conversation is to be opened."""
        if self.selected is not None:
            self.post_message(self.Opened(self.selected))

    def tick(self) -> None:
        """Let time pass: rows whose waiting time reads otherwise are drawn anew, those that are
        not on the screen when they come there."""
        moment = now()
        stale = {
            row.conversation.id
            for row in self._rows
            if row.conversation.id in self._ages
            and self._ages[row.conversation.id] != age(row.conversation, moment)
        }
        if stale:
            self.forget(stale)
        if any(one.id in stale for one in self.on_screen()):
            self.repaint()

    def on_screen(self) -> list[Conversation]:
        """The conversations whose rows are on the screen, as they were last read."""
        return [
            self._rows[index].conversation
            for index in dict.fromkeys(self._rows_shown)
            if 0 <= index < len(self._rows)
        ]

    def show_moment(self, moment: Moment) -> None:
        """Who types, is there and looks, by now: only rows that read otherwise are redrawn."""
        before, self._moment = self._moment, moment
        if moment == before:
            return
        stale = [
            row.conversation.id
            for row in self._rows
            if moment.looks_otherwise(before, row.conversation.id, row.conversation.customer_id)
        ]
        if stale:
            self.forget(stale)
            self.repaint()

    def _reindex(self) -> None:
        super()._reindex()
        if len(self._ages) > 4 * WINDOW:
            self._ages = {key: text for key, text in self._ages.items() if key in self._index}

    # What the pane asks

    def row_count(self) -> int:
        return len(self._rows)

    def row_key(self, index: int) -> Hashable:
        return self._rows[index].conversation.id

    def index_of(self, key: Hashable) -> int | None:
        return self._index.get(key)  # type: ignore[call-overload, no-any-return]

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        row = self._rows[index]
        moment = now()
        self._ages[row.conversation.id] = age(row.conversation, moment)
        agent = self.data.agent if self.data else ""
        look = RowLook(self.style, agent, moment, zone(self.timezone), self._moment)
        return draw(row, row.conversation.id in self._marked, mark, cells, look)

    def empty_lines(self) -> Sequence[Line]:
        if not self._loaded:
            return ()
        if self.query_text:
            words = _("Nothing matches “{query}”.").format(query=one_line(self.query_text))
        elif self.view == "mentions":
            words = _("No note names you.")
        elif self.view == "snoozed":
            words = _("Nothing is snoozed.")
        elif self.view == "closed":
            words = _("Nothing is closed yet.")
        else:
            words = _("Nobody waits here. New messages appear by themselves.")
        blank = LineBuilder(self.cells, self.style("inbox--row"))
        lines = [blank.finish()]
        for first, last in wrap(words, max(8, self.cells - 3)):
            line = LineBuilder(self.cells, self.style("inbox--row")).add("  ")
            lines.append(line.add(words[first:last], self.style("inbox--quiet")).finish())
        return lines

    def scroll_span(self, first: int, last: int) -> tuple[float, float]:
        offset, total = self._offset, self._total
        if offset is None or not total:
            start, stop = super().scroll_span(first, last)
            return (max(start, 0.01) if not self._first else start), (
                min(stop, 0.99) if not self._last else stop
            )
        return (offset + first) / total, (offset + last + 1) / total

    def cursor_moved(self) -> None:
        self.post_message(self.Highlighted(self.selected))

    def row_opened(self, index: int) -> None:
        self.open()

    @property
    def page_lines(self) -> int:
        """Whole rows: then what is at the same place in all of them need not be sent again."""
        lines = len(self.lines_of(self._top[0])) if self._rows else 1
        return max(lines, (self.size.height - 1) // lines * lines)

    def near_edge(self, above: int, below: int) -> None:
        # Reading in another thread would take the processor from the frame that is just made.
        self._above, self._below = above, below
        if min(above if not self._first else AHEAD, below if not self._last else AHEAD) < SOON:
            self._read_on()
        self._ahead.look(self._rows_shown, len(self._rows))

    def _rested(self) -> None:
        if self.scrolled is not None and self._rows_shown[:1] != self._seen_from:
            self._seen_from = self._rows_shown[:1]
            self.scrolled()
        self._read_on()

    def _read_on(self) -> None:
        if self._paging or self.data is None or not self._rows:
            return
        if self._below < AHEAD and not self._last:
            self._page_in(last=True)
        elif self._above < AHEAD and not self._first:
            self._page_in(last=False)
