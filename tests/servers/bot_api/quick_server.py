"""uvicorn for one test: it starts and ends at once, where uvicorn itself looks every 0.1 s."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn


class QuickServer(uvicorn.Server):
    """Tells when it takes connections; ends when `stopping` is set, and leaves no socket open."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self.on_tick(0)
        self._ready()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        # Polls that were woken to end get their answers; whoever still waits gets none.
        await _rounds()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A transport closes its socket in the loop's next rounds.
        await _rounds()


async def _rounds(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
