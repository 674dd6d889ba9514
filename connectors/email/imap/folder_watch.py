"""One connection that follows its folders: the first by IDLE, the further ones in turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from connectors.contract import Unreachable
from connectors.email.imap.folder_states import FolderGone, FolderStates
from connectors.email.imap.folder_sync import FolderSync
from connectors.email.imap.session import ImapSession, Refused

IN_VAIN = 2
"""Connections in a row that may end before anything came of them."""
AT_ONCE = 1.0
"""Seconds; an IDLE that ends sooner without a reason is none."""

log = logging.getLogger(__name__)


class Chores(Protocol):
    """What a connection does between two looks at its folders."""

    wake: asyncio.Event
    """Set: there is something to do now."""

    def due_in(self) -> float | None:
        """Seconds until there is something to do; None: nothing is planned."""

    async def work(self, session: ImapSession) -> None:
        """May change the watch's folders."""


class FolderWatch:
    """Follows `folders`, which may be changed by its chores, until cancelled. `connect` gives
    a logged-in session; `poll` and `probe` in seconds, as in the settings."""

    def __init__(
        self,
        folders: Sequence[FolderSync],
        connect: Callable[[], Awaitable[ImapSession]],
        states: FolderStates,
        *,
        poll: float,
        probe: float,
        chores: Chores | None = None,
        gone: Callable[[], None] | None = None,
    ) -> None:
        self.folders = list(folders)
        self.connected = False
        self._connect = connect
        self._states = states
        self._poll = poll
        self._probe = probe
        self._chores = chores
        self._on_gone = gone
        self._idle_works = True
        self._odd_idles = 0
        self._got_somewhere = False

    async def run(self, session: ImapSession | None = None) -> None:
        """A lost connection is made again at once, a few times also where it got nowhere: one
        folder's trouble need not end the others'. What cannot be reached at all, or ends again
        and again, is the engine's to retry, with its growing delays. Raises `ChannelError`."""
        in_vain = 0
        while True:
            stored = self._stored
            self._got_somewhere = False
            session = session or await self._connect()
            self.connected = True
            try:
                await self._follow(session)
            except Unreachable as error:
                in_vain = 0 if self._got_somewhere or self._stored > stored else in_vain + 1
                if in_vain > IN_VAIN:
                    raise
                log.info("connection lost, making a new one: %s", error)
                self.connected = False
                await asyncio.sleep(in_vain * 0.5)
            finally:
                self.connected = False
                await session.close()
            session = None

    @property
    def _stored(self) -> int:
        return sum(folder.stored for folder in self.folders)

    async def _follow(self, session: ImapSession) -> None:
        while True:
            if self._chores is not None:
                self._chores.wake.clear()
                await self._chores.work(session)
            for folder in tuple(self.folders):
                await self._visit(session, folder)
            self._got_somewhere = True
            await self._states.working()
            await self._wait(session)

    async def _visit(self, session: ImapSession, folder: FolderSync) -> bool:
        """False when the folder is not there."""
        try:
            if len(self.folders) > 1 and not await self._is_due(session, folder):
                return True
            selected = await folder.open(session)
            await self._states.found(folder.folder)
            await folder.catch_up(session, selected)
        except FolderGone as error:
            if await self._states.gone(folder.folder, error) and self._on_gone is not None:
                self._on_gone()
            return False
        return True

    async def _is_due(self, session: ImapSession, folder: FolderSync) -> bool:
        if session.selected == folder.folder:
            return True  # STATUS is not meant for the open folder (RFC 3501 §6.3.10)
        try:
            return folder.is_due(await session.status(folder.folder))
        except Refused:
            return True

    async def _wait(self, session: ImapSession) -> None:
        """Until the next look at everything; what IDLE tells meanwhile is fetched here."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._pause(session)
        wake = self._chores.wake if self._chores is not None else asyncio.Event()
        folder = await self._idle_in(session)
        try:
            while folder is not None and not wake.is_set() and (left := until - loop.time()) > 0:
                if await session.idle(left, wake):
                    await folder.catch_up(session, session.current)
                elif loop.time() < until - AT_ONCE and not wake.is_set():
                    self._count_odd_idle()
                    break
            if folder is not None:
                return
        except Refused as refusal:
            log.info("IDLE is offered and refused, looking every %s s: %s", self._poll, refusal)
            self._idle_works = False
        except FolderGone as error:
            name = folder.folder if folder is not None else ""
            if await self._states.gone(name, error) and self._on_gone is not None:
                self._on_gone()
        try:
            async with asyncio.timeout(max(0.0, until - loop.time())):
                await wake.wait()
        except TimeoutError:
            return

    def _pause(self, session: ImapSession) -> float:
        """Seconds to the next look at everything."""
        pushed = session.can_idle and self._idle_works and len(self.folders) == 1
        pause = self._probe if pushed else self._poll
        due = self._chores.due_in() if self._chores is not None else None
        return pause if due is None else max(0.0, min(pause, due))

    async def _idle_in(self, session: ImapSession) -> FolderSync | None:
        """The first folder, open; None where IDLE is of no use."""
        if not (self.folders and session.can_idle and self._idle_works):
            return None
        folder = self.folders[0]
        if session.selected != folder.folder and not (
            await self._visit_again(session, folder) and session.selected == folder.folder
        ):
            return None
        return folder

    async def _visit_again(self, session: ImapSession, folder: FolderSync) -> bool:
        try:
            selected = await folder.open(session)
            await folder.catch_up(session, selected)
        except FolderGone:
            return False  # told on the last visit
        return True

    def _count_odd_idle(self) -> None:
        self._odd_idles += 1
        if self._odd_idles > IN_VAIN:
            log.info("IDLE ends by itself, looking every %s s", self._poll)
            self._idle_works = False
