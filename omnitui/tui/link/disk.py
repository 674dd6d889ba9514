"""Whether there is room left where the store is."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

LITTLE = 100 << 20
"""Bytes free below which it is told: an evening of mails with pictures."""


async def little_room(directory: Path) -> int | None:
    """Megabytes that are free in `directory` when they are few; None while there is enough, and
    where the system does not say."""
    try:
        free = (await asyncio.to_thread(shutil.disk_usage, directory)).free
    except OSError:
        return None
    return free >> 20 if free < LITTLE else None
