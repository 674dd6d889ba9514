"""Visitors of a chat, as light as can be: many of them in one process, against any server that
answers each message with a text that holds its id.

Frames as in RFC 6455 §5; the masking key is zero, which is as good as any other here.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import time
from collections.abc import Awaitable, Callable, Sequence

PATIENCE = 60.0
TEXT = "Where is my order? It was to come on Tuesday."


class Visitor(asyncio.Protocol):
    """One connection; `heard` is called with each text frame, as bytes."""

    def __init__(self) -> None:
        self.heard: Callable[[bytes], None] = lambda text: None
        self.open = asyncio.get_running_loop().create_future()
        self.lost = False
        self._rest = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if not self.open.done():
            self.open.set_exception(ConnectionError(f"no WebSocket: {self._rest[:200]!r}"))

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if not self._upgraded:
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head:
                self._transport.close()
                return
            self._upgraded, self._rest = True, rest
            self.open.set_result(None)
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            if opcode == 1:
                self.heard(payload)
            elif opcode == 9:
                self._write(10, payload)

    def send(self, text: str) -> None:
        self._write(1, text.encode())

    def close(self) -> None:
        self._transport.abort()

    def _write(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | (size if size < 126 else 126))
        if size >= 126:
            head += struct.pack("!H", size)
        self._transport.write(head + b"\0\0\0\0" + payload)

    def _frame(self) -> tuple[int, bytes] | None:
        data = self._rest
        if len(data) < 2:
            return None
        size, start = data[1] & 0x7F, 2
        if size == 126:
            start = 4
            if len(data) < start:
                return None
            (size,) = struct.unpack("!H", data[2:4])
        elif size == 127:
            start = 10
            if len(data) < start:
                return None
            (size,) = struct.unpack("!Q", data[2:10])
        if len(data) < start + size:
            return None
        self._rest = data[start + size :]
        return data[0] & 0x0F, data[start : start + size]


async def visit(port: int, path: str, *, hello: str = "") -> Visitor:
    """Connect; with `hello`, say it and wait for the first answer."""
    loop = asyncio.get_running_loop()
    transport, visitor = await loop.create_connection(Visitor, "127.0.0.1", port)
    transport.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode()
    )
    async with asyncio.timeout(PATIENCE):
        await visitor.open
        if hello:
            welcome = loop.create_future()
            visitor.heard = lambda text: welcome.done() or welcome.set_result(text)  # type: ignore[func-returns-value]
            visitor.send(hello)
            await welcome
    return visitor


async def crowd(number: int, come: Callable[[], Awaitable[Visitor]]) -> list[Visitor]:
    """So many visitors, fifty at a time."""
    found: list[Visitor] = []
    while len(found) < number:
        found += await asyncio.gather(*(come() for _ in range(min(50, number - len(found)))))
    return found


def message(number: int) -> str:
    return json.dumps({"type": "message", "id": f"m{number}x", "text": f"{TEXT} {number}"})


async def paced(visitors: Sequence[Visitor], period: float, seconds: float) -> list[float]:
    """Each writes once a `period`, evenly spread; how long each answer took, in ms."""
    answers = _Answers(visitors)
    gap, due = period / len(visitors), time.perf_counter()
    for number in range(int(seconds / gap)):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        answers.ask(visitors[number % len(visitors)])
        due += gap
    await answers.complete()
    return answers.taken


async def saturated(visitors: Sequence[Visitor], seconds: float) -> float:
    """Each writes again as soon as it is answered; answers a second."""
    answers = _Answers(visitors, again=True)
    started = time.perf_counter()
    for visitor in visitors:
        answers.ask(visitor)
    await asyncio.sleep(seconds)
    answers.again = False
    taken, spent = len(answers.taken), time.perf_counter() - started
    await answers.complete()
    return taken / spent


class _Answers:
    def __init__(self, visitors: Sequence[Visitor], *, again: bool = False) -> None:
        self.taken: list[float] = []
        self.again = again
        self._asked: dict[Visitor, tuple[bytes, float]] = {}
        self._number = time.time_ns()
        for visitor in visitors:
            visitor.heard = self._listener(visitor)

    def ask(self, visitor: Visitor) -> None:
        if visitor in self._asked:
            raise RuntimeError("the last message was not answered within its period")
        if visitor.lost:
            raise RuntimeError("a visitor was disconnected")
        self._number += 1
        self._asked[visitor] = f"m{self._number}x".encode(), time.perf_counter()
        visitor.send(message(self._number))

    async def complete(self) -> None:
        deadline = time.perf_counter() + PATIENCE
        while self._asked:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{len(self._asked)} messages were not answered")
            await asyncio.sleep(0.01)

    def _listener(self, visitor: Visitor) -> Callable[[bytes], None]:
        def heard(text: bytes) -> None:
            asked = self._asked.get(visitor)
            if asked is None or asked[0] not in text:
                return
            self.taken.append((time.perf_counter() - asked[1]) * 1000)
            del self._asked[visitor]
            if self.again:
                self.ask(visitor)

        return heard
