"""Fetches the files that messages brought as references: beside everything else, so that no
text and no reply ever waits for one.

A content is gathered in a file of its own, takes its place among the store's contents, and is
attached in one transaction. What a crash interrupts is fetched anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import secrets
from pathlib import Path

from config.i18n import _
from connectors.contract import (
    AuthFailed,
    CertificateInvalid,
    ChannelError,
    Connector,
    Deferred,
    Fetches,
    Misconfigured,
    Rejected,
    Unreachable,
)
from omnitui.desk.channel_names import channel_first
from omnitui.desk.context import Desk
from omnitui.desk.replying import files
from omnitui.engine.backoff import Backoff
from omnitui.engine.channel import Channel, raised
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER, name_of, trace
from omnitui.engine.pulse import Pulse, until
from store import attachments
from store.attachments import Awaited
from store.blobs import Blobs
from store.errors import DiskFailed, DiskFull, Exhausted, NotFound, StoreError, from_os
from store.model import Millis

AT_ONCE = 4
PAGE = 50
PAGE_LASTS = 1_000
"""Milliseconds: how soon a file of a newer message goes before those of a long list."""
SLACK = 64 * 1024
"""Bytes that a file may have more than was promised."""
UNPROMISED = 2_000_000_000
"""Bytes that a file may have when nothing was promised."""
SLOWEST = 10_000
"""Bytes a second below which a fetch is given up for now, after `PATIENCE` seconds."""
PATIENCE = 600.0
_FULL = {errno.ENOSPC, errno.EDQUOT}
_OF_THE_ACCOUNT = (AuthFailed, CertificateInvalid, Misconfigured, Unreachable, Deferred)
"""Failures that the next file would most likely meet as well."""


async def clear(blobs: Blobs) -> None:
    """At the start of an engine: what the last one had not finished."""

    def remove() -> None:
        with contextlib.suppress(OSError):
            for left in blobs.incoming.iterdir():
                left.unlink(missing_ok=True)

    await asyncio.to_thread(remove)


class Fetcher:
    """One account's."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._page: list[Awaited] = []
        self._page_at: Millis = 0
        self._backoff = Backoff(desk.pace)
        self._paused_until: Millis = 0

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe(f"files {self._channel.name}")
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    due_at = await self._begin(group, beat)
                except StoreError as error:
                    LOGGER.warning("%s: files: %s", self._channel.name, error)
                    due_at = self._desk.now() + 5_000
                await until(beat, due_at, self._desk.now())

    async def _begin(self, group: asyncio.TaskGroup, beat: asyncio.Event) -> Millis | None:
        """Start as many fetches as there is room for; when to look again."""
        while True:
            due_at = await self._desk.read(_next_due, self._channel, set(self._in_flight))
            now = self._desk.now()
            if due_at is None or due_at > now:
                return due_at
            if self._paused_until > now:
                return self._paused_until
            live = self._channel.live
            if live is None:
                return now + 1_000
            if not isinstance(live.connector, Fetches) or len(self._in_flight) >= AT_ONCE:
                return None  # the end of one of them wakes
            file = await self._next()
            if file is None:
                return None

            def landed(_task: asyncio.Task[None], attachment: int = file.id) -> None:
                self._in_flight.pop(attachment, None)
                beat.set()

            task = group.create_task(self._fetch(file), name=f"file {file.id}")
            self._in_flight[file.id] = task
            task.add_done_callback(landed)

    async def _next(self) -> Awaited | None:
        """The due one of the newest message. The list of a long queue is not read for each."""
        now = self._desk.now()
        if not 0 <= now - self._page_at < PAGE_LASTS:
            self._page = []
        file = self._listed()
        if file is None:
            # Also where a list was left: all that it had may be on its way, and others new.
            self._page = await self._desk.read(_due, self._channel)
            self._page_at = now
            file = self._listed()
        return file

    def _listed(self) -> Awaited | None:
        while self._page:
            file = self._page.pop(0)
            if file.id not in self._in_flight:
                return file
        return None

    async def _fetch(self, listed: Awaited) -> None:
        try:
            file = await self._desk.read(_still_due, listed.id)
            if file is not None:
                await self._fetch_due(file)
        except StoreError as error:
            self._pause(error)
        except Exception as error:
            # Quarantined: it is tried again after a pause.
            LOGGER.error("%s: file %d\n%s", self._channel.name, listed.id, trace(error))
            self._pause(error)

    async def _fetch_due(self, file: Awaited) -> None:
        blobs = self._desk.store.blobs
        into = blobs.incoming / f"{file.id}-{secrets.token_hex(4)}"
        try:
            failure = await self._gather(file, into)
            if failure is None:
                content = await asyncio.to_thread(blobs.take, into)
                await self._desk.write_patiently(lambda desk: files.arrived(desk, file.id, content))
                self._backoff.reset()
                LOGGER.info("%s: file %d is here", self._channel.name, file.id)
                return
        finally:
            with contextlib.suppress(OSError):
                into.unlink(missing_ok=True)
        if isinstance(failure, StoreError):
            self._pause(failure)
            return
        LOGGER.warning("%s: file %d: %s", self._channel.name, file.id, type(failure).__name__)
        if isinstance(failure, _OF_THE_ACCOUNT):
            self._pause(failure)
        error = failure
        await self._desk.write_patiently(
            lambda desk: files.failed(desk, file.id, error, self._desk.pace.fetches)
        )

    async def _gather(self, file: Awaited, into: Path) -> ChannelError | StoreError | None:
        """Have the content written to `into`; None when it is all there."""
        limit = file.size + max(SLACK, file.size // 20) if file.size else UNPROMISED
        try:
            await asyncio.to_thread(self._desk.store.blobs.begin, into.name)
            async with self._channel.in_use() as connector:
                await self._watched(connector, file, into, limit)
            size = (await asyncio.to_thread(into.stat)).st_size
        except OSError as error:
            return from_os(error, str(into.parent)) if error.errno in _FULL else _unexpected(error)
        except (asyncio.CancelledError, Exception) as error:
            # Quarantined: it is tried again, and the sentence is shown with the file.
            found = raised(error, f"{self._channel.name}: file {file.id}")
            return found if isinstance(found, (ChannelError, StoreError)) else _unexpected(found)
        if size > limit:
            return _too_large()
        if not size and file.size:
            return ChannelError(_("The file came empty."))
        return None

    async def _watched(self, connector: Connector, file: Awaited, into: Path, limit: int) -> None:
        """The connector's fetch, ended when the file grows too large, or no more."""
        if not isinstance(connector, Fetches):
            raise Rejected(
                _("{channel} cannot fetch files any more.").format(
                    channel=channel_first(connector.channel)
                )
            )
        loop = asyncio.get_running_loop()
        fetching = asyncio.create_task(
            connector.fetch(file.reference, into), name=f"fetching {file.id}"
        )
        last_size, grown_at = -1, loop.time()
        end = loop.time() + PATIENCE + limit / SLOWEST
        try:
            while not fetching.done():
                await asyncio.wait({fetching}, timeout=self._desk.pace.fetch_look)
                size = await asyncio.to_thread(_size, into)
                if size > limit:
                    raise _too_large()
                if size != last_size:
                    last_size, grown_at = size, loop.time()
                stalled = loop.time() - grown_at > self._desk.pace.fetch_stall
                if not fetching.done() and (stalled or loop.time() > end):
                    raise ChannelError(_("The server stopped in the middle of the file."))
            await fetching
        finally:
            if not fetching.done():
                fetching.cancel()
                # What it leaves open must be closed before the file goes.
                await asyncio.wait({fetching}, timeout=5)

    def _pause(self, error: Exception) -> None:
        """Others would most likely fail the same way: none for a while."""
        seconds = self._backoff.after(error)
        if isinstance(error, (DiskFailed, DiskFull, Exhausted)):
            seconds = self._desk.pace.store_cap
            LOGGER.warning("%s: files: %s", self._channel.name, error)
        self._paused_until = self._desk.now() + round(seconds * 1000)


def _too_large() -> Rejected:
    return Rejected(_("More came than the channel had promised: the file was not kept."))


def _unexpected(error: BaseException) -> ChannelError:
    return ChannelError(
        _("omnitui itself failed while fetching it ({error}).").format(error=name_of(error))
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _due(desk: Desk, channel: Channel) -> list[Awaited]:
    if channel.account is None:
        return []
    return attachments.due(desk.db, desk.now(), channel.account.id, PAGE)


def _next_due(desk: Desk, channel: Channel, in_flight: set[int]) -> Millis | None:
    if channel.account is None:
        return None
    return attachments.next_due_at(desk.db, channel.account.id, in_flight)


def _still_due(desk: Desk, attachment_id: int) -> Awaited | None:
    try:
        file = attachments.get(desk.db, attachment_id)
    except NotFound:
        return None
    due = file.due_at is not None and file.due_at <= desk.now() and not file.blob
    return file if due else None
