"""Follows what is true for the moment: who types, who is there, which colleague looks.

It leaves no events, so a commit alone says that some of it may have changed. However often that
is, there is one read a `REST`, of the rows on the screen and the conversation in view.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from time import monotonic
from typing import TYPE_CHECKING

from omnitui.tui.link.moment import NOTHING, ChatMoment
from omnitui.tui.work import start
from store.errors import StoreError

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage

REST = 0.25
"""Seconds between two reads at least."""
LONGEST_REST = 0.8
"""The same where others commit all the time."""
SHARE = 4
"""Times as long as a read has taken it is waited for the next one then."""
WHOLE = 3.0
"""Seconds between looks at the whole desk: who waits is counted."""
PASSING = 1.0
"""Seconds between reads while somebody types: that passes without a commit."""
IDLE = 15.0
"""Seconds between reads while nothing happens: minutes pass, screens fall silent."""


class Glance:
    """Reads it, and shows it in the inbox, above the reply box and on the bottom line."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self._again = asyncio.Event()
        self.moment = NOTHING
        self.chat: ChatMoment | None = None
        """Of the conversation in view."""
        self._whole_at = -WHOLE
        self._behind = False
        """The last look was not at the desk."""

    def look(self) -> None:
        """Something was committed, or something else is on the screen."""
        self._again.set()

    def look_at_desk(self) -> None:
        """The next look is at the attendance, too: the agent has just changed it."""
        self._whole_at = monotonic() - WHOLE
        self._again.set()

    async def follow(self) -> None:
        """Until cancelled."""
        rest = REST
        while True:
            busy = self._again.is_set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._again.wait()
            self._again.clear()
            began = monotonic()
            with contextlib.suppress(StoreError):  # said by whoever needs the store more
                await self.read()
            if busy:
                shortest = REST * self._screen.live.crowded
                rest = max(shortest, rest * 1.5, SHARE * (monotonic() - began))
                rest = min(rest, max(shortest, LONGEST_REST))
            else:
                rest = REST
            await self._rest(rest)

    async def _rest(self, seconds: float) -> None:
        """What comes into view is looked at sooner."""
        until, shown = monotonic() + seconds, self._screen.reading.current
        while (left := until - monotonic()) > 0:
            await asyncio.sleep(min(left, REST))
            if self._screen.reading.current != shown:
                return

    async def read(self) -> None:
        """Raises `StoreError`."""
        screen = self._screen
        rows = [(one.id, one.customer_id) for one in screen.inbox.on_screen()]
        in_view = screen.reading.conversation
        whole = monotonic() - self._whole_at >= WHOLE
        if whole:
            self._whole_at = monotonic()
        self._behind = not whole
        turn = screen.keeper.turn
        seen = await screen.link.glance(
            rows, in_view, engine=screen.live.engine != "down", whole=whole
        )
        self.moment = seen.rows
        screen.card.engine_runs(screen.live.engine != "down")
        screen.inbox.show_moment(seen.rows)
        if seen.desk is not None:
            screen.status.show_desk(seen.desk)
        if screen.reading.conversation is in_view or (
            in_view is not None and screen.reading.current == in_view.id
        ):
            self._show_chat(seen.chat)
        if in_view is not None and screen.box.take(in_view.id, seen.own, turn):
            screen.writing.route_changed()

    def _show_chat(self, chat: ChatMoment | None) -> None:
        screen, before = self._screen, self.chat
        self.chat = chat
        screen.presence_line.show(chat)
        screen.box.set_class(screen.presence_line.told, "-lined")
        if _there(chat) != _there(before):
            screen.writing.whereabouts_changed()
        came = chat is not None and before is not None
        if came and screen.card_visible and _visit(chat) != _visit(before):
            # Where they are leaves no event either.
            start(screen, self._read_card, "card", exclusive=True)

    async def _read_card(self) -> None:
        await self._screen.card.show(self._screen.reading.customer_id)

    def _pause(self) -> float:
        """Seconds until the next look, if nobody asks for one before."""
        chat = self.chat
        if self._behind:
            return max(0.0, self._whole_at + WHOLE - monotonic())
        here = chat.colleagues if chat is not None else ()
        colleagues = itertools.chain(here, *self.moment.colleagues.values())
        writes = any(one.types for one in colleagues)
        passes = bool(self.moment.typing) or writes or (chat is not None and chat.typing)
        return PASSING if passes else IDLE


def _there(chat: ChatMoment | None) -> object:
    return chat is not None and (chat.conversation_id, chat.online)


def _visit(chat: ChatMoment | None) -> object:
    return None if chat is None else (chat.conversation_id, chat.seen, chat.online, chat.barred)
