"""What is kept for how long. What the desk has not fetched is kept however old it is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from config.relay import RelaySettings
from connectors.webchat.relay import stored_files
from connectors.webchat.relay.files import FileStore
from connectors.webchat.relay.journal import Journal, JournalError
from connectors.webchat.relay.logs import log, log_error
from connectors.webchat.relay.records import Millis

EVERY = 600.0
"""Seconds between two sweeps."""
AT_ONCE = 500
"""Rows in one write: visitors' messages wait for no sweep."""
DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Horizon:
    """Times before which things go."""

    now: Millis
    messages: Millis
    unseen: Millis
    """Agents' messages that no browser of the visitor has had yet."""
    visitors: Millis

    @classmethod
    def of(cls, settings: RelaySettings, now: Millis) -> Horizon:
        returning = max(settings.visitor_session, settings.retention)
        return cls(
            now,
            now - settings.retention * 1_000,
            now - returning * 1_000,
            now - returning * 1_000 - DAY,
        )


def expire(db: sqlite3.Connection, *, horizon: Horizon, limit: int = AT_ONCE) -> int:
    """Delete what is past, at most `limit` rows of a kind; how many there were."""
    h = horizon
    gone = db.execute(
        "DELETE FROM messages WHERE id IN (SELECT m.id FROM messages m JOIN visitors v"
        " ON v.id = m.owner WHERE m.sent_at < ?1"
        " AND (m.sender = 'visitor' OR m.sent_at < ?2 OR m.seq <= max(v.browser_has,"
        " v.visitor_read))"
        " AND NOT EXISTS (SELECT 1 FROM events e WHERE e.owner = m.owner AND e.seq = m.seq"
        " AND e.type = 'message') LIMIT ?3)",
        (h.messages, h.unseen, limit),
    ).rowcount
    gone += db.execute(
        "DELETE FROM received WHERE (owner, id) IN (SELECT r.owner, r.id FROM received r"
        " WHERE r.at < ?1 AND NOT EXISTS"
        " (SELECT 1 FROM messages m WHERE m.owner = r.owner AND m.seq = r.seq) LIMIT ?2)",
        (h.messages, limit),
    ).rowcount
    gone += db.execute(
        "DELETE FROM sends WHERE (site, key) IN (SELECT s.site, s.key FROM sends s"
        " WHERE s.at < ?1 AND NOT EXISTS"
        " (SELECT 1 FROM messages m WHERE m.owner = s.owner AND m.seq = s.seq) LIMIT ?2)",
        (h.messages, limit),
    ).rowcount
    gone += db.execute(
        "DELETE FROM visitors WHERE id IN (SELECT v.id FROM visitors v WHERE v.seen_at < ?1"
        " AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.owner = v.id)"
        " AND NOT EXISTS (SELECT 1 FROM events e WHERE e.owner = v.id) LIMIT ?2)",
        (h.visitors, limit),
    ).rowcount
    gone += db.execute("DELETE FROM blocks WHERE until <= ?", (h.now,)).rowcount
    return gone


class Retention:
    """Sweeps every ten minutes, and once at the start."""

    def __init__(
        self,
        settings: RelaySettings,
        journal: Journal,
        files: FileStore,
        clock: Callable[[], Millis],
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._files = files
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.sweep()
            except (JournalError, OSError) as error:
                log_error("sweep-failed", error)
            await asyncio.sleep(EVERY)

    async def sweep(self) -> None:
        """Raises `JournalError`, `OSError`."""
        horizon = Horizon.of(self._settings, self._clock())
        rows = 0
        while gone := await self._journal.write(expire, horizon=horizon):
            rows += gone
            await asyncio.sleep(0)
        removed = await self._forget_files(horizon)
        removed += await self._files.remove_strays()
        if rows or removed:
            log("swept", rows=rows, files=removed)

    async def _forget_files(self, horizon: Horizon) -> int:
        removed = 0
        while ids := await self._journal.write(stored_files.take_orphans, now=horizon.now):
            removed += await self._files.remove(ids)
        while ids := await self._journal.write(stored_files.take_old, before=horizon.messages):
            removed += await self._files.remove(ids)
        return removed
