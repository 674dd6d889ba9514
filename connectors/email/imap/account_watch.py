"""An account's folders dealt out to few connections, as the server has them now.

One connection, the main one, looks for folders that were made, renamed or deleted, and deals
the rest out: the first folders have one each, for IDLE; the further ones share another. Where
the server grants fewer, folders share; with a single connection the first folder is followed
by IDLE between the looks at the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from config.i18n import _, ngettext
from config.model import EmailAccount
from connectors.contract import ChannelError
from connectors.email.imap import folder_names, folder_patterns
from connectors.email.imap.errands import Errands
from connectors.email.imap.folder_states import FolderGone, FolderStates
from connectors.email.imap.folder_sync import FolderSync, SyncTools
from connectors.email.imap.folder_watch import FolderWatch
from connectors.email.imap.parse import Folder
from connectors.email.imap.session import ImapSession, Refused
from connectors.email.task_group import task_group

IDLE_CONNECTIONS = 3
"""Folders with a connection of their own, for IDLE. IDLE watches one folder a connection, and
hosts allow a user few (Dovecot's default is 10, shared with the agents' other programs): the
further folders are looked at in turn on one more connection."""
TRIES = 3
"""Log-ins of a further connection before its folders go to the others."""
MORE_AGAIN = 900.0
"""Seconds after which more connections are tried once more."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Slot:
    watch: FolderWatch
    task: asyncio.Task[None]
    names: list[str]


class AccountWatch:
    """Runs once. `connect` gives a logged-in session; it is called once a connection."""

    def __init__(
        self,
        account: EmailAccount,
        tools: SyncTools,
        connect: Callable[[], Awaitable[ImapSession]],
        errands: Errands,
    ) -> None:
        self.wake = errands.wake
        self._account = account
        self._tools = tools
        self._states: FolderStates = tools.states
        self._connect = connect
        self._errands = errands
        self._syncs: dict[str, FolderSync] = {}
        self._names: list[str] = []
        self._main: FolderWatch | None = None
        self._slots: list[_Slot] = []
        self._most = IDLE_CONNECTIONS + 1
        self._turned_away: ChannelError | None = None
        self._more_at: float | None = None
        self._look_at: float | None = 0.0
        """When to look what folders there are; None: they are all named and there."""

    async def run(self, first: ImapSession) -> None:
        """Until cancelled. Raises `ChannelError` and what the intake raises."""
        await self._look(first)
        async with task_group() as group:
            self._group = group
            self._main = self._watch([], main=True)
            await self._deal()
            self._errands.taken = True
            try:
                await self._main.run(first)
            finally:
                self._errands.taken = False

    # What the main connection does between two looks at its folders.

    def due_in(self) -> float | None:
        planned = [at for at in (self._look_at, self._more_at) if at is not None]
        return min(planned) - asyncio.get_running_loop().time() if planned else None

    async def work(self, session: ImapSession) -> None:
        now = asyncio.get_running_loop().time()
        if self._look_at is not None and now >= self._look_at:
            await self._look(session)
        if (nothing_left := self._states.nothing_left()) is not None:
            raise nothing_left
        if self._more_at is not None and now >= self._more_at:
            self._more_at = None
            self._most = IDLE_CONNECTIONS + 1
        if self._turned_away is None:
            await self._deal()
        elif all(slot.watch.connected or slot.task.done() for slot in self._slots):
            # Those that are still trying may get in.
            await self._make_do(self._turned_away)
            self._turned_away = None
            await self._deal()
        await self._errands.work(session)

    def _look_soon(self) -> None:
        """A folder could not be opened: is it still there?"""
        self._look_at = 0.0
        self.wake.set()

    async def _look(self, session: ImapSession) -> None:
        """Which folders there are. Raises `FolderGone` when the settings name none of them."""
        folders = await listed(session)
        wanted = self._account.folders
        if folders:
            choice = folder_patterns.choose(wanted, folders)
        else:
            # A server that lists nothing may open what is named to it.
            choice = folder_patterns.Choice(
                tuple(n for n in wanted if n[:1] not in "!\\" and not _open_ended(n)), (), ()
            )
        known = [name for name in self._names if name in choice.names]
        new = [name for name in choice.names if name not in known]
        if self._names:
            for name in new:
                log.info("%s: reading folder %s from now on", self._account.address, name)
            for name in self._names:
                if name not in known:
                    log.info("%s: folder %s is gone", self._account.address, name)
        self._names = known + new
        sent = folder_names.sent_folder(self._account.sent_folder, folders)
        for name in new:
            self._syncs.setdefault(name, FolderSync(name, self._tools, sent=name == sent))
        notices = [self._missing(name) for name in choice.missing]
        changing = bool(choice.missing) or any(_open_ended(name) for name in wanted)
        loop = asyncio.get_running_loop()
        self._look_at = loop.time() + self._account.poll if changing else None
        if not self._names:
            if not any(_open_ended(name) for name in wanted):
                raise FolderGone(" ".join(notices))
            notices.append(_("No folder fits the setting folders (yet)."))
        await self._states.listed(self._names, notices)

    def _missing(self, name: str) -> str:
        return _(
            "The folder {folder} of {account} is not on the server; correct folders or make it"
            " there."
        ).format(folder=name, account=self._account.address)

    async def _deal(self) -> None:
        """Give every folder to a connection; those that keep theirs are left alone."""
        assert self._main is not None
        hands = _hands(self._names, self._most)
        self._main.folders = [self._syncs[name] for name in hands[0]]
        wanted = [list(hand) for hand in hands[1:]]
        kept = [
            slot
            for slot, hand in zip(self._slots, wanted, strict=False)
            if slot.names == hand and not slot.task.done()
        ]
        ending = [slot.task for slot in self._slots if slot not in kept]
        for task in ending:
            task.cancel()
        if ending:
            # A folder is never with two connections at once.
            await asyncio.wait(ending)
        slots: list[_Slot] = []
        for index, hand in enumerate(wanted):
            slot = self._slots[index] if index < len(self._slots) else None
            if slot is None or slot not in kept:
                watch = self._watch(hand)
                task = self._group.create_task(
                    self._further(watch), name=f"watch {self._account.name} {hand[0]}"
                )
                slot = _Slot(watch, task, hand)
            slots.append(slot)
        self._slots = slots
        if self._most > IDLE_CONNECTIONS and all(slot.watch.connected for slot in slots):
            await self._states.crowded("")

    def _watch(self, names: Sequence[str], *, main: bool = False) -> FolderWatch:
        return FolderWatch(
            [self._syncs[name] for name in names],
            self._connect if main else self._connect_further,
            self._states,
            poll=self._account.poll,
            probe=self._account.probe,
            chores=self if main else None,
            gone=self._look_soon,
        )

    async def _connect_further(self) -> ImapSession:
        """Raises `_TurnedAway` when the main connection stands and no further one is granted."""
        for number in range(1, TRIES + 1):
            try:
                session = await self._connect()
            except ChannelError as error:
                if self._main is None or not self._main.connected:
                    raise
                if number == TRIES:
                    raise _TurnedAway(error) from error
            else:
                if self._states.is_crowded or self._turned_away is not None:
                    self.wake.set()
                return session
            await asyncio.sleep(number * 0.3)
        raise AssertionError

    async def _further(self, watch: FolderWatch) -> None:
        try:
            await watch.run()
        except _TurnedAway as turned_away:
            # The main connection notices by itself if the server is gone altogether.
            self._turned_away = turned_away.error
            self.wake.set()

    async def _make_do(self, error: ChannelError) -> None:
        """With as many connections as there are."""
        self._most = 1 + sum(slot.watch.connected for slot in self._slots)
        self._more_at = asyncio.get_running_loop().time() + MORE_AGAIN
        sentence = ngettext(
            "The server grants {n} connection only, so the folders take turns: {why}",
            "The server grants {n} connections only, so the folders take turns: {why}",
            self._most,
        ).format(n=self._most, why=error)
        await self._states.crowded(sentence)


class _TurnedAway(Exception):
    def __init__(self, error: ChannelError) -> None:
        super().__init__(str(error))
        self.error = error


async def listed(session: ImapSession) -> list[Folder]:
    """Empty where the server does not tell."""
    try:
        return await session.folders()
    except Refused:
        return []


def _hands(names: Sequence[str], most: int) -> list[Sequence[str]]:
    """Names by connection, the main one's first; `most` connections at most."""
    if len(names) <= min(most, IDLE_CONNECTIONS):
        return [[name] for name in names] or [[]]
    alone = min(most - 1, IDLE_CONNECTIONS)
    return [*([name] for name in names[:alone]), list(names[alone:])]


def _open_ended(name: str) -> bool:
    """Whether other folders may fit tomorrow."""
    return folder_patterns.has_wildcard(name) or name.startswith("\\")
