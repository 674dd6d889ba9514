"""The desk's stream: server-sent events (WHATWG HTML 9.2) from the database and the hub."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from starlette.types import Receive, Scope, Send

from connectors.webchat.protocol import KEEP_ALIVE, MOST_ONLINE
from connectors.webchat.relay import events
from connectors.webchat.relay.hub import DeskStream
from connectors.webchat.relay.logs import log
from connectors.webchat.relay.records import Event, compact
from connectors.webchat.relay.relay import Relay

PAGE = 500
STALLED = 60.0
"""Seconds that a desk may take nothing before its stream is given up."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx
]


class EventStream:
    """The answer to one `GET /v1/events`: an ASGI application.

    Durable events come from the database only, so none is missed and none is doubled, whatever
    happens meanwhile; the hub only says when to look.
    """

    def __init__(self, relay: Relay, *, site: str, after: int, version: str) -> None:
        self._journal = relay.journal
        self._hub = relay.hub
        self._metrics = relay.metrics
        self._site = site
        self._after = after
        self._version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":  # an endless answer without a body
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b""})
            return
        backlog = await self._journal.read(events.backlog, site=self._site)
        stream = self._hub.open_stream(self._site)
        connected = self._metrics.desk_connected.labels(self._site)
        connected.set(1)
        log("desk-connected", site=self._site, after=self._after, newest=backlog.newest)
        leaving = asyncio.create_task(_left(receive, stream), name=f"desk of {self._site} leaves")
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            hello = {
                "epoch": self._journal.epoch,
                "site": self._site,
                "version": self._version,
                "oldest": backlog.oldest,
                "newest": backlog.newest,
                "online": [each.json() for each in self._hub.online(self._site)[-MOST_ONLINE:]],
            }
            stream.take()  # what came before the list of who is there is in it
            await _write(send, server_sent("hello", hello))
            await self._follow(stream, send, leaving)
        finally:
            leaving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await leaving
            self._hub.close_stream(self._site, stream)
            if not stream.replaced:
                connected.set(0)
            log("desk-left", site=self._site, upto=self._after, replaced=stream.replaced)

    async def _follow(self, stream: DeskStream, send: Send, leaving: asyncio.Task[None]) -> None:
        while not leaving.done():
            # Signals first: nobody types what they have sent already.
            said = [server_sent(each.kind, each.json()) for each in stream.take()]
            page = await self._journal.read(
                events.after, site=self._site, event=self._after, limit=PAGE
            )
            said += [self._durable(each) for each in page]
            if said:
                await _write(send, "".join(said))
            if page:
                self._after = page[-1].id
            if stream.replaced or stream.closing:
                last = server_sent("replaced", {}) if stream.replaced else ": closing\n\n"
                await _write(send, last, end=True)
                return
            if len(page) < PAGE and not await stream.wait(KEEP_ALIVE):
                await _write(send, ": keep-alive\n\n")

    def _durable(self, event: Event) -> str:
        return server_sent(event.type, event.json(self._journal.epoch), event.id)


def server_sent(kind: str, data: Mapping[str, Any], number: int | None = None) -> str:
    """One event. JSON has no line ends of its own, so `data` is one line; and what is none to SSE
    but is taken for one by many who read it (`str.splitlines`) is escaped, or a visitor's text
    could break their desk."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {kind}\ndata: {compact(data).translate(_LINE_ENDS)}\n\n"


_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


async def _write(send: Send, text: str, *, end: bool = False) -> None:
    """Raises `TimeoutError` for a desk that reads nothing; uvicorn then closes the connection."""
    async with asyncio.timeout(STALLED):
        await send(
            {
                "type": "http.response.body",
                "body": text.encode("utf-8", "replace"),
                "more_body": not end,
            }
        )


async def _left(receive: Receive, stream: DeskStream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.notify()
