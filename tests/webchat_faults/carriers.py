"""What carries a tab's frames: a WebSocket, or long polls. Either calls `heard` for each
frame until the line is over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.webchat_relay.server import ORIGIN

Frame = dict[str, Any]
PATIENCE = 2.0
"""Seconds for which a tab waits for anything."""
SILENCE = 1.0
"""Seconds without a frame after which it asks whether anybody is there."""


class Carrier(Protocol):
    async def run(self, hello: Frame, heard: Callable[[Frame], None]) -> int:
        """Until the line is over; the close code, 0: just gone."""

    def send(self, frame: Frame) -> None: ...


class Socket:
    def __init__(self, port: int) -> None:
        self._port = port
        self._out: asyncio.Queue[Frame] = asyncio.Queue()

    def send(self, frame: Frame) -> None:
        self._out.put_nowait(frame)

    async def run(self, hello: Frame, heard: Callable[[Frame], None]) -> int:
        try:
            line = await connect(
                f"ws://127.0.0.1:{self._port}/v1/chat?site=acme",
                origin=ORIGIN,  # type: ignore[arg-type]
                compression=None, max_size=None, proxy=None, open_timeout=PATIENCE,
                ping_interval=None, close_timeout=0.3,
            )  # fmt: skip
        except (OSError, WebSocketException, TimeoutError):
            return 0
        writing = asyncio.create_task(self._write(line, hello))
        try:
            asked = False
            while True:
                try:
                    async with asyncio.timeout(PATIENCE if asked else SILENCE):
                        said = await line.recv()
                except TimeoutError:
                    if asked:
                        return 0
                    asked = True
                    self.send({"type": "ping"})
                    continue
                asked = False
                heard(json.loads(said))
        except (OSError, WebSocketException):
            return line.close_code or 0
        finally:
            writing.cancel()
            line.transport.abort()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(self, line: Any, hello: Frame) -> None:
        await line.send(json.dumps(hello))
        while True:
            await line.send(json.dumps(await self._out.get()))


class Poll:
    """As the widget does it: what there is to say does not wait for the held request."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/v1/poll?site=acme"
        self._session: str | None = None
        self._waiting: list[Frame] = []
        self._over: asyncio.Future[int] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(headers={"Origin": ORIGIN}, timeout=PATIENCE)
        self._heard: Callable[[Frame], None] = lambda frame: None

    def send(self, frame: Frame) -> None:
        self._waiting.append(frame)
        if self._session is not None and self._over is not None and not self._over.done():
            self._begin(self._exchange(self._take()))

    async def run(self, hello: Frame, heard: Callable[[Frame], None]) -> int:
        self._heard = heard
        self._over = asyncio.get_running_loop().create_future()
        self._begin(self._listen(hello))
        try:
            return await self._over
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._http.aclose()

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _take(self) -> list[Frame]:
        taken, self._waiting = self._waiting[:50], self._waiting[50:]
        return taken

    async def _listen(self, hello: Frame) -> None:
        await self._exchange([hello])
        while self._over is not None and not self._over.done():
            await self._exchange(self._take())

    async def _exchange(self, frames: list[Frame]) -> None:
        assert self._over is not None
        try:
            answer = await self._http.post(
                self._url, content=json.dumps({"session": self._session, "frames": frames})
            )
            answer.raise_for_status()
            came = answer.json()
        except (httpx.HTTPError, ValueError):
            if not self._over.done():
                self._over.set_result(0)
            return
        if self._over.done():
            return  # what comes after a loss does not count any more
        self._session = came["session"]
        for frame in came["frames"]:
            self._heard(frame)
        if "close" in came and not self._over.done():
            self._over.set_result(came["close"])
