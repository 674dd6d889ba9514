"""`/v1/chat`: a visitor's connection as a WebSocket (RFC 6455), one frame a text message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from connectors.webchat.relay import told
from connectors.webchat.relay.endings import CLOSE_CODES, SENTENCES
from connectors.webchat.relay.hub import Connection
from connectors.webchat.relay.origins import address_of, header, relay_of
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.session import Session
from connectors.webchat.relay.site import Site

HELLO_WITHIN = 10.0
"""Seconds."""
WRITE_NOW = "omnitui.write-now"
"""ASGI extension of our server: `write(text)` sends a message at once, where the browser takes it,
and says whether it has. A task for each frame would be a tenth of the work."""


class WebSocketEndpoint:
    """The ASGI application of the route. It stands on ASGI itself and not on Starlette's
    WebSocket: a visitor costs less memory without, and there is nothing it would add."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        relay = relay_of(scope)
        site = relay.sites.get(QueryParams(scope["query_string"]).get("site", ""))
        if site is None:
            return await _refuse(send, HTTPStatus.NOT_FOUND)
        if not site.allows(header(scope, b"origin")):
            return await _refuse(send, HTTPStatus.FORBIDDEN)
        if relay.draining:
            return await _refuse(send, HTTPStatus.SERVICE_UNAVAILABLE)
        address = address_of(scope)
        if relay.limits.attempt(address) > 0 or not relay.limits.connect(site.name, address):
            relay.metrics.refused.labels(site.name, "too-many").inc()
            return await _refuse(send, HTTPStatus.TOO_MANY_REQUESTS)
        gauge = relay.metrics.connections.labels(site.name, "websocket")
        gauge.inc()
        try:
            await send({"type": "websocket.accept"})
            user_agent = header(scope, b"user-agent") or ""
            connection = Connection(site.name, address)
            write = scope.get("extensions", {}).get(WRITE_NOW, {}).get("write", _never)
            await _Visit(relay, site, connection, user_agent, receive, send, write).run()
        finally:
            gauge.dec()
            relay.limits.disconnect(site.name, address)
        return None


class _Visit:
    """One open WebSocket: reads in its own task; writes at once, or in a short task where it has to
    wait."""

    def __init__(
        self,
        relay: Relay,
        site: Site,
        connection: Connection,
        user_agent: str,
        receive: Receive,
        send: Send,
        write: Callable[[str], bool],
    ) -> None:
        self._relay = relay
        self._connection = connection
        self._session = Session(relay, site, connection, user_agent)
        self._receive = receive
        self._send = send
        self._write_now = write
        self._writing: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._closed = False

    async def run(self) -> None:
        self._reading = asyncio.current_task()
        self._connection.wake = self._wake
        try:
            await self._read()
        except asyncio.CancelledError:
            # Our own doing, for a reader that takes nothing any more; else the server's.
            if self._connection.ending != "slow" or self._reading is None:
                raise
            self._reading.uncancel()
        finally:
            self._connection.wake = _nothing
            self._session.close()
            if self._writing is not None and self._connection.ending in (None, "slow"):
                self._writing.cancel()

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                await self._take()
        except TimeoutError:
            self._connection.end("no-hello")
        # After an ending the browser's answer to our close is read, and nothing of it served.
        while not self._closed:
            await self._take()

    async def _take(self) -> None:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._closed = True
        elif self._connection.ending is None:
            text = message.get("text")
            if text is not None:
                await self._session.receive(text)
            else:
                self._connection.put(told.error("bad-frame", "Frames are text, not binary."))
                self._connection.end("not-text")

    def _wake(self) -> None:
        if self._connection.ending == "slow" and self._reading is not None:
            self._reading.cancel()
        elif self._writing is None and not self._written():
            self._writing = self._relay.spawn("writer", self._write())

    def _written(self) -> bool:
        """Everything that waits is on its way, and there is no end to tell."""
        connection = self._connection
        while connection.waiting and self._write_now(connection.waiting[0]):
            connection.written()
        return not connection.waiting and connection.ending is None

    async def _write(self) -> None:
        """Everything that waits, and the close if it is over. `send` waits for a slow browser;
        meanwhile frames pile up in the connection, which ends it when they are too many."""
        connection = self._connection
        try:
            while connection.waiting:
                for frame in connection.take():
                    await self._send({"type": "websocket.send", "text": frame})
            if connection.ending is not None:
                await self._close()
        except (OSError, RuntimeError):  # it is closed already; what it missed is resumed
            self._closed = True
        finally:
            self._writing = None

    async def _close(self) -> None:
        why = self._connection.ending
        assert why is not None
        if why in SENTENCES:
            frame = told.error(why if why != "no-hello" else "bad-frame", SENTENCES[why])
            await self._send({"type": "websocket.send", "text": frame})
        await self._send({"type": "websocket.close", "code": CLOSE_CODES[why], "reason": why})


async def _refuse(send: Send, status: HTTPStatus) -> None:
    """Before the handshake's end (ASGI's extension "websocket.http.response")."""
    body = status.phrase.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": int(status), "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _never(_text: str) -> bool:
    return False


def _nothing() -> None:
    pass
