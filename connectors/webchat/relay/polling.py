"""`POST /v1/poll`: the same frames where WebSockets are blocked.

A request brings the visitor's frames and is held until there is something for them, or 25 s.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from connectors.webchat.relay import told
from connectors.webchat.relay.client_address import client_address
from connectors.webchat.relay.endings import CLOSE_CODES, SENTENCES
from connectors.webchat.relay.hub import Connection
from connectors.webchat.relay.origins import (
    header,
    preflight,
    refusal,
    relay_of,
    visitors_site,
)
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.session import Session
from connectors.webchat.relay.site import Site

HELD = 25.0
"""Seconds that a request is held when there is nothing to tell."""
FORGOTTEN = 45.0
"""Seconds after a session's last request in which the next one has to come."""
MOST_FRAMES = 50
"""Frames of one request."""


class PollSession:
    """A visitor's session between and during its requests."""

    def __init__(self, relay: Relay, site: Site, address: str, user_agent: str) -> None:
        self.id = secrets.token_urlsafe(24)
        self.site = site.name
        self.connection = Connection(site.name, address, relay.clock())
        self.connection.wake = self._wake
        self.session = Session(relay, site, self.connection, user_agent)
        self.turn = 0
        """Number of the newest request: an older one that is still held gives way to it."""
        self._relay = relay
        self._serving = asyncio.Lock()
        self._event = asyncio.Event()
        self._expiry: asyncio.TimerHandle | None = None
        self._gauge = relay.metrics.connections.labels(site.name, "poll")
        self._gauge.inc()
        relay.polls[self.id] = self

    def _wake(self) -> None:
        self._event.set()

    async def serve(self, values: list[Any], first: bool) -> list[str]:
        """What there is to tell after these frames, at the latest after 25 s."""
        self.turn += 1
        turn = self.turn
        self._event.set()
        self._stay()
        try:
            async with self._serving:
                for value in values:
                    if self.connection.ending is None:
                        await self.session.receive_value(value)
                await self._something(turn, 0.0 if first else HELD)
                return self._take() if turn == self.turn else []
        finally:
            self._expire_later()

    def close(self) -> None:
        """Once more changes nothing."""
        if self._relay.polls.pop(self.id, None) is None:
            return
        self._stay()
        self.session.close()
        self._gauge.dec()
        self._relay.limits.disconnect(self.site, self.connection.address)

    async def _something(self, turn: int, seconds: float) -> None:
        connection = self.connection
        try:
            async with asyncio.timeout(seconds):
                while not connection.waiting and connection.ending is None and turn == self.turn:
                    self._event.clear()
                    await self._event.wait()
        except TimeoutError:
            pass

    def _take(self) -> list[str]:
        found = self.connection.take()
        why = self.connection.ending
        if why is not None:
            if why in SENTENCES:
                found.append(told.error(why if why != "no-hello" else "bad-frame", SENTENCES[why]))
            self.close()
        return found

    def _stay(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _expire_later(self) -> None:
        self._stay()
        if self.id in self._relay.polls:
            self._expiry = asyncio.get_running_loop().call_later(FORGOTTEN, self.close)


async def poll(request: Request) -> Response:
    if request.method == "OPTIONS":
        return preflight(request, "POST", "Content-Type")
    found = visitors_site(request)
    if isinstance(found, Response):
        return found
    site, headers = found
    relay = relay_of(request.scope)
    peer = request.client
    address = client_address(
        request.scope["headers"], peer.host if peer else None, relay.settings.trusted_proxies
    )
    seconds = relay.limits.request(address)
    if seconds > 0:
        return _too_many(seconds, headers)
    try:
        asked = _asked(await _body(request, most=relay.frame_bytes))
    except ClientDisconnect:
        return Response(status_code=400)
    except _TooLarge:
        return refusal(413, "too-large", "This is more than one request may bring.", headers)
    if asked is None:
        sentence = f"The body has to be session and frames, at most {MOST_FRAMES} of them."
        return refusal(400, "bad-frame", sentence, headers)
    name, values = asked
    first = name is None
    if first:
        opened = _open(request, relay, site, address)
        if isinstance(opened, Response):
            opened.headers.update(headers)
            return opened
        session = opened
    else:
        known = relay.polls.get(name) if isinstance(name, str) else None
        if known is None or known.site != site.name:
            return refusal(
                410, "bad-session", "This session is over; begin another with `hello`.", headers
            )
        session = known
    frames = await session.serve(values, first)
    why = session.connection.ending
    close = ""
    if why is not None:
        close = f',"close":{CLOSE_CODES[why]}'
    text = f'{{"session":{json.dumps(session.id)}{close},"frames":[{",".join(frames)}]}}'
    return Response(
        text, media_type="application/json", headers={**headers, "Cache-Control": "no-store"}
    )


def _open(request: Request, relay: Relay, site: Site, address: str) -> PollSession | Response:
    if relay.draining:
        return refusal(503, "draining", SENTENCES["draining"])
    seconds = relay.limits.attempt(address)
    if seconds > 0 or not relay.limits.connect(site.name, address):
        relay.metrics.refused.labels(site.name, "too-many").inc()
        return _too_many(seconds or 5.0, {})
    return PollSession(relay, site, address, header(request.scope, b"user-agent") or "")


def _too_many(seconds: float, headers: dict[str, str]) -> Response:
    after = {"Retry-After": str(max(1, round(seconds)))}
    return refusal(429, "too-many", SENTENCES["too-many"], {**headers, **after})


def _asked(body: bytes) -> tuple[Any, list[Any]] | None:
    """Session and frames; None: the body is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    frames = found.get("frames", [])
    if not isinstance(frames, list) or len(frames) > MOST_FRAMES:
        return None
    return found.get("session"), frames


class _TooLarge(Exception):
    pass


async def _body(request: Request, most: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)
