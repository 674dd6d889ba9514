"""A chat widget by a stranger, after the protocol's document alone: one WebSocket, or long poll."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

ORIGIN = "https://acme.example"
PATIENCE = 10.0

Frame = dict[str, Any]


class Widget:
    """One tab. `token`, `last` outlive a connection, as a browser's storage does."""

    def __init__(self, relay: str, site: str = "acme", origin: str = ORIGIN) -> None:
        self.relay = relay
        self.site = site
        self.origin = origin
        self.token: str | None = None
        self.last: int | None = None
        self.visitor = ""
        self.closed: int | None = None
        self._socket: ClientConnection | None = None
        self._session: str | None = None
        self._got: list[Frame] = []

    @asynccontextmanager
    async def chatting(self, **hello: Any) -> AsyncIterator[Frame]:
        """Connected by WebSocket; gives the welcome, or the error in its place."""
        url = f"ws{self.relay.removeprefix('http')}/v1/chat?site={self.site}"
        async with connect(url, origin=self.origin, compression=None, proxy=None) as socket:  # type: ignore[arg-type]
            self._socket, self.closed, self._got = socket, None, []
            await self.say(**self._hello(hello))
            first = await self.hear()
            self._keep(first)
            yield first

    def _hello(self, more: Frame) -> Frame:
        return {
            "type": "hello",
            "token": self.token,
            "after": self.last,
            "identity": None,
            "page": f"{self.origin}/shoes",
            "language": "uk",
            **more,
        }

    def _keep(self, first: Frame) -> None:
        if first["type"] == "welcome":
            self.token, self.visitor = first["token"], first["visitor"]
            self.last = max([self.last or 0, *(each["seq"] for each in first["history"])])

    async def say(self, **frame: Any) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(frame))

    async def hear(self, kind: str = "", ok: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """The next frame (of this kind); other ones are kept aside."""

        def fits(frame: Frame) -> bool:
            return (not kind or frame["type"] == kind) and ok(frame)

        for number, frame in enumerate(self._got):
            if fits(frame):
                return self._got.pop(number)
        assert self._socket is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = json.loads(await self._socket.recv())
                if fits(frame):
                    return dict(frame)
                self._got.append(frame)

    async def write(self, id: str, text: str, **more: Any) -> Frame:  # noqa: A002 - the protocol's word
        """The ack of a message."""
        await self.say(type="message", id=id, text=text, **more)
        ack = await self.hear("ack", lambda frame: frame["id"] == id)
        self.last = max(self.last or 0, ack["seq"])
        return ack

    async def end(self) -> int:
        """The code with which the relay closes."""
        assert self._socket is not None
        async with asyncio.timeout(PATIENCE):
            await self._socket.wait_closed()
        assert self._socket.close_code is not None
        return self._socket.close_code

    async def poll(self, http: httpx.AsyncClient, *frames: Frame) -> list[Frame]:
        """One long poll, the first one with `hello`."""
        if self._session is None:
            frames = (self._hello({}), *frames)
        answer = await http.post(
            f"{self.relay}/v1/poll?site={self.site}",
            json={"session": self._session, "frames": list(frames)},
            headers={"Origin": self.origin},
        )
        said = answer.raise_for_status().json()
        self._session = said["session"]
        for frame in said["frames"]:
            self._keep(frame)
        return list(said["frames"])
