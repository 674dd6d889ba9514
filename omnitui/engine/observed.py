"""`/metrics` and `/healthz` of the engine, where `[desk] metrics` says; else nothing listens."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.web_server import GuestServer
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.metrics import CONTENT_TYPE, Metrics
from store import disk
from store.errors import StoreError
from store.overview import LATE, Overview

PATIENCE = 5.0
"""Seconds for the store to answer."""
LISTEN_AGAIN = 10.0
"""Seconds until an address that is taken is tried again."""


class Observed:
    """A small web server in the engine's loop."""

    def __init__(self, desk: EngineDesk, address: tuple[str, int]) -> None:
        self._desk = desk
        self._address = address
        self._metrics = Metrics(desk.config.home.store_file)

    async def run(self) -> None:
        """Until cancelled. An address that is taken is said, and tried again."""
        app = Starlette(
            routes=[
                Route("/metrics", self._exposition, methods=["GET"]),
                Route("/healthz", self._health, methods=["GET"]),
            ]
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(self._metrics.watch_lag(), name="loop lag")
            bound = await self._listen()
            server = GuestServer(
                uvicorn.Config(
                    app,
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    proxy_headers=False,
                    server_header=False,
                    timeout_keep_alive=5,
                    limit_concurrency=32,
                )
            )
            LOGGER.info("metrics: http://%s:%d/metrics", *bound.getsockname()[:2])
            try:
                await server.serve([bound])
            finally:
                bound.close()

    async def _listen(self) -> socket.socket:
        told = ""
        while True:
            try:
                # In a thread: a name may have to be looked up.
                return await asyncio.to_thread(_bound, self._address)
            except OSError as error:
                if (why := str(error.strerror)) != told:
                    LOGGER.error("metrics: cannot listen on %s:%d: %s", *self._address, why)
                told = why
            await asyncio.sleep(LISTEN_AGAIN)

    async def _exposition(self, request: Request) -> Response:
        try:
            await self._read()
        except (StoreError, OSError):  # a time-out is one
            return Response("the store does not answer\n", 503, media_type="text/plain")
        text = await asyncio.to_thread(self._metrics.text)
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    async def _health(self, request: Request) -> Response:
        """503: a person is needed. An account that is down is said, with 200: the rest works."""
        try:
            found = await self._read()
        except (StoreError, OSError) as error:  # a time-out is one
            why = str(error) if isinstance(error, StoreError) else "the store does not answer"
            failing = [why]
            return self._answer({"status": "failing", "failing": failing}, 503)
        failing = self._failing(found)
        down = [one.name for one in found.accounts if one.state == "failed"]
        status = "failing" if failing else "degraded" if down else "ok"
        said = {"status": status, "failing": failing, "accounts_down": down}
        return self._answer(said, 503 if failing else 200)

    def _failing(self, found: Overview) -> list[str]:
        failing = []
        since = found.overdue_since
        # An account that is down keeps its replies, and is told as such. One that config.toml does
        # not name any more is never up again: its replies fail.
        served = self._desk.config.accounts
        up = all(one.state == "online" for one in found.accounts if one.name in served)
        if up and since is not None and self._desk.now() - since > LATE:
            failing.append("replies are due and are not sent")
        if self._metrics.free < disk.FULL:
            failing.append("the disk of the store is full")
        return failing

    def _answer(self, said: Mapping[str, object], code: int) -> Response:
        return JSONResponse(said, code, headers={"Cache-Control": "no-store"})

    async def _read(self) -> Overview:
        async with asyncio.timeout(PATIENCE):
            return await self._desk.read(lambda desk: self._metrics.read(desk.db, self._desk.now()))


def _bound(address: tuple[str, int]) -> socket.socket:
    """Raises `OSError`."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    bound = socket.create_server(address, family=family, backlog=64)
    bound.setblocking(False)
    return bound
