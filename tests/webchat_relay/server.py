"""The real relay as a process of its own, a visitor who speaks its protocol, and a desk."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import httpx_sse
import jwt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.servers.command import start_omnitui
from tests.servers.forked import Forked
from tests.servers.process import free_port

ORIGIN = "https://acme.example"
DESK_TOKEN = "desk-token-of-acme-0123456789abcdef"
OTHER_TOKEN = "desk-token-of-other-0123456789abcdef"
IDENTITY_SECRET = "identity-secret-of-acme-0123456789abcdef-0123456789abcdef-0123456789abcdef"
PATIENCE = 10.0
"""Seconds after which something has not come."""

Frame = dict[str, Any]

PLENTY = {
    "connections_per_visitor": 100,
    "connections_per_address": 5_000,
    "attempts_per_minute_per_address": 100_000,
    "requests_per_minute_per_address": 100_000,
    "frames_per_minute": 100_000,
    "messages_per_minute": 100_000,
    "messages_per_minute_per_address": 100_000,
    "messages_per_minute_per_site": 100_000,
}
"""All visitors of a test come from one address."""


class RelayProcess:
    """`omnitui relay` with the sites `acme` and `other`, in a directory of its own.

    `relay`: more lines of [relay]; `acme`: of its site; `limits`: of [relay.limits].
    """

    def __init__(
        self,
        directory: Path,
        *,
        relay: str = "",
        acme: str = "",
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.directory = directory
        self.port = free_port()
        self.log = directory / "relay.log"
        self._process: Forked | None = None
        for name, secret in (
            ("desk", DESK_TOKEN),
            ("other", OTHER_TOKEN),
            ("identity", IDENTITY_SECRET),
        ):
            path = directory / f"{name}.secret"
            path.write_text(secret)
            path.chmod(0o600)
        lines = "\n".join(f"{k} = {v}" for k, v in {**PLENTY, **(limits or {})}.items())
        (directory / "config.toml").write_text(f"""
[desk]
name = "Acme support"

[relay]
listen = "127.0.0.1:{self.port}"
{relay}

[relay.limits]
{lines}

[relay.sites.acme]
desk_token = "file:{directory}/desk.secret"
allowed_origins = ["{ORIGIN}"]
identity_secret = "file:{directory}/identity.secret"
title = "Acme"
form = [{{ name = "name" }}, {{ name = "order" }}]
{acme}

[relay.sites.other]
desk_token = "file:{directory}/other.secret"
allowed_origins = ["https://other.example"]
""")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        with self.log.open("ab") as log:
            before = self.log.stat().st_size
            self._process = start_omnitui(self.directory, "relay", log=log)
        give_up = time.monotonic() + 30
        while not re.search(rb"listening on (\S+)", self.log.read_bytes()[before:]):
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"the relay did not start:\n{self.log.read_text()}")
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """kill -9: nothing is written any more."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, as systemd does; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            os.killpg(process.pid, number)
        return process.wait(20)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(signal.SIGKILL)

    @asynccontextmanager
    async def visitor(self, **hello: Any) -> AsyncIterator[Visitor]:
        """A visitor who is connected; `hello` is what their first frame says besides."""
        visitor = Visitor(self)
        await visitor.open(**hello)
        try:
            yield visitor
        finally:
            await visitor.close()

    def desk(self, token: str = DESK_TOKEN) -> Desk:
        return Desk(self, token)


class Visitor:
    """A browser's tab: keeps its token and the highest seq as a widget does."""

    def __init__(self, relay: RelayProcess, *, site: str = "acme", origin: str = ORIGIN) -> None:
        self.relay = relay
        self.site = site
        self.origin = origin
        self.token: str | None = None
        self.id = ""
        self.welcome: Frame = {}
        self.messages: dict[int, Frame] = {}
        """By seq, as the visitor sees them."""
        self.closed: int | None = None
        """The close code, once it is."""
        self._ids = (f"m{number}" for number in itertools.count(1))
        self._written: dict[str, str] = {}
        """Text by id, for when it is acknowledged."""
        self._line: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._heard: list[Frame] = []
        self._news = asyncio.Event()

    async def connect(self) -> None:
        """The WebSocket, without a `hello`. Raises what `websockets` raises."""
        await self.close()
        self.closed = None
        self._heard = []
        self._line = await connect(
            f"ws://127.0.0.1:{self.relay.port}/v1/chat?site={self.site}",
            origin=self.origin,  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=PATIENCE,
            ping_interval=None,
        )
        self._reader = asyncio.create_task(self._read(self._line), name="visitor reads")

    async def open(self, **hello: Any) -> Frame:
        """Connect, say hello (token and `after` as known) and wait for the welcome."""
        await self.connect()
        await self.say(
            "hello", **{"token": self.token, "after": max(self.messages, default=None), **hello}
        )
        return await self.hears("welcome")

    async def say(self, type: str, **fields: Any) -> None:  # noqa: A002
        if type == "message":
            self._written.setdefault(fields["id"], fields["text"])
        await self.say_raw(json.dumps({"type": type, **fields}))

    async def say_raw(self, data: str | bytes) -> None:
        assert self._line is not None
        await self._line.send(data)

    async def write(self, text: str, id: str | None = None, **fields: Any) -> Frame:  # noqa: A002
        """A message; returns its ack."""
        mid = id or f"{next(self._ids)}-{self.id[-6:]}"
        await self.say("message", id=mid, text=text, **fields)
        return await self.hears("ack", lambda frame: frame["id"] == mid)

    async def hears(
        self,
        type: str,  # noqa: A002
        where: Callable[[Frame], bool] = lambda frame: True,
    ) -> Frame:
        """The first frame like this that was not asked for yet; fails after 10 s."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for place, frame in enumerate(self._heard):
                    if frame["type"] == type and where(frame):
                        return self._heard.pop(place)
                if self.closed is not None:
                    raise AssertionError(f"closed with {self.closed} before {type}")
                self._news.clear()
                await self._news.wait()

    async def hears_at_the_end(self, type: str) -> Frame:  # noqa: A002
        """The first frame like this, of a line that was closed."""
        await self.is_closed()
        (frame, *_others) = self.unheard(type)
        return frame

    def unheard(self, type: str) -> list[Frame]:  # noqa: A002
        """What has come and was not asked for."""
        return [frame for frame in self._heard if frame["type"] == type]

    async def is_closed(self) -> int:
        """The code that the relay closes it with."""
        async with asyncio.timeout(PATIENCE):
            while self.closed is None:
                self._news.clear()
                await self._news.wait()
        return self.closed

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()
        if self._reader is not None:
            await self._reader
            self._reader = None

    def cut(self) -> None:
        """The network is gone, without a word."""
        if self._line is not None:
            self._line.transport.abort()

    async def _read(self, line: ClientConnection) -> None:
        try:
            while True:
                self._take(json.loads(await line.recv()))
        except ConnectionClosed as error:
            self.closed = error.rcvd.code if error.rcvd else 1006
        finally:
            self._news.set()

    def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                self.token, self.id, self.welcome = frame["token"], frame["visitor"], frame
                if frame["fresh"]:
                    self.messages.clear()
                self._show(frame["history"])
            case "message":
                self._show([frame])
            case "ack" if frame["seq"] is not None and frame["seq"] not in self.messages:
                text = self._written.get(frame["id"], "")
                self._show([{**frame, "from": "visitor", "text": text}])
            case "history":
                self._show(frame["messages"])
        self._heard.append(frame)
        self._news.set()

    def _show(self, messages: list[Frame]) -> None:
        for message in messages:
            self.messages[message["seq"]] = message


class Desk:
    """The desk's end of a site."""

    def __init__(self, relay: RelayProcess, token: str = DESK_TOKEN) -> None:
        self.http = httpx.AsyncClient(
            base_url=relay.url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.aclose()

    async def send(self, visitor: str, text: str, key: str, **more: Any) -> Frame:
        answer = await self.http.post(
            "/v1/messages", json={"visitor": visitor, "text": text, "key": key, **more}
        )
        answer.raise_for_status()
        return answer.json()

    async def ack(self, upto: int) -> None:
        (await self.http.post("/v1/ack", json={"upto": upto})).raise_for_status()

    async def events(self, until: Callable[[list[Frame]], bool], after: int = 0) -> list[Frame]:
        """The events after `after`, read until they are enough; the `hello` is the first."""
        found: list[Frame] = []
        async with (
            asyncio.timeout(PATIENCE),
            httpx_sse.aconnect_sse(
                self.http, "GET", "/v1/events", params={"after": after}
            ) as source,
        ):
            async for event in source.aiter_sse():
                found.append({"type": event.event, **event.json()})
                if until(found):
                    return found
        raise AssertionError(f"the stream ended after {found}")

    async def durable(self, number: int, after: int = 0) -> list[Frame]:
        """So many durable events after `after`."""

        def enough(found: list[Frame]) -> bool:
            return sum("id" in each for each in found) >= number

        return [each for each in await self.events(enough, after) if "id" in each]


def signed(secret: str = IDENTITY_SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """The site's JWT for a visitor who is logged in."""
    given = {"exp": int(time.time()) + 600, **claims}
    return jwt.encode(
        {key: value for key, value in given.items() if value is not None}, secret, algorithm
    )
