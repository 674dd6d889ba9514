"""For whoever runs the relay: is it well, and what does it do."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import sqlite3
import time
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.webchat.relay import events, stored_files
from connectors.webchat.relay.client_address import forwarded, parse
from connectors.webchat.relay.errors import ApiError
from connectors.webchat.relay.files import FileStore
from connectors.webchat.relay.metrics import CONTENT_TYPE
from connectors.webchat.relay.relay import Relay

STORES_FOR = 5.0
"""Seconds after a write for which the disk is taken to be well: who asks is anybody."""
PATIENCE = 5.0
"""Seconds that the database may take to answer."""


class Operations:
    """`routes` go into the application. `metrics_token` None: metrics for this machine only."""

    def __init__(self, relay: Relay, store: FileStore, metrics_token: str | None) -> None:
        self._relay = relay
        self._store = store
        self._token = metrics_token
        self._stored = float("-inf")
        """When something was last written for the sake of knowing (monotonic seconds)."""

    def routes(self) -> Sequence[Route]:
        return [
            Route("/healthz", self._health, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
        ]

    async def _health(self, request: Request) -> Response:
        """It can store. While it goes down a proxy should send nobody here any more."""
        if self._relay.draining:
            raise ApiError("draining", "The relay is restarting.", 5)
        began = time.monotonic()
        asked = began - self._stored < STORES_FOR
        try:
            async with asyncio.timeout(PATIENCE):
                await self._relay.journal.write(_ask if asked else _store)
        except TimeoutError:
            raise ApiError("storage", "The relay's database does not answer.", 10) from None
        if not asked:
            self._stored = began
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def _metrics(self, request: Request) -> Response:
        if not self._may(request):
            raise ApiError("not-found", "Not Found.")  # nobody's business that there are any
        metrics = self._relay.metrics
        for site in self._relay.sites:
            backlog = await self._relay.journal.read(events.backlog, site=site)
            metrics.events_pending.labels(site).set(backlog.pending)
            used = await self._relay.journal.read(stored_files.used, site=site)
            metrics.storage_bytes.labels(site).set(used)
            metrics.visitors.labels(site).set(len(self._relay.hub.online(site)))
        metrics.free_bytes.set(await asyncio.to_thread(self._store.free))
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    def _may(self, request: Request) -> bool:
        if self._token is not None:
            scheme, _blank, token = request.headers.get("authorization", "").partition(" ")
            given = token.strip().encode("utf-8", "replace")
            return scheme.lower() == "bearer" and hmac.compare_digest(given, self._token.encode())
        peer = parse(request.client.host) if request.client else None
        local = isinstance(peer, ipaddress.IPv4Address | ipaddress.IPv6Address) and peer.is_loopback
        return local and not forwarded(request.headers.raw)


def _ask(db: sqlite3.Connection) -> None:
    """Nothing: that the writer comes to it tells enough."""


def _store(db: sqlite3.Connection) -> None:
    """Something that is another thing each time: what does not change SQLite does not write."""
    db.execute("INSERT OR REPLACE INTO meta VALUES ('asked_at', ?)", (str(time.time_ns()),))
