"""One connection that follows one folder by IDLE, or several by looking in turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from connectors.contract import Intake, Unreachable
from connectors.email.folder_sync import FolderGone, FolderSync
from connectors.email.imap_session import ImapSession, Refused

RENEW = 300.0
"""Seconds after which IDLE is begun anew, with a look into the folder between: far under the
29 minutes that servers grant (RFC 2177), so a dead line or a lost notice costs minutes."""
IN_VAIN = 2
"""Connections in a row that may end before anything came of them."""

log = logging.getLogger(__name__)


class FolderStates:
    """Which of an account's folders are there; keeps the account's shown state right."""

    def __init__(self, intake: Intake, folders: int) -> None:
        self._intake = intake
        self._folders = folders
        self._gone: dict[str, str] = {}
        self._told: str | None = None

    async def found(self, folder: str) -> None:
        self._gone.pop(folder, None)
        await self._tell()

    async def gone(self, folder: str, error: FolderGone) -> None:
        """Raises `error` when no folder is left."""
        self._gone[folder] = str(error)
        if len(self._gone) == self._folders:
            raise error
        await self._tell()

    async def _tell(self) -> None:
        detail = " ".join(self._gone.values())
        if detail != self._told:
            self._told = detail
            await self._intake.online(detail)


class FolderWatch:
    """Follows its folders until cancelled. `connect` gives a logged-in session."""

    def __init__(
        self,
        folders: Sequence[FolderSync],
        connect: Callable[[], Awaitable[ImapSession]],
        states: FolderStates,
        *,
        poll: float,
    ) -> None:
        self._folders = folders
        self._connect = connect
        self._states = states
        self._poll = poll
        self._idle_works = True
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
            try:
                await self._follow(session)
            except Unreachable as error:
                in_vain = 0 if self._got_somewhere or self._stored > stored else in_vain + 1
                if in_vain > IN_VAIN:
                    raise
                log.info("connection lost, making a new one: %s", error)
                await asyncio.sleep(in_vain * 0.5)
            finally:
                await session.close()
            session = None

    @property
    def _stored(self) -> int:
        return sum(folder.stored for folder in self._folders)

    async def _follow(self, session: ImapSession) -> None:
        while True:
            for folder in self._folders:
                await self._visit(session, folder)
            self._got_somewhere = True
            await self._wait(session)

    async def _visit(self, session: ImapSession, folder: FolderSync) -> None:
        try:
            if len(self._folders) > 1 and not await self._is_due(session, folder):
                return
            selected = await folder.open(session)
            await self._states.found(folder.folder)
            await folder.catch_up(session, selected)
        except FolderGone as error:
            log.warning("%s", error)
            await self._states.gone(folder.folder, error)

    async def _is_due(self, session: ImapSession, folder: FolderSync) -> bool:
        if session.selected == folder.folder:
            return True  # STATUS is not meant for the open folder (RFC 3501 §6.3.10)
        try:
            return folder.is_due(await session.status(folder.folder))
        except Refused:
            return True

    async def _wait(self, session: ImapSession) -> None:
        """Until the next look at everything; what IDLE tells meanwhile is fetched here."""
        folder = self._folders[0]
        open_here = len(self._folders) == 1 and session.selected == folder.folder
        if not (open_here and session.can_idle and self._idle_works):
            await asyncio.sleep(self._poll)
            return
        try:
            while await session.idle(RENEW):
                await folder.catch_up(session, session.current)
        except Refused as refusal:
            log.info("IDLE is offered and refused, looking every %s s: %s", self._poll, refusal)
            self._idle_works = False
        except FolderGone as error:
            await self._states.gone(folder.folder, error)
