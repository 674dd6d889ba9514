"""One folder brought up to date: whatever the ledger lacks is fetched, read and stored.

The truth is the ledger, never the order of events: a UID counts as done when the batch that
holds it is durable. `Place.complete` only spares looking at what is known to be done. So an
outage of any length, a crash between two batches or a lost notice all end the same way: the
next look finds what is missing.

Order: in a long backlog the newest `HEAD` messages first, so that an agent sees current mail
within seconds; then the rest from the oldest on, parents before their replies, interrupted
by mail that arrives meanwhile. A short backlog takes seconds and goes oldest first at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config.i18n import _
from config.model import EmailAccount
from connectors.contract import ChannelError, Ignored, Inbound, Quarantined, Received
from connectors.email.imap.folder_states import FolderGone, FolderStates
from connectors.email.imap.message_fetch import Message, MessageFetch, Unfetchable
from connectors.email.imap.places import Place, Places
from connectors.email.imap.session import ImapSession, Refused, Selected
from connectors.email.own_mail import own_addresses, placed
from connectors.email.reading import Readers
from connectors.email.reading_worker import Job
from connectors.email.task_group import task_group

HEAD = 200
LONG_BACKLOG = 500
"""Messages. On a slow line these are minutes."""
AHEAD = 2
"""Batches that may wait between fetching and storing."""
LEDGER_PAGE = 2000
"""External ids asked of the ledger at once."""

TOGETHER = 300
"""Messages from which no further batch is stored with those that wait already."""

_Batch = tuple[Sequence[int], asyncio.Task[list[Inbound | Quarantined]], list[Received]]
"""UIDs of a batch, its mails being read, and what was settled without reading."""
_Queue = asyncio.Queue[_Batch | None]
_Unstored = dict[asyncio.Task[list[Inbound | Quarantined]], Sequence[Job]]
"""What is being read, or waits to be stored, and from which mails."""


@dataclass(frozen=True, slots=True)
class SyncTools:
    """What the folders of one account share."""

    account: EmailAccount
    places: Places
    states: FolderStates
    readers: Readers
    fetch: MessageFetch


class FolderSync:
    """`folder` as the server names it."""

    def __init__(self, folder: str, tools: SyncTools, *, sent: bool = False) -> None:
        self.folder = folder
        self.stored = 0
        """Messages stored by this object: a connection that got anywhere is worth another."""
        self._sent = sent
        self._tools = tools
        self._own = own_addresses(tools.account)

    def is_due(self, status: dict[str, int]) -> bool:
        """Whether a STATUS answer hints at mail that is not stored yet."""
        validity, following = status.get("UIDVALIDITY"), status.get("UIDNEXT")
        if validity is None or following is None:
            return True
        return self._tools.places.of(self.folder, validity).complete + 1 < following

    async def open(self, session: ImapSession) -> Selected:
        """Open the folder: read-only unless mail is to be marked as seen.

        Raises `FolderGone`.
        """
        try:
            selected = await session.select(self.folder, writable=self._tools.account.mark_seen)
        except Refused as refusal:
            raise FolderGone(
                _(
                    "The folder {folder} of {account} cannot be opened ({said}); correct folders"
                    " or make it on the server."
                ).format(folder=self.folder, account=self._tools.account.address, said=refusal.said)
            ) from None
        if not selected.uidvalidity:
            raise FolderGone(
                _("The server gives folder {folder} no UIDVALIDITY, so it cannot be read.").format(
                    folder=self.folder
                )
            )
        return selected

    async def catch_up(self, session: ImapSession, selected: Selected) -> int:
        """Bring everything that is not in the ledger; returns the number of messages stored.

        The folder is open. Raises `ChannelError` and what the intake raises.
        """
        before = self.stored
        place = self._tools.places.of(self.folder, selected.uidvalidity)
        session.clear_news()
        backlog = _Backlog(place, *await self._missing(session, place, place.complete))
        if not backlog.empty:
            await self._bring(session, backlog)
        # What is under UIDNEXT and was not found is gone.
        done = replace(backlog.place, complete=max(backlog.place.complete, selected.uidnext - 1))
        if done != self._tools.places.stored(self.folder):
            await self._tools.places.accept(self.folder, (), done)
        return self.stored - before

    async def _bring(self, session: ImapSession, backlog: _Backlog) -> None:
        """Fetch, read and store at the same time, each a batch ahead of the next."""
        lost: ChannelError | None = None
        unstored: _Unstored = {}
        try:
            async with task_group() as group:
                queue: _Queue = asyncio.Queue(AHEAD)
                storing = self._store_all(session, queue, backlog, unstored)
                group.create_task(storing, name=f"store {self.folder}")
                try:
                    while uids := await self._next(session, backlog):
                        key = self._key(backlog.place)
                        found = await self._tools.fetch.fetch(session, key, uids)
                        jobs, settled = self._sorted(backlog.place, found)
                        reading = self._tools.readers.read(jobs)
                        task = group.create_task(reading, name=f"read {self.folder}")
                        unstored[task] = jobs
                        await queue.put((uids, task, settled))
                except ChannelError as error:
                    lost = error  # what came before it is stored all the same
                await queue.put(None)
        finally:
            _forget(unstored)
        await self._tools.readers.shrink()
        await self._tools.states.caught_up(self.folder)
        if lost is not None:
            raise lost

    async def _next(self, session: ImapSession, backlog: _Backlog) -> list[int]:
        """The next batch of UIDs; what came in meanwhile goes before the old."""
        if session.news:
            # Without a NOOP some servers do not find yet what they just announced.
            await session.noop()
            session.clear_news()
            backlog.add(*await self._missing(session, backlog.place, backlog.highest))
        return backlog.next(self._tools.fetch.size(self._key(backlog.place)))

    def _key(self, place: Place) -> str:
        return f"{self.folder}/{place.uidvalidity}"

    async def _missing(
        self, session: ImapSession, place: Place, above: int
    ) -> tuple[list[int], int]:
        """UIDs over `above` that the ledger does not have, and the highest in the mailbox."""
        try:
            there = await session.search(f"UID {above + 1}:*")
        except Refused as refusal:
            raise FolderGone(
                _("The folder {folder} cannot be searched ({said}).").format(
                    folder=self.folder, said=refusal.said
                )
            ) from None
        # `n:*` always names the last message too, also when its UID is under n.
        there = there[bisect_right(there, above) :]
        missing: list[int] = []
        for start in range(0, len(there), LEDGER_PAGE):
            page = there[start : start + LEDGER_PAGE]
            names = {uid: f"{self._key(place)}/{uid}" for uid in page}
            known = await self._tools.places.intake.known(list(names.values()))
            missing += [uid for uid in page if names[uid] not in known]
        return missing, there[-1] if there else above

    def _sorted(
        self, place: Place, found: Sequence[Message | Unfetchable]
    ) -> tuple[list[Job], list[Received]]:
        """What is to be read, and what is settled without reading."""
        account = self._tools.account
        oldest = place.since - account.history * 1000
        jobs: list[Job] = []
        settled: list[Received] = []
        for message in found:
            name = f"{self._key(place)}/{message.uid}"
            if isinstance(message, Unfetchable):
                settled.append(Quarantined(name, message.reason, b""))
            elif "\\Draft" in message.flags:
                settled.append(Ignored(name, _("a draft")))
                _discard(message.raw)
            elif "\\Deleted" in message.flags:
                settled.append(Ignored(name, _("marked as deleted in the mailbox")))
                _discard(message.raw)
            else:
                jobs.append(
                    Job(
                        raw=message.raw,
                        external_id=name,
                        arrived_at=message.arrived_at,
                        history=message.arrived_at < oldest,
                        own_addresses=self._own,
                        trusted_authserv=account.trusted_authserv,
                    )
                )
        return jobs, settled

    async def _store_all(
        self, session: ImapSession, queue: _Queue, backlog: _Backlog, unstored: _Unstored
    ) -> None:
        waiting = _Waiting(queue)
        while items := await waiting.next():
            batch: list[Received] = []
            read: list[Inbound | Quarantined] = []
            for uids, reading, settled in items:
                found = await reading
                read += found
                batch += [*settled, *(self._placed(result) for result in found)]
                backlog.done(uids)
            await self._tools.places.accept(self.folder, batch, backlog.place)
            self.stored += len(batch)
            await self._tools.states.progress(self.folder, *backlog.progress)
            for result in read:
                _forget_files(result)
            for _uids, reading, _settled in items:
                unstored.pop(reading, None)
            if self._tools.account.mark_seen and read:
                # Cosmetic: a mailbox that does not allow it is read all the same.
                with contextlib.suppress(Refused, ChannelError):
                    await session.add_flag(sorted(_uid(result) for result in read), "\\Seen")

    def _placed(self, result: Inbound | Quarantined) -> Received:
        if isinstance(result, Quarantined):
            return result
        return placed(result, self._own, sent_folder=self._sent)


class _Waiting:
    """Batches to store. What was fetched and read while the store was busy goes in together:
    a transaction costs a sync of the disk, however much is in it."""

    def __init__(self, queue: _Queue) -> None:
        self._queue = queue
        self._held: list[_Batch | None] = []

    async def next(self) -> list[_Batch]:
        """Empty at the end."""
        found: list[_Batch] = []
        count = 0
        while True:
            item = self._held.pop() if self._held else await self._queue.get()
            if item is None:
                self._held = [None]
                return found
            found.append(item)
            count += len(item[0])
            if self._queue.empty():
                return found
            following = self._queue.get_nowait()
            self._held = [following]
            if following is not None and (
                not following[1].done() or count + len(following[0]) > TOGETHER
            ):
                return found


class _Backlog:
    """UIDs still to come. `place` is what may be stored: nothing under it is missing."""

    def __init__(self, place: Place, missing: list[int], highest: int) -> None:
        self.place = place
        self.highest = highest
        head = HEAD if len(missing) > LONG_BACKLOG else 0
        self._rest = missing[: len(missing) - head]
        self._taken = self._stored = self._done = 0
        self._all = len(missing)
        self._urgent = missing[len(missing) - head :]
        """All of them above all of the rest."""
        self._urgent_undone = set(self._urgent)
        self._settle()

    @property
    def progress(self) -> tuple[int, int]:
        """Messages done, and all that were missing."""
        return self._done, self._all

    @property
    def empty(self) -> bool:
        return not self._rest and not self._urgent_undone

    def add(self, fresh: list[int], highest: int) -> None:
        """New mail: before everything else."""
        self.highest = highest
        self._all += len(fresh)
        self._urgent = fresh + self._urgent
        self._urgent_undone.update(fresh)

    def next(self, count: int) -> list[int]:
        if self._urgent:
            taken, self._urgent = sorted(self._urgent[:count]), self._urgent[count:]
        else:
            taken = self._rest[self._taken : self._taken + count]
            self._taken += len(taken)
        return taken

    def done(self, uids: Sequence[int]) -> None:
        """A batch as `next` gave it is durable with the transaction that stores `place`."""
        if uids[0] in self._urgent_undone:
            self._urgent_undone.difference_update(uids)
        else:
            self._stored += len(uids)
        self._settle()

    def _settle(self) -> None:
        if self._stored < len(self._rest):
            complete = self._rest[self._stored] - 1
        elif self._urgent_undone:
            complete = min(self._urgent_undone) - 1
        else:
            complete = self.highest
        self.place = replace(self.place, complete=max(complete, self.place.complete))


def _uid(result: Received) -> int:
    return int(result.external_id.rpartition("/")[2])


def _discard(raw: bytes | Path) -> None:
    if isinstance(raw, Path):
        raw.unlink(missing_ok=True)


def _forget(unstored: _Unstored) -> None:
    """It was not stored and will be fetched again: no file of it may stay behind."""
    for reading, jobs in unstored.items():
        for job in jobs:
            _discard(job.raw)
        if reading.done() and not reading.cancelled() and reading.exception() is None:
            for result in reading.result():
                _forget_files(result)


def _forget_files(result: Inbound | Quarantined) -> None:
    """The store has its own copies now."""
    if isinstance(result.raw, Path):
        result.raw.unlink(missing_ok=True)
    for file in result.files if isinstance(result, Inbound) else ():
        if isinstance(file.content, Path):
            file.content.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                file.content.parent.rmdir()  # the batch's own, once it is empty
