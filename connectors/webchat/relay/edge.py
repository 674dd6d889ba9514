"""Around every request: who it is from, whether they are let in, and what an answer must say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.webchat.relay.client_address import client_address
from connectors.webchat.relay.desk_api import authorised
from connectors.webchat.relay.errors import refusal
from connectors.webchat.relay.logs import log_error
from connectors.webchat.relay.origins import header
from connectors.webchat.relay.relay import Relay

WRITE_WITHIN = 60.0
"""Seconds that a client may take nothing of an answer before it is given up."""

_PLAIN = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
}
"""What an answer says unless it says something else by itself."""

_CROSS_ORIGIN: Mapping[str, str] = {
    "/v1/site": "GET",
    "/v1/poll": "POST",
    "/v1/files": "POST",
}
"""What a page of a site may call, and how. The rest of the relay is for no page's script."""
_SCRIPT = "/widget.js"
_FREE = ("/healthz", "/metrics")
"""Not counted: whoever watches over the relay must see it also in a flood."""


class Edge:
    """ASGI middleware, around everything."""

    def __init__(self, app: ASGIApp, relay: Relay) -> None:
        self._app = app
        self._relay = relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else None
        address = client_address(scope["headers"], peer, self._relay.settings.trusted_proxies)
        scope.setdefault("state", {})["address"] = address
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._http(scope, receive, send, address)

    async def _http(self, scope: Scope, receive: Receive, send: Send, address: str) -> None:
        answer = _Answer(send, self._relay, scope["path"])
        try:
            refused = self._refuse(scope, address, answer)
            await (refused or self._app)(scope, receive, answer)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log_error("request-failed", error, method=scope["method"])
            if answer.started:
                raise  # uvicorn ends the connection: half an answer must not look like a whole one
            await refusal("internal", "The relay failed.")(scope, receive, answer)

    def _refuse(self, scope: Scope, address: str, sent: _Answer) -> Response | None:
        """What is answered instead; None: let through."""
        path = scope["path"]
        if _two_lengths(scope):
            answer = refusal("bad-request", "A request says in one way how long it is.")
            answer.headers["Connection"] = "close"
            return answer
        if path in _FREE:
            return None
        relay = self._relay
        name = QueryParams(scope["query_string"]).get("site", "")
        site = relay.sites.get(name)
        origin = header(scope, b"origin")
        if path in _CROSS_ORIGIN:
            if site is not None and origin is not None and site.allows(origin):
                sent.allow(origin, _CROSS_ORIGIN[path])
            elif origin is not None and site is not None:
                return self._refused(name, "bad-origin", "This origin is not allowed here.")
        if relay.draining:
            return refusal("draining", "The relay is restarting; come back in a moment.", 2)
        if site is not None and relay.blocks[name].address(address, relay.clock()):
            return self._refused(name, "blocked", "This network is blocked.")
        if not authorised(scope, relay.sites):
            seconds = relay.limits.request(address)
            if seconds > 0:
                label = name if site is not None else ""
                relay.metrics.refused.labels(label, "requests").inc()
                return refusal("too-many", "Too many requests; try again later.", seconds)
        if path in _CROSS_ORIGIN and scope["method"] == "OPTIONS":
            return Response(status_code=204)
        return None

    def _refused(self, site: str, code: str, message: str) -> Response:
        self._relay.metrics.refused.labels(site, code).inc()
        return refusal(code, message)


def _two_lengths(scope: Scope) -> bool:
    """A proxy that goes by the one while we go by the other takes the end of a request for the
    next one, of somebody else (RFC 9112 §6.1, request smuggling)."""
    names = {name for name, _value in scope["headers"]}
    return b"content-length" in names and b"transfer-encoding" in names


class _Answer:
    """`send` of one request: adds headers, counts, and waits for no stalled client for ever."""

    def __init__(self, send: Send, relay: Relay, path: str) -> None:
        self._send = send
        self._relay = relay
        self._path = path
        self._cors: list[tuple[bytes, bytes]] = []
        self.started = False

    def allow(self, origin: str, method: str) -> None:
        """Let a page of this origin read the answer."""
        self._cors = [
            (b"access-control-allow-origin", origin.encode("latin-1", "replace")),
            (b"access-control-allow-methods", f"{method}, OPTIONS".encode()),
            (b"access-control-allow-headers", b"authorization, content-type"),
            (b"access-control-expose-headers", b"retry-after"),
            (b"access-control-max-age", b"600"),
        ]

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            message = {**message, "headers": self._headers(list(message["headers"]))}
            self._relay.metrics.requests.labels(_route(self._path), str(message["status"])).inc()
        async with asyncio.timeout(WRITE_WITHIN):
            await self._send(message)

    def _headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        there = {name.lower() for name, _value in headers}
        if self._path == _SCRIPT and b"cross-origin-resource-policy" not in there:
            headers.append((b"cross-origin-resource-policy", b"cross-origin"))
            there.add(b"cross-origin-resource-policy")
        headers += [pair for pair in _PLAIN.items() if pair[0] not in there]
        if self._path in _CROSS_ORIGIN:
            headers = [
                pair
                for pair in headers
                if not pair[0].lower().startswith(b"access-control-")
                and pair[0].lower() not in (b"vary", b"cross-origin-resource-policy")
            ]
            headers += [*self._cors, (b"vary", b"Origin")]
            headers.append((b"cross-origin-resource-policy", b"cross-origin"))
        return headers


def _route(path: str) -> str:
    """The path without what names anybody, for metrics: of a bounded number."""
    parts = path.split("/")
    if path in ("/", _SCRIPT, *_FREE):
        return path
    if len(parts) > 2 and parts[1] == "v1" and parts[2] in _ROUTES:
        return f"/v1/{parts[2]}" + ("/…" if len(parts) > 3 else "")
    return "other"


_ROUTES = frozenset(
    (
        "site", "poll", "chat", "files", "events", "ack", "messages", "availability", "typing",
        "read", "verification", "blocks", "visitors", "status",
    )
)  # fmt: skip
