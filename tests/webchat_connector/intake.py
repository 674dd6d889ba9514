"""An intake that also keeps what is true for the moment, and a connector that goes on as the
engine lets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from connectors.conformance import PATIENCE, MemoryIntake
from connectors.contract import ChannelError, Received, Signal
from connectors.webchat.connector import WebchatConnector


class FullIntake(MemoryIntake):
    def __init__(self) -> None:
        super().__init__()
        self.signals: list[Signal] = []
        self.presents: list[list[Signal]] = []
        self.batches: list[int] = []
        self.details: list[str] = []
        self.dies = 0
        """So many times it stores a batch, and is killed before it can say so."""
        self._told = asyncio.Event()

    async def accept(
        self, batch: Sequence[Received], cursor: Mapping[str, Any] | None = None
    ) -> None:
        self.batches.append(len(batch))
        await super().accept(batch, cursor)
        if self.dies:
            self.dies -= 1
            raise OSError("killed")

    async def signal(self, signals: Sequence[Signal]) -> None:
        self.signals += signals
        self._told.set()

    async def present(self, chats: Sequence[Signal]) -> None:
        self.presents.append(list(chats))
        self._told.set()

    async def online(self, detail: str = "", past: tuple[int, int] = (0, 0)) -> None:
        self.details.append(detail)
        self._told.set()

    async def told(self, reached: Callable[[], bool]) -> None:
        """Until it is so."""
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self._told.clear()
                await self._told.wait()

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


@asynccontextmanager
async def kept_running(
    make: Callable[[], WebchatConnector], intake: FullIntake
) -> AsyncIterator[list[Exception]]:
    """Built anew and run again after each failure, as by the engine but sooner. Gives what it
    failed of."""
    failures: list[Exception] = []

    async def forever() -> None:
        while True:
            connector = make()
            try:
                await connector.run(intake)
            except (ChannelError, OSError) as error:
                failures.append(error)
                await asyncio.sleep(0.05)
            finally:
                await connector.close()

    task = asyncio.create_task(forever(), name="engine")
    try:
        yield failures
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
