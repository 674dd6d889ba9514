"""A picture small enough for the terminal, from bytes that are not to be trusted."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path

from omnitui.tui.pictures import reading

PATIENCE = 15.0
"""Seconds until the reader is killed."""


class NoPicture(Exception):
    """These bytes are no picture that can be shown."""


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    """Pixels; two of them stand above each other in one cell."""
    rgb: bytes

    def pixel(self, x: int, y: int) -> tuple[int, int, int] | None:
        """None below the last line."""
        if y >= self.height:
            return None
        at = 3 * (y * self.width + x)
        return self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]


async def read_picture(content: bytes, columns: int, rows: int) -> Picture:
    """The picture in at most `columns` × `rows` cells. Raises `NoPicture`."""
    if len(content) > reading.LARGEST:
        raise NoPicture
    try:
        reader = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(Path(reading.__file__)),
            str(max(1, columns)),
            str(max(1, rows * 2)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:  # the machine has no room for another process
        raise NoPicture from None
    try:
        written, _errors = await asyncio.wait_for(reader.communicate(content), PATIENCE)
    except TimeoutError:
        raise NoPicture from None
    finally:
        if reader.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                reader.kill()
            await reader.wait()
    head, _line, rgb = written.partition(b"\n")
    sizes = head.split()
    if reader.returncode != 0 or len(sizes) != 2:
        raise NoPicture
    width, height = int(sizes[0]), int(sizes[1])
    if width < 1 or len(rgb) != 3 * width * height or width > columns or height > rows * 2:
        raise NoPicture
    return Picture(width, height, rgb)
