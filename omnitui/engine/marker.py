"""Shows customers what of theirs an agent has read, where their channel can."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from connectors.contract import ChannelError, Marks, Rejected
from omnitui.desk.context import Desk
from omnitui.engine.channel import Channel
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER, trace
from omnitui.engine.pulse import Pulse, until
from store import chats, visits
from store.chats import ReadByUs
from store.errors import StoreError
from store.model import Account, Millis

PAGE = 500
LOOK_EVERY = 0.3
"""Seconds between two looks into the store, however much is written there."""
LIMIT = 20.0
RETRY = 15_000
LOOK_BACK = 3 * 86_400_000
"""Milliseconds: what was read while no engine ran is told up to so long after."""
AT_ONCE = 8
OVERLAP = 5_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class _Read:
    since: Millis
    """Where to go on."""
    news: tuple[ReadByUs, ...]
    more: bool


class Marker:
    """One account's; ends at once where the channel shows no such thing."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel
        self._since: Millis = 0
        self._pending: dict[str, ReadByUs] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async with self._channel.in_use() as connector:
            if not isinstance(connector, Marks):
                return
        beat = self._pulse.subscribe_commits(f"read marks {self._channel.name}")
        self._since = self._desk.now() - LOOK_BACK
        while True:
            try:
                due_at = await self._round()
            except StoreError as error:
                LOGGER.debug("%s: read marks: %s", self._channel.name, error)
                due_at = self._desk.now() + RETRY
            await asyncio.sleep(LOOK_EVERY)
            await until(beat, due_at, self._desk.now())

    async def _round(self) -> Millis | None:
        """Tell what was read; when to try again what could not be told."""
        account = self._channel.account
        assert account is not None  # registered before any loop is begun
        more = True
        while more:
            found = await self._desk.read(_read, account, self._since)
            for one in found.news:
                before = self._pending.get(one.chat)
                if before is None or before.position < one.position:
                    self._pending[one.chat] = one
            self._since, more = found.since, found.more
        if not self._pending:
            return None
        told: list[ReadByUs] = []
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for one in self._pending.values():
                group.create_task(self._tell(one, gate, told), name=f"seen {account.name}")
        for one in told:
            del self._pending[one.chat]
        if told:
            await self._desk.write(_note, account, told)
        return self._desk.now() + RETRY if self._pending else None

    async def _tell(self, one: ReadByUs, gate: asyncio.Semaphore, told: list[ReadByUs]) -> None:
        live = self._channel.live
        if live is None or not isinstance(live.connector, Marks):
            return
        try:
            async with gate, asyncio.timeout(LIMIT):
                with live.used():
                    await live.connector.seen(one.chat, one.key)
        except (ChannelError, TimeoutError) as error:
            if isinstance(error, Rejected):
                told.append(one)  # there is nobody to tell
            LOGGER.debug("%s: read marks: %s", self._channel.name, error)
        except Exception as error:
            # Quarantined: a mark that nobody sees is no loss.
            LOGGER.error("%s: read marks\n%s", self._channel.name, trace(error))
            told.append(one)
        else:
            told.append(one)


def _read(desk: Desk, account: Account, since: Millis) -> _Read:
    """What was read and the channel does not know."""
    page = chats.read_since(desk.db, account.id, since, PAGE)
    news = [one for one in page if one.chat and not _known(desk, account, one)]
    if len(page) == PAGE and page[-1].at > since:
        return _Read(page[-1].at, tuple(news), True)
    # What was written down at the same time by somebody else may be committed later.
    return _Read(max(since, page[-1].at - OVERLAP) if page else since, tuple(news), False)


def _known(desk: Desk, account: Account, one: ReadByUs) -> bool:
    visit = visits.get(desk.db, account.id, one.address)
    seen = visit.marks.get("seen") if visit else None
    return isinstance(seen, list) and int(seen[1]) >= one.position


def _note(desk: Desk, account: Account, told: list[ReadByUs]) -> None:
    for one in told:
        visits.mark(
            desk.db, account.id, one.address, one.chat, one.at, seen=[one.key, one.position]
        )
