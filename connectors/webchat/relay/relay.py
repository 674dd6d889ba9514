"""The relay itself: everything that its routes share, opened and closed in one place."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.relay import RelaySettings
from config.secret_ref import SecretRef
from config.secrets import resolve
from connectors.webchat.relay import told
from connectors.webchat.relay.arrivals import Received
from connectors.webchat.relay.availability import Availabilities
from connectors.webchat.relay.blocks import Blocks
from connectors.webchat.relay.events import Acknowledged
from connectors.webchat.relay.hub import Connection, Hub
from connectors.webchat.relay.journal import Journal, JournalError
from connectors.webchat.relay.limits import Limits
from connectors.webchat.relay.logs import log_error
from connectors.webchat.relay.metrics import Metrics
from connectors.webchat.relay.records import Millis
from connectors.webchat.relay.sends import Sent
from connectors.webchat.relay.site import open_sites
from connectors.webchat.relay.tokens import Tokens, signing_key

if TYPE_CHECKING:
    from connectors.webchat.relay.polling import PollSession

EXPIRIES_EVERY = 15.0
"""Seconds between looks at which signed-in visitors' sessions have ended."""


def now() -> Millis:
    return time.time_ns() // 1_000_000


class Relay:
    """One relay. `directory` holds the database and `files/`; `key_file` is its signing key.

    Making one reads the secrets, which may take seconds. Raises `SecretError`, `WeakSecret`.
    """

    tokens: Tokens

    def __init__(
        self,
        settings: RelaySettings,
        *,
        directory: Path,
        key_file: Path,
        secret: Callable[[SecretRef], str] = resolve,
        own_origins: frozenset[str] = frozenset(),
        clock: Callable[[], Millis] = now,
    ) -> None:
        self.settings = settings
        self.directory = directory
        self.files = directory / "files"
        self.sites = open_sites(settings, secret, own_origins)
        self.clock = clock
        self.journal = Journal(directory / "relay.sqlite")
        self.hub = Hub(clock)
        self.availability = Availabilities(self.hub)
        self.limits = Limits(settings.limits)
        self.blocks = {
            name: Blocks(site.settings.blocked_networks) for name, site in self.sites.items()
        }
        self.metrics = Metrics()
        self._messages_in = {name: self.metrics.messages.labels(name, "in") for name in self.sites}
        self.draining = False
        self.polls: dict[str, PollSession] = {}
        """Sessions of visitors who poll, by their secret ids."""
        self._key_file = key_file
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def frame_bytes(self) -> int:
        """Bytes of one WebSocket message, or of one poll: JSON may need six for one of a text."""
        return 6 * self.settings.limits.message_bytes + 65_536

    async def open(self) -> None:
        """Raises `JournalError`."""
        try:
            key = await asyncio.to_thread(signing_key, self._key_file)
        except OSError as error:
            raise JournalError(f"The relay's signing key cannot be used: {error}.") from error
        await self.journal.open()
        self.tokens = Tokens(
            key,
            self.journal.epoch,
            visitor_session=self.settings.visitor_session,
            identity_session=self.settings.identity_session,
        )
        for site, blocks in (await self.journal.read(_blocks)).items():
            if site in self.blocks:
                self.blocks[site].load(blocks)
        self.spawn("availability", self.availability.run())
        self.spawn("identity sessions", self._end_sessions())

    async def close(self) -> None:
        """What has come is on the disk after it."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.journal.close()

    async def drain(self) -> None:
        """No new visitors; those who are here are told to come back, the desks' streams end.
        Returns when what was under way is on the disk."""
        self.draining = True
        self.metrics.draining.set(1)
        for number, connection in enumerate(self.hub.everybody(), 1):
            connection.end("draining")
            if number % 200 == 0:
                await asyncio.sleep(0)
        self.hub.end_streams()

    # What others are told, once it is durable

    def arrived(self, connection: Connection, received: Received) -> None:
        """A visitor's frame: acknowledged on its own connection, shown in their other tabs."""
        site, visitor = connection.site, connection.visitor
        connection.put(told.ack(received.id, received.seq, received.at))
        if received.again:
            return
        if received.message is not None:
            self._messages_in[site].inc()
            if len(self.hub.connections(site, visitor)) > 1:
                self.hub.deliver(site, visitor, told.message(received.message), but=connection)
        self.hub.has_news(site)

    def sent(self, site: str, sent: Sent) -> None:
        """A desk's message, new, changed or taken back: shown in every tab of its visitor."""
        if sent.message is not None:
            changed = sent.message.edited_at or sent.message.deleted_at
            if changed is None:
                self.metrics.messages.labels(site, "out").inc()
            self.hub.deliver(site, sent.visitor, told.message(sent.message))

    def acknowledged(self, site: str, acknowledged: Acknowledged) -> None:
        """The desk has it: visitors are told."""
        for visitor, seq in acknowledged.delivered.items():
            self.hub.deliver(site, visitor, told.delivered(seq))

    def agent_read(self, site: str, visitor: str, seq: int | None) -> None:
        """An agent has read up to `seq`; None: no news."""
        if seq is not None:
            self.hub.deliver(site, visitor, told.read(seq))

    # Inside

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that lives as long as the relay at most."""
        task = asyncio.get_running_loop().create_task(work, name=f"relay {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_error("task-failed", error, task=task.get_name())

    async def _end_sessions(self) -> None:
        while True:
            await asyncio.sleep(EXPIRIES_EVERY)
            at = self.clock()
            for connection in self.hub.everybody():
                if connection.until is not None and connection.until <= at:
                    connection.end("identity-needed")


def _blocks(db: sqlite3.Connection) -> dict[str, dict[str, int | None]]:
    found: dict[str, dict[str, int | None]] = {}
    for row in db.execute("SELECT site, target, until FROM blocks"):
        found.setdefault(row["site"], {})[row["target"]] = row["until"]
    return found
