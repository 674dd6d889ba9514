"""An intake that keeps everything in memory, with the promises of the real one."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.contract import Ignored, Inbound, Quarantined, Received, Signal


class MemoryIntake:
    """What was accepted, under its external id. Accepting one twice fails the test: the
    connector asks `known` and promises not to."""

    def __init__(self) -> None:
        self.items: dict[str, Received] = {}
        self.order: list[str] = []
        self.raw: dict[str, bytes] = {}
        self.stored_cursor: dict[str, Any] = {}
        self.batches = 0
        self.details: list[str] = []
        self.before_accept: Callable[[Sequence[Received]], None] | None = None
        """May raise what a store raises: nothing of the batch is kept then."""
        self._changed = asyncio.Condition()

    async def cursor(self) -> dict[str, Any]:
        return copy.deepcopy(self.stored_cursor)

    async def known(self, external_ids: Sequence[str]) -> set[str]:
        return {each for each in external_ids if each in self.items}

    async def ledger_ids(self, prefix: str) -> set[str]:
        return {each for each in self.items if each.startswith(prefix)}

    async def accept(
        self, batch: Sequence[Received], cursor: Mapping[str, Any] | None = None
    ) -> None:
        await asyncio.sleep(0)
        if self.before_accept is not None:
            self.before_accept(batch)
        for item in batch:
            assert item.external_id not in self.items, f"{item.external_id} came twice"
            self.items[item.external_id] = item
            self.order.append(item.external_id)
            if not isinstance(item, Ignored) and item.raw is not None:
                raw = item.raw
                self.raw[item.external_id] = raw.read_bytes() if isinstance(raw, Path) else raw
        if cursor is not None:
            self.stored_cursor = copy.deepcopy(dict(cursor))
        self.batches += 1
        async with self._changed:
            self._changed.notify_all()

    async def signal(self, signals: Sequence[Signal]) -> None:
        """Kept nowhere: no such thing here."""

    async def present(self, chats: Sequence[Signal]) -> None:
        """Kept nowhere: no such thing here."""

    async def online(self, detail: str = "", past: tuple[int, int] = (0, 0)) -> None:
        self.details.append(detail)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def count(self, number: int, seconds: float = 60) -> None:
        await self.until(lambda: len(self.items) >= number, seconds)

    @property
    def inbound(self) -> list[Inbound]:
        return [item for item in self.items.values() if isinstance(item, Inbound)]

    @property
    def ignored(self) -> list[Ignored]:
        return [item for item in self.items.values() if isinstance(item, Ignored)]

    @property
    def quarantined(self) -> list[Quarantined]:
        return [item for item in self.items.values() if isinstance(item, Quarantined)]

    def uids(self, folder: str = "INBOX") -> list[int]:
        """UIDs of a folder in the order in which they were stored."""
        return [
            int(each.rpartition("/")[2])
            for each in self.order
            if each.rpartition("/")[0].rpartition("/")[0] == folder
        ]
