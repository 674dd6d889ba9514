"""Which of the likely mail servers answer: a connection each, all at once, nothing sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from config.model import ServerUrl

TIMEOUT = 4.0
"""Seconds; who answers slower can still be typed in."""


def first_that_answers(*lists: Sequence[ServerUrl]) -> list[ServerUrl | None]:
    """For each list its first server that takes a connection; None where none does."""

    async def search() -> list[ServerUrl | None]:
        flat = {(url.host, url.port) for urls in lists for url in urls}
        async with asyncio.TaskGroup() as group:
            tasks = {
                place: group.create_task(_answers(*place), name=f"try {place[0]}") for place in flat
            }
        return [
            next((url for url in urls if tasks[url.host, url.port].result()), None)
            for urls in lists
        ]

    return asyncio.run(search())


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT):
            _reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError, UnicodeError):
        return False
    writer.close()
    return True
