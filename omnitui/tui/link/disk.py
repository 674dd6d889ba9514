"""Whether there is room left where the store is."""

from __future__ import annotations

import asyncio
from pathlib import Path

from store import disk


async def little_room(directory: Path) -> int | None:
    """Megabytes that are free in `directory` when they are few; None while there is enough, and
    where the system does not say."""
    free = await asyncio.to_thread(disk.free, directory)
    return None if free is None or free >= disk.LITTLE else free >> 20
