"""A TCP proxy that breaks connections the ways networks do. Runs in a thread of its own, so it
also serves clients in other processes and tests that block."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any


class ChaosProxy:
    """Listens on `port` and forwards to `upstream`. Its attributes may be
    changed while it runs."""

    def __init__(
        self, upstream: int, host: str = "127.0.0.1", door: socket.socket | None = None
    ) -> None:
        """`door`: bound already, and taken over; else one of this machine's loopback."""
        self.upstream = (host, upstream)
        self.latency = 0.0
        """Seconds added to each direction."""
        self.rate: float | None = None
        """Bytes a second in each direction."""
        self.chunk: int | None = None
        """Bytes a write: 1 makes every boundary fall inside something."""
        self.blackhole = False
        """Connections stay open and nothing passes."""
        self.refuse = False
        """New connections are reset."""
        self.connections = 0
        """Accepted so far."""
        self.silent = 0
        """So many of the first connections stay open and pass nothing any more, as when a router
        forgot them; later ones work."""
        self.cut_when: Callable[[bytes, bool], int | None] | None = None
        """Asked about every piece with (bytes, from the client); a number resets the
        connection after that many bytes of it have passed on."""
        self.port = 0
        self._door = door
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event | None = None

    def start(self) -> ChaosProxy:
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(started)), name="chaos-proxy", daemon=True
        )
        self._thread.start()
        started.result(10)
        return self

    def close(self) -> None:
        if self._loop is not None and self._stopping is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)
            self._loop = None

    def kill(self, *, reset: bool = True) -> None:
        """End every connection now: with a reset, or with an orderly end of stream."""
        assert self._loop is not None
        done: Future[None] = Future()

        def end() -> None:
            for writer in list(self._writers):
                _end(writer, reset=reset)
            done.set_result(None)

        self._loop.call_soon_threadsafe(end)
        done.result(10)

    async def _serve(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        listening = self._door or bound(self.port)
        connections = Connections(self._connection)
        server = await asyncio.start_server(connections.accepted, sock=listening)
        self.port = listening.getsockname()[1]
        started.set_result(None)
        await self._stopping.wait()
        server.close()
        await connections.end()
        await asyncio.sleep(0)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        if self.refuse:
            _end(writer, reset=True)
            await closed(writer)
            return
        try:
            up_reader, up_writer = await asyncio.open_connection(*self.upstream)
        except OSError:
            _end(writer, reset=True)
            await closed(writer)
            return
        both = {writer, up_writer}
        self._writers |= both
        try:
            await asyncio.gather(
                self._pipe(reader, up_writer, writer, number, from_client=True),
                self._pipe(up_reader, writer, up_writer, number, from_client=False),
            )
        finally:
            self._writers -= both
            try:
                for each in both:
                    await closed(each)
            finally:
                for each in both:  # the second, too, of one that is cancelled at the first
                    each.transport.abort()

    async def _pipe(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        other: asyncio.StreamWriter,
        number: int,
        *,
        from_client: bool,
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                if self.latency:
                    await asyncio.sleep(self.latency)
                while self.blackhole or number <= self.silent:  # noqa: ASYNC110 - set from another thread
                    await asyncio.sleep(0.01)
                cut = self.cut_when(piece, from_client) if self.cut_when else None
                if cut is not None:
                    writer.write(piece[:cut])
                    await writer.drain()
                    _end(other, reset=True)
                    # What was let through still arrives: an orderly end, not a reset.
                    writer.close()
                    return
                step = self.chunk or len(piece)
                for start in range(0, len(piece), step):
                    part = piece[start : start + step]
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(len(part) / self.rate if self.rate else 0)
        with contextlib.suppress(OSError, RuntimeError):
            if not writer.is_closing() and writer.can_write_eof():
                writer.write_eof()


def bound(port: int) -> socket.socket:
    """To 127.0.0.1; 0: any port."""
    # asyncio sets TCP_NODELAY only where the protocol number is given.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


class Connections:
    """Those that a server has taken, each with the task that serves it."""

    def __init__(
        self,
        serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
    ) -> None:
        """`serve` closes what it is given."""
        self._serve = serve
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What `asyncio.start_server` calls."""
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open[task] = writer
        task.add_done_callback(lambda ended: self._open.pop(ended, None))

    async def end(self) -> None:
        """End all, and be sure that nothing of them is left open. The server is closed before."""
        for _turn in range(3):  # what was taken just now is looked at, too
            await asyncio.sleep(0)
        last = dict(self._open)
        for task in last:
            task.cancel()
        await asyncio.gather(*last, return_exceptions=True)
        for writer in last.values():
            await closed(writer)  # a task that had not begun yet closes nothing


async def closed(writer: asyncio.StreamWriter, seconds: float = 0.2) -> None:
    """Close, flush for so long, and be sure that nothing of it is left open."""
    writer.close()
    # All who wait for the end of a connection wait for one future: whoever is cancelled while
    # they do would cancel it for the others. So a task waits that nobody cancels.
    ending = asyncio.ensure_future(writer.wait_closed())
    ending.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    try:
        await asyncio.wait([ending], timeout=seconds)
    finally:
        writer.transport.abort()
    await asyncio.wait([ending], timeout=seconds)


def _end(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if not reset:
        writer.close()
        return
    with contextlib.suppress(OSError):
        connected = writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
