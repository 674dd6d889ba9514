"""The screen's ear: a private socket by which the agent's own programs drive it.

One line of JSON asks, one line answers, and the connection is over. Only the same user gets an
answer; nothing that comes in is ever given to a shell.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from config.model import Home
from omnitui.tui.link import sockets

ASKED_WITHIN = 5.0
"""Seconds that a request may take to come."""
AT_ONCE = 8
"""Connections; more have to wait."""

Answer = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Remote:
    """One screen's socket."""

    def __init__(self, home: Home, answer: Answer) -> None:
        self._home = home
        self._answer = answer
        self._room = asyncio.Semaphore(AT_ONCE)
        self._path: Path | None = None

    async def run(self) -> None:
        """Listen until cancelled. Where there is no place for a socket, there is none."""
        try:
            listening = await asyncio.to_thread(self._bind)
        except OSError:
            return
        path = self._path
        try:
            server = await asyncio.start_unix_server(
                self._serve, sock=listening, limit=sockets.MOST
            )
            os.environ[sockets.VARIABLE] = str(path)
            async with server:
                await server.serve_forever()
        finally:
            listening.close()
            if os.environ.get(sockets.VARIABLE) == str(path):
                del os.environ[sockets.VARIABLE]
            self.close()

    def close(self) -> None:
        """Take the socket away."""
        path, self._path = self._path, None
        if path is not None:
            with contextlib.suppress(OSError):
                path.unlink()
                path.parent.rmdir()  # the last one

    def _bind(self) -> socket.socket:
        directory = sockets.make_directory(self._home)
        sockets.remove_dead(directory)
        path = directory / f"{os.getpid()}.sock"
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # of a screen that was killed and had our number
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.bind(str(path))
            path.chmod(0o600)
            listening.listen(AT_ONCE)
            listening.setblocking(False)
        except OSError:
            listening.close()
            raise
        self._path = path
        return listening

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if sockets.peer_uid(writer.get_extra_info("socket")) != os.geteuid():
                return
            async with self._room:
                answer = await self._answer_to(reader)
                writer.write(
                    json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
                )
                await asyncio.wait_for(writer.drain(), ASKED_WITHIN)
        except (
            *(OSError, TimeoutError, ValueError, EOFError, RecursionError),
            asyncio.LimitOverrunError,
        ):
            pass  # they went away, or said what is no request
        finally:
            writer.close()

    async def _answer_to(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        line = await asyncio.wait_for(reader.readuntil(b"\n"), ASKED_WITHIN)
        asked = json.loads(line)
        if isinstance(asked, dict):
            return await self._answer(asked)
        raise EOFError
