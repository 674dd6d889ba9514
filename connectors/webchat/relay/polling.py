"""`POST /v1/poll`: the same frames where WebSockets are blocked.

A request brings the visitor's frames and is held until there is something for them, or 25 s.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from connectors.webchat.relay import told
from connectors.webchat.relay.endings import CLOSE_CODES, SENTENCES
from connectors.webchat.relay.errors import ApiError
from connectors.webchat.relay.hub import Connection
from connectors.webchat.relay.origins import address_of, header, relay_of, visitors_site
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.request_body import json_object
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
        self.connection = Connection(site.name, address)
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
        if self.connection.ending == "draining" and not self._serving.locked():
            self.close()  # no request is held that could be told: nothing to wait for

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
    site = visitors_site(request)
    relay = relay_of(request.scope)
    body = await json_object(request, relay.frame_bytes)
    name, values = body.get("session"), body.get("frames", [])
    if not isinstance(values, list) or len(values) > MOST_FRAMES:
        raise ApiError("bad-frame", f"`frames` has to be a list of at most {MOST_FRAMES} frames.")
    if name is None:
        session = _open(request, relay, site)
    else:
        known = relay.polls.get(name) if isinstance(name, str) else None
        if known is None or known.site != site.name:
            raise ApiError("bad-session", "This session is over; begin another with `hello`.")
        session = known
    frames = await session.serve(values, first=name is None)
    why = session.connection.ending
    close = f',"close":{CLOSE_CODES[why]}' if why is not None else ""
    text = f'{{"session":{json.dumps(session.id)}{close},"frames":[{",".join(frames)}]}}'
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def _open(request: Request, relay: Relay, site: Site) -> PollSession:
    if relay.draining:
        raise ApiError("draining", SENTENCES["draining"], 2)
    address = address_of(request.scope)
    seconds = relay.limits.attempt(address)
    if seconds > 0 or not relay.limits.connect(site.name, address):
        relay.metrics.refused.labels(site.name, "too-many").inc()
        raise ApiError("too-many", SENTENCES["too-many"], seconds or 5.0)
    return PollSession(relay, site, address, header(request.scope, b"user-agent") or "")
