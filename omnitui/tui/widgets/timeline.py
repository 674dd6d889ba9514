"""The timeline: everything a customer and we wrote, on every channel, at any age.

It holds a window of messages around the screen and asks for more by position as one
scrolls; only what comes on the screen is wrapped, and its neighbours when nothing else
is to do. A hundred thousand messages open like ten.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.message import Message as Posted

from config.i18n import _
from omnitui.tui.panes.drawn_rows import Mark
from omnitui.tui.text.inline import links
from omnitui.tui.text.strips import Line, LineBuilder
from omnitui.tui.widgets import timeline_style
from omnitui.tui.widgets.message_look import PARTS, MessageLook, Part
from omnitui.tui.widgets.row_lines import RowLines
from omnitui.tui.widgets.timeline_history import HistoryPane
from omnitui.tui.widgets.timeline_rows import (
    DayRow,
    EventRow,
    HeadingRow,
    MessageRow,
    WentOnRow,
    tells_time,
)
from omnitui.tui.words.chat_facts import answered, followed_up
from omnitui.tui.words.media_words import link_of
from omnitui.tui.words.moments import local, zone
from store.clock import now
from store.model import Message, MessageId, Millis
from store.readers import Reader


def marked_words(text: str) -> str:
    """What is marked of what was looked for: all of it as one, or its words, a line each."""
    words = [
        word.rstrip("*")
        for word in text.replace('"', " ").split()
        if word[:1] != "-" and ":" not in word
    ]
    return "\n".join(dict.fromkeys([text, *(word for word in words if len(word) > 1)]))


class Timeline(HistoryPane):
    """Draws the history that `HistoryPane` holds."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(timeline_style.CLASSES)
    DEFAULT_CSS = timeline_style.CSS

    class MessageSelected(Posted):
        """Another message is selected; None on a folded conversation's heading."""

        def __init__(self, message_id: MessageId | None) -> None:
            super().__init__()
            self.message_id = message_id

    class AdoptClicked(Posted):
        """The offer to make a forwarded mail's sender the customer was clicked."""

    # What the screen calls

    def move(self, delta: int) -> None:
        """Select the next message; in one taller than the screen, scroll through it first."""
        if self._scroll_within(1 if delta > 0 else -1):
            return
        super().move(delta)

    def toggle_parts(self, part: Part | None = None) -> bool:
        """Show or fold a part of the selected message; None: all that is folded in it. False: there
        is no such part, or no message."""
        message = self.selected_message
        if message is None:
            return False
        drawn, opened = self._texts(), self._folds.of(message.id)
        self._folds.toggle(message.id, part)
        if self._drawn_anew(message.id) != drawn:
            return True
        if part is None and opened:  # what was open is not in it
            self._folds.put(message.id, PARTS)
            if self._drawn_anew(message.id) != drawn:
                return True
        self._folds.put(message.id, opened)
        return False

    def _drawn_anew(self, message_id: MessageId) -> list[str]:
        place = self.place()
        self.forget([message_id])
        self.rows_changed(place, prefer_cursor=True)
        self.select_index(self.cursor)
        return self._texts()

    def _texts(self) -> list[str]:
        """The selected message as it is drawn."""
        return [line.text for line in self.lines_of(self.cursor)]

    def part_clicked(self, index: int, part: str) -> None:
        known = next((one for one in PARTS if one == part), None)
        if known is not None:
            self.toggle_parts(known)
        elif part == "adopt":
            self.post_message(self.AdoptClicked())

    def unseen_by_them(self) -> set[MessageId]:
        """Of what we wrote lately, what the customer has not seen as far as is shown."""
        return self._window.unseen_by_them()

    async def readers(self, message: Message) -> tuple[Reader, ...]:
        """Who of the desk has seen the conversation of a message. Raises `StoreError`."""
        return await self.data.readers(message.conversation_id) if self.data else ()

    def selected_links(self) -> list[str]:
        """The URLs in the selected message, as they were sent."""
        message = self.selected_message
        return links(f"{message.text}\n{message.quoted}\n{link_of(message)}") if message else []

    def tick(self) -> None:
        """Let time pass: countdowns of queued replies, and at midnight the days' names."""
        moment = now()
        stale: list[Hashable] = [
            row.key
            for index in dict.fromkeys(self._rows_shown)
            if index < len(self._rows) and tells_time(row := self._rows[index])
        ]
        today = local(moment, zone(self.timezone)).toordinal()
        if today != self._today:
            stale += [row.key for row in self._rows if isinstance(row, DayRow)]
        if stale:
            self.forget(stale)
            self.repaint()

    # What the pane asks

    def draw_row(self, index: int, mark: Mark, cells: int) -> Sequence[Line]:
        row, at, tz = self._rows[index], now(), zone(self.timezone)
        draw = RowLines(self.style, mark, cells - 1, at, tz)
        if isinstance(row, DayRow):
            today = local(at, tz).date()
            self._today = today.toordinal()
            return draw.day(row, today)
        if isinstance(row, HeadingRow | WentOnRow):
            return draw.heading(row)
        if isinstance(row, EventRow):
            about = row.events[0].message_id
            return draw.event(row, next((m for m in self._window.messages if m.id == about), None))
        plain = self.lines_of(index) if mark else ()
        return draw.message(row.message, self._look(row, at), plain)

    def empty_lines(self) -> Sequence[Line]:
        if self.customer_id is None:
            return ()
        line = LineBuilder(self.cells, self.style("timeline--row")).add("  ")
        return [line.add(_("No messages yet."), self.style("timeline--quiet")).finish()]

    def scroll_span(self, first: int, last: int) -> tuple[float, float]:
        window = self._window
        total = max(1, window.total, window.before + len(window))
        start, stop = self._rows[first].ordinal, self._rows[last].ordinal + 1
        if window.first and self._top == (0, 0):
            start = 0
        if window.last and self.at_bottom:
            stop = len(window)
        elif last == len(self._rows) - 1:
            stop -= 1
        return (window.before + start) / total, (window.before + stop) / total

    def cursor_moved(self) -> None:
        message = self.selected_message
        self.post_message(self.MessageSelected(message.id if message else None))

    # Inside

    def _look(self, row: MessageRow, moment: Millis) -> MessageLook:
        message = row.message
        head = self._window.heads.get(message.conversation_id)
        return MessageLook(
            style=self.style,
            agent=self.data.agent if self.data else "",
            now=moment,
            tz=zone(self.timezone),
            due=self._window.due.get(message.id),
            unfolded=self._folds.of(message.id),
            subject=head.subject if head else "",
            needle=marked_words(self._needle),
            first=head is not None and message.arrived_at <= head.created_at,
            customer=head.customer_name if head else "",
            fold_key=self.fold_key,
            adopt_key=self.adopt_key,
            answers=self._window.answered.get(answered(message) or MessageId(0)),
            mail=self._window.answered.get(followed_up(message) or MessageId(0)),
            waits=head is not None
            and head.waiting_since is not None
            and head.last_inbound_id == message.id,
            follows=row.follows,
            followed=row.followed,
        )

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
