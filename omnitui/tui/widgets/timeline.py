"""The timeline: everything a customer and we wrote, on every channel, at any age.

It holds a window of messages around the screen and asks for more by position as one
scrolls; only what comes on the screen is wrapped, and its neighbours when nothing else
is to do. A hundred thousand messages open like ten.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from functools import partial
from typing import ClassVar

from textual.message import Message as Posted

from config.i18n import _
from omnitui.tui.data import Data, TimelinePage
from omnitui.tui.inline import links
from omnitui.tui.lines import LinePane, Mark
from omnitui.tui.moments import local, zone
from omnitui.tui.strips import Line, LineBuilder
from omnitui.tui.widgets import message_view
from omnitui.tui.widgets.headings import day_line, heading_line
from omnitui.tui.widgets.message_view import MessageLook, gutter
from omnitui.tui.widgets.timeline_rows import DayRow, HeadingRow, MessageRow, Row, arrange
from store.clock import now
from store.errors import StoreError
from store.model import (
    Conversation,
    ConversationId,
    CustomerId,
    Message,
    MessageId,
    Millis,
)

FIRST = 40
"""Messages read before the first frame: more than any screen shows."""

PAGE = 100
WINDOW = 600
"""Messages held; those farthest from the screen are let go."""

AHEAD = 40
"""Rows between the screen and the end of the window at which more are asked for."""

IDLE = 0.02
"""Seconds of nothing to do after which neighbouring rows are wrapped."""

WRAPPED_AHEAD = 3
"""Screens wrapped beyond the one shown, at either side."""


class Timeline(LinePane):
    """`show` opens a customer's history; `refresh_messages` follows the store."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--row",
        "timeline--theirs",
        "timeline--ours",
        "timeline--selected",
        "timeline--blurred",
        "timeline--cursor",
        "timeline--bar",
        "timeline--ourbar",
        "timeline--customer",
        "timeline--agent",
        "timeline--quiet",
        "timeline--text",
        "timeline--gone",
        "timeline--subject",
        "timeline--signature",
        "timeline--quoted",
        "timeline--fold",
        "timeline--file",
        "timeline--label",
        "timeline--error",
        "timeline--failed",
        "timeline--sent",
        "timeline--waiting",
        "timeline--note",
        "timeline--notelabel",
        "timeline--day",
        "timeline--heading",
        "timeline--rule",
        "timeline--bold",
        "timeline--italic",
        "timeline--strike",
        "timeline--code",
        "timeline--link",
        "timeline--host",
        "timeline--warning",
        "timeline--found",
    }
    DEFAULT_CSS = """
    Timeline {
        & > .timeline--row { color: $foreground; }
        & > .timeline--theirs { color: $foreground; }
        & > .timeline--ours { color: $foreground; background: $primary 9%; }
        & > .timeline--selected { background: $primary 40%; }
        & > .timeline--blurred { background: $foreground 10%; }
        & > .timeline--cursor { color: $accent; text-style: bold; }
        & > .timeline--bar { color: $text-success; }
        & > .timeline--ourbar { color: $text-primary; }
        & > .timeline--customer { color: $text-success; text-style: bold; }
        & > .timeline--agent { color: $text-primary; text-style: bold; }
        & > .timeline--quiet { color: $foreground 50%; }
        & > .timeline--text { color: $foreground; }
        & > .timeline--gone { color: $foreground 45%; text-style: strike; }
        & > .timeline--subject { color: $foreground; text-style: bold; }
        & > .timeline--signature { color: $foreground 45%; }
        & > .timeline--quoted { color: $foreground 55%; }
        & > .timeline--fold { color: $foreground 50%; text-style: italic; }
        & > .timeline--file { color: $text-accent; }
        & > .timeline--label { color: $text-warning; text-style: bold; }
        & > .timeline--error { color: $text-error; }
        & > .timeline--failed { color: $error; text-style: bold reverse; }
        & > .timeline--sent { color: $text-success; }
        & > .timeline--waiting { color: $text-warning; text-style: bold; }
        & > .timeline--note { color: $warning 70%; }
        & > .timeline--notelabel { color: $warning; text-style: bold reverse; }
        & > .timeline--day { color: $foreground 55%; }
        & > .timeline--heading { color: $foreground; text-style: bold; }
        & > .timeline--rule { color: $foreground 25%; }
        & > .timeline--bold { text-style: bold; }
        & > .timeline--italic { text-style: italic; }
        & > .timeline--strike { text-style: strike; }
        & > .timeline--code { color: $text-accent; }
        & > .timeline--link { color: $text-primary; text-style: underline; }
        & > .timeline--host { color: $text-primary; text-style: bold underline; }
        & > .timeline--warning { color: $error; text-style: bold reverse; }
        & > .timeline--found { color: $background; background: $warning; }
        &:ansi > .timeline--selected { text-style: reverse; }
        &:ansi > .timeline--found { text-style: reverse; }
        &:nocolor > .timeline--selected { text-style: reverse; }
        &:nocolor > .timeline--found { text-style: reverse; }
    }
    """

    class MessageSelected(Posted):
        """Another message is selected; None on a folded conversation's heading."""

        def __init__(self, message_id: MessageId | None) -> None:
            super().__init__()
            self.message_id = message_id

    class NewBelow(Posted):
        """Messages came in below what is on the screen; `count` 0 when they were reached."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

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
        self._messages: list[Message] = []
        self._heads: dict[ConversationId, Conversation] = {}
        self._due: dict[MessageId, Millis] = {}
        self._rows: list[Row] = []
        self._index: dict[Hashable, int] = {}
        self._folded: set[ConversationId] = set()
        self._expanded: set[MessageId] = set()
        self._needle = ""
        self._before = 0
        self._total = 0
        self._first = self._last = True
        self._generation = 0
        self._paging = False
        self._new_below = 0
        self._today = 0

    # What the screen calls

    async def show(
        self,
        customer_id: CustomerId,
        conversation_id: ConversationId | None = None,
        *,
        at_message: MessageId | None = None,
    ) -> None:
        """Open a customer's history at its end, or with `at_message` selected."""
        self._generation += 1
        generation = self._generation
        if self.data is None:
            return
        try:
            opening = await self.data.timeline_open(customer_id, at_message, FIRST)
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return
        if generation != self._generation:
            return
        if customer_id != self.customer_id:
            self._folded.clear()
            self._expanded.clear()
            self._needle = ""
        self.customer_id, self.conversation_id = customer_id, conversation_id
        self._messages = list(opening.page.messages)
        self._heads = dict(opening.page.conversations)
        self._due = dict(opening.page.due)
        self._before, self._total = opening.before, opening.total
        self._first = opening.before == 0
        self._last = opening.before + len(self._messages) >= opening.total
        self._new_below = 0
        self._drawn.clear()
        if opening.at is not None:
            at = next((m for m in self._messages if m.id == opening.at), None)
            if at is not None:
                self._folded.discard(at.conversation_id)
        self._arrange()
        index = self._index.get(opening.at, -1)
        self.cursor = -1
        if index < 0:
            self._top = (0, 0)
            self.repaint()
        else:
            self._top = self._bottom()
            if at_message is not None:
                self.scroll_to_row(index)
                self.scroll_lines(-self.size.height // 4, repaint=False)
            self.select_index(index)

    def clear(self) -> None:
        """Show nothing: no conversation is open."""
        self._generation += 1
        self.customer_id = self.conversation_id = None
        self._messages, self._rows, self._index = [], [], {}
        self.cursor, self._top = -1, (0, 0)
        self.repaint()

    async def refresh_messages(self, ids: Collection[MessageId] | None = None) -> None:
        """Follow the store: `ids` changed (None: anything may have), or new ones came.

        What is on the screen stays where it is, unless its end was: then so is the new end.
        """
        if self.data is None or self.customer_id is None:
            return
        generation, customer = self._generation, self.customer_id
        held = {message.id for message in self._messages}
        wanted = held if ids is None else held & set(ids)
        newest = self._messages[-1].position if self._messages else 0
        after = newest if self._last else None
        try:
            page = await self.data.timeline_changes(customer, wanted, set(self._heads), after)
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return
        if generation != self._generation:
            return
        place, at_bottom = self.place(), self.at_bottom
        on_newest = self.cursor == len(self._rows) - 1
        fresh = self._merge(page)
        if not fresh and not wanted and page.conversations == {}:
            return
        self._arrange()
        self.rows_changed(place)
        if fresh and at_bottom:
            self._top = self._bottom()
            if on_newest:
                self.cursor = len(self._rows) - 1
            self.repaint()
            if on_newest:
                self.cursor_moved()
        elif fresh:
            self._tell_below(self._new_below + fresh)

    def move(self, delta: int) -> None:
        """Select the next message; in one taller than the screen, scroll through it first."""
        if self._scroll_within(1 if delta > 0 else -1):
            return
        super().move(delta)

    def home(self) -> None:
        """Go to the customer's first message."""
        if self._first:
            super().home()
            self._top = (0, 0)
            self.repaint()
        else:
            self._jump(first=True)

    def end(self) -> None:
        """Go to the newest message."""
        if self._last:
            super().end()
            self._top = self._bottom()
            self.repaint()
        else:
            self._jump(first=False)

    def toggle_fold(self) -> None:
        """Fold or unfold the conversation of the selected message."""
        row = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        if isinstance(row, MessageRow):
            chosen = row.message.conversation_id
        elif isinstance(row, HeadingRow):
            chosen = row.conversation_id
        else:
            return
        ordinal = row.ordinal
        place = self.place()
        self._folded ^= {chosen}
        self.forget([row.key for row in self._rows if isinstance(row, HeadingRow)])
        self._arrange()
        self.rows_changed(place)
        self.select_index(self._row_of_ordinal(ordinal))

    def toggle_quote(self) -> None:
        """Show or fold what the selected message quotes, its signature and its long text."""
        message = self.selected_message
        if message is None:
            return
        self._expanded ^= {message.id}
        self.forget([message.id])
        self._bring_into_view(self.cursor, at_top=False)
        self.repaint()

    @property
    def selected_message(self) -> Message | None:
        row = self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None
        return row.message if isinstance(row, MessageRow) else None

    def selected_links(self) -> list[str]:
        """The URLs in the selected message, as they were sent."""
        message = self.selected_message
        return links(message.text) if message else []

    async def find(self, text: str, direction: int = -1) -> bool:
        """Select the next message in which `text` stands, older ones first by default."""
        if self.data is None or self.customer_id is None or not text:
            return False
        start = self.selected_message or (self._messages[-1] if self._messages else None)
        if start is None:
            return False
        # From a fresh search on, the selected message itself may be the hit.
        fresh = text != self._needle
        position = start.position + (-direction if fresh else 0)
        try:
            found = await self.data.timeline_find(self.customer_id, text, position, direction)
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return False
        if found is None:
            return False
        self._needle = text
        self._drawn.clear()
        index = self._index.get(found)
        if index is not None:
            self.select_index(index)
        else:
            await self.show(self.customer_id, self.conversation_id, at_message=found)
            self._needle = text
            self._drawn.clear()
            self.repaint()
        return True

    def stop_finding(self) -> None:
        """Take the marks of a search away."""
        if self._needle:
            self._needle = ""
            self._drawn.clear()
            self.repaint()

    def tick(self) -> None:
        """Let time pass: countdowns of queued replies, and at midnight the days' names."""
        moment = now()
        stale: list[Hashable] = [
            row.key
            for row in (self._rows[index] for index in dict.fromkeys(self._rows_shown))
            if isinstance(row, MessageRow) and row.message.state == "queued"
        ]
        today = local(moment, zone(self.timezone)).toordinal()
        if today != self._today:
            stale += [row.key for row in self._rows if isinstance(row, DayRow)]
        if stale:
            self.forget(stale)
            self.repaint()

    # What the pane asks

    def row_count(self) -> int:
        return len(self._rows)

    def row_key(self, index: int) -> Hashable:
        return self._rows[index].key

    def index_of(self, key: Hashable) -> int | None:
        return self._index.get(key)

    def selectable(self, index: int) -> bool:
        row = self._rows[index]
        return isinstance(row, MessageRow) or (isinstance(row, HeadingRow) and row.folded)

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        row = self._rows[index]
        inner = cells - 1
        over = {"": "", "blurred": "timeline--blurred", "focused": "timeline--selected"}[mark]
        moment, tz = now(), zone(self.timezone)
        base = self.style("timeline--row")
        sign = gutter(mark, self.style("timeline--row", "timeline--cursor") if mark else base)
        if isinstance(row, DayRow):
            today = local(moment, tz).date()
            self._today = today.toordinal()
            lines = [day_line(row.day, today, inner, self.style)]
        elif isinstance(row, HeadingRow):
            lines = [heading_line(row, inner, self.style, over, moment, tz)]
            if row.folded:
                lines.append(LineBuilder(inner, base).finish())
        else:
            look = self._look(row.message, moment)
            if not mark:
                lines = message_view.draw(row.message, inner, look)
            else:
                # All but the header is the same as without the mark, gutter aside.
                plain = self.lines_of(index)
                header = message_view.header(row.message, inner, look, over)
                lines = [header, *(Line(line.body, line.cells) for line in plain[1:])]
            for line in lines[:-1]:
                line.gutter = sign
            lines[-1].gutter = gutter("", base)
            return lines
        for line in lines:
            line.gutter = sign
        return lines

    def empty_lines(self) -> Sequence[Line]:
        if self.customer_id is None:
            return ()
        line = LineBuilder(self.cells, self.style("timeline--row")).add("  ")
        return [line.add(_("No messages yet."), self.style("timeline--quiet")).finish()]

    def scroll_span(self, first: int, last: int) -> tuple[float, float]:
        total = max(1, self._total, self._before + len(self._messages))
        start, stop = self._rows[first].ordinal, self._rows[last].ordinal + 1
        if self._first and self._top == (0, 0):
            start = 0
        if self._last and self.at_bottom:
            stop = len(self._messages)
        elif last == len(self._rows) - 1:
            stop -= 1
        return (self._before + start) / total, (self._before + stop) / total

    def cursor_moved(self) -> None:
        message = self.selected_message
        self.post_message(self.MessageSelected(message.id if message else None))

    def near_edge(self, above: int, below: int) -> None:
        if self._new_below and self.at_bottom:
            self._tell_below(0)
        if self.data is None or not self._rows:
            return
        if not self._paging:
            if above < AHEAD and not self._first:
                self._page_in(older=True)
                return
            if below < AHEAD and not self._last:
                self._page_in(older=False)
                return
        self._wrap_when_idle()

    @property
    def _stuck_to_bottom(self) -> bool:
        return self._last and self.cursor == len(self._rows) - 1

    # Inside

    def _look(self, message: Message, moment: Millis) -> MessageLook:
        head = self._heads.get(message.conversation_id)
        return MessageLook(
            style=self.style,
            agent=self.data.agent if self.data else "",
            now=moment,
            tz=zone(self.timezone),
            due=self._due.get(message.id),
            expanded=message.id in self._expanded,
            subject=head.subject if head else "",
            needle=self._needle,
        )

    def _arrange(self) -> None:
        self._rows = arrange(self._messages, self._heads, self._folded, zone(self.timezone))
        self._index = {row.key: index for index, row in enumerate(self._rows)}

    def _row_of_ordinal(self, ordinal: int) -> int:
        """The selectable row that shows the message at `ordinal`."""
        chosen = -1
        for index, row in enumerate(self._rows):
            if row.ordinal > ordinal:
                break
            if self.selectable(index):
                chosen = index
        return chosen

    def _merge(self, page: TimelinePage) -> int:
        """Take changed and new messages over; how many are new at the end."""
        for key, head in page.conversations.items():
            if self._heads.get(key) != head:
                self._heads[key] = head
                self.forget(
                    row.key
                    for row in self._rows
                    if isinstance(row, HeadingRow) and row.conversation_id == key
                )
        changed = {message.id: message for message in page.messages}
        for at, message in enumerate(self._messages):
            newer = changed.pop(message.id, None)
            due = page.due.get(message.id)
            if newer is None or (newer == message and due == self._due.get(message.id)):
                continue
            self._messages[at] = newer
            if due is None:
                self._due.pop(message.id, None)
            else:
                self._due[message.id] = due
            self.forget([message.id])
        if not self._last:
            return 0
        fresh = [message for message in page.messages if message.id in changed]
        self._messages += fresh
        self._due.update({m.id: page.due[m.id] for m in fresh if m.id in page.due})
        self._total += len(fresh)
        return len(fresh)

    def _scroll_within(self, direction: int) -> bool:
        """Scroll on in the selected message while more of it lies that way off the screen."""
        height = self.size.height
        shown = [y for y, index in enumerate(self._rows_shown) if index == self.cursor]
        if not shown or self.cursor < 0:
            return False
        own = len(self.lines_of(self.cursor))
        if own <= height:
            return False
        hidden_above = self._top[1] if self._rows_shown[0] == self.cursor else 0
        hidden = own - len(shown) - hidden_above if direction > 0 else hidden_above
        if hidden <= 0:
            return False
        self.scroll_lines(direction * min(hidden, max(1, height // 2)))
        return True

    def _tell_below(self, count: int) -> None:
        if count != self._new_below:
            self._new_below = count
            self.post_message(self.NewBelow(count))

    def _page_in(self, *, older: bool) -> None:
        self._paging = True
        self.run_worker(self._more(older), group=f"{self.id or 'timeline'}-paging")

    async def _more(self, older: bool) -> None:
        generation = self._generation
        data, customer = self.data, self.customer_id
        try:
            if data is None or customer is None or not self._messages:
                return
            edge = self._messages[0 if older else -1].position
            page = await data.timeline_page(
                customer,
                before=edge if older else None,
                after=None if older else edge,
                limit=PAGE,
            )
        except StoreError as error:
            self.post_message(self.Trouble(str(error)))
            return
        finally:
            self._paging = False
        if generation != self._generation:
            return
        place = self.place()
        self._heads.update(page.conversations)
        self._due.update(page.due)
        self._extend(page.messages, older)
        self._arrange()
        self.rows_changed(place)

    def _extend(self, more: Sequence[Message], older: bool) -> None:
        if older:
            self._messages[:0] = more
            self._before = max(0, self._before - len(more))
            self._first = len(more) < PAGE
            if self._first:
                self._before = 0
            if len(self._messages) > WINDOW:
                del self._messages[WINDOW:]
                self._last = False
        else:
            self._messages += more
            self._last = len(more) < PAGE
            surplus = len(self._messages) - WINDOW
            if surplus > 0:
                del self._messages[:surplus]
                self._before += surplus
                self._first = False

    def _jump(self, *, first: bool) -> None:
        async def jump() -> None:
            customer, data = self.customer_id, self.data
            if customer is None or data is None:
                return
            if not first:
                await self.show(customer, self.conversation_id)
                return
            self._generation += 1
            generation = self._generation
            page = await data.timeline_page(customer, after=-1, limit=PAGE)
            if generation != self._generation:
                return
            self._messages = list(page.messages)
            self._heads.update(page.conversations)
            self._before, self._first = 0, True
            self._last = len(page.messages) < PAGE
            self._arrange()
            self.cursor = -1
            self.home()

        self.run_worker(jump(), group=f"{self.id or 'timeline'}-jump", exclusive=True)

    def _wrap_when_idle(self) -> None:
        if not self._rows_shown:
            return
        height = self.size.height * WRAPPED_AHEAD
        first, last = self._rows_shown[0], self._rows_shown[-1]
        # A message is three lines at least: this many rows fill the screens meant.
        reach = height // 3 + 1
        ahead = [*range(last + 1, min(len(self._rows), last + reach))]
        behind = [*range(first - 1, max(-1, first - reach), -1)]
        wanted = [
            index
            for pair in zip(ahead + [-1] * len(behind), behind + [-1] * len(ahead), strict=False)
            for index in pair
            if index >= 0 and (self._rows[index].key, "") not in self._drawn
        ]
        if wanted:
            keys = [self._rows[index].key for index in wanted]
            self.set_timer(IDLE, partial(self._wrap_some, keys))

    def _wrap_some(self, keys: list[Hashable]) -> None:
        """Wrap one row and come back for the next: a key in between is served first."""
        for number, key in enumerate(keys):
            index = self._index.get(key)
            if index is None or (key, "") in self._drawn:
                continue
            self.lines_of(index)
            rest = keys[number + 1 :]
            if rest:
                self.set_timer(0.001, partial(self._wrap_some, rest))
            return
