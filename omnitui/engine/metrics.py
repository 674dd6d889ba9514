"""What the engine counts, for Prometheus: by account and kind, never by customer.

The numbers are read from the store and its event log when somebody asks, so that nothing in the
engine has to count.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections import Counter as Count
from pathlib import Path
from typing import get_args

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from omnitui import __version__
from store import events
from store.driver import Connection
from store.model import AccountState, EventId, Millis
from store.overview import Overview, overview

CONTENT_TYPE = CONTENT_TYPE_LATEST
PAGE = 5_000
"""Events counted in one go."""
LAG_EVERY = 0.5
"""Seconds between two looks whether the loop is late."""


class Metrics:
    """The metrics of one engine, in a registry of their own."""

    def __init__(self, store_file: Path) -> None:
        self._store_file = store_file
        self._upto: EventId | None = None
        self.free = 0
        """Bytes on the disk of the store, as last read."""
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def gauge(name: str, doc: str, *labels: str) -> Gauge:
            return Gauge(f"omnitui_{name}", doc, labels, registry=registry)

        self.build = gauge("build_info", "Always 1.", "version")
        self.build.labels(__version__).set(1)
        self.events = Counter(
            "omnitui_events",
            "Events of the log since the engine started (docs/events.md).",
            ("kind", "account"),
            registry=registry,
        )
        self.accounts = gauge("account_state", "1 for the state it is in.", "account", "state")
        self.success = gauge(
            "account_last_success_timestamp_seconds", "When its server last did well.", "account"
        )
        self.conversations = gauge("conversations", "Conversations by status.", "status")
        self.unassigned = gauge("conversations_unassigned", "Open or pending, and nobody's.")
        self.waiting = gauge("conversations_waiting", "Whose customer waits for us; to 10,000.")
        self.longest = gauge("longest_wait_seconds", "For how long the first of them has waited.")
        self.outbox = gauge("outbox", "Replies on their way, or stuck.", "state")
        self.overdue = gauge("outbox_overdue_seconds", "How late the first queued reply is.")
        self.quarantined = gauge("quarantined", "What came in and could not be understood.")
        self.hooks = gauge("hooks_failed", "Runs that failed or are unknown, of the last day.")
        self.screens = gauge("screens", "Screens that are open.")
        self.unsealed = gauge("audit_unsealed_events", "Events not in the audit chain yet.")
        self.store_bytes = gauge("store_bytes", "Of the database and its log.", "file")
        self.free_bytes = gauge("free_bytes", "Bytes free on the disk of the store.")
        self.lag = Histogram(
            "omnitui_loop_lag_seconds",
            "How late the engine's loop is.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=registry,
        )

    def read(self, db: Connection, now: Millis) -> Overview:
        """Set everything by the store; in a thread of the store's. What it found."""
        found = overview(db, now)
        self._count(db, found.last_event or EventId(0))
        for account in found.accounts:
            for state in get_args(AccountState):
                self.accounts.labels(account.name, state).set(account.state == state)
            if account.last_success_at is not None:
                self.success.labels(account.name).set(account.last_success_at / 1000)
        for status in ("open", "pending", "snoozed", "closed"):
            self.conversations.labels(status).set(found.conversations.get(status, 0))
        self.unassigned.set(found.unassigned)
        self.waiting.set(found.waiting)
        self.longest.set(_seconds(now, found.waiting_since))
        for state, number in found.outbox.items():
            self.outbox.labels(state).set(number)
        self.overdue.set(_seconds(now, found.overdue_since))
        self.quarantined.set(found.quarantined)
        self.hooks.set(found.hooks_failed)
        self.screens.set(len(found.screens))
        self.unsealed.set(found.unsealed)
        for suffix in ("", "-wal"):
            path = self._store_file.with_name(self._store_file.name + suffix)
            with contextlib.suppress(FileNotFoundError):
                self.store_bytes.labels("wal" if suffix else "database").set(path.stat().st_size)
        self.free = shutil.disk_usage(self._store_file.parent).free
        self.free_bytes.set(self.free)
        return found

    def _count(self, db: Connection, last: EventId) -> None:
        """What happened since the last time; at first only from here on."""
        if self._upto is None:
            self._upto = last
        while self._upto < last:
            page = events.after(db, self._upto, PAGE)
            if not page:
                break
            counted = Count((one.kind, str(one.data.get("account", ""))) for one in page)
            for (kind, account), number in counted.items():
                self.events.labels(kind, account).inc(number)
            self._upto = page[-1].id

    async def watch_lag(self) -> None:
        """Until cancelled."""
        while True:
            begun = time.monotonic()
            await asyncio.sleep(LAG_EVERY)
            self.lag.observe(max(0.0, time.monotonic() - begun - LAG_EVERY))

    def text(self) -> bytes:
        """The exposition, of the type `CONTENT_TYPE`."""
        return generate_latest(self._registry)


def _seconds(now: Millis, since: Millis | None) -> float:
    return max(0, now - since) / 1000 if since is not None else 0.0
