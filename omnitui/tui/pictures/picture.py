"""A picture small enough for the terminal, from bytes that are not to be trusted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from omnitui.tui.pictures import reading

PATIENCE = 15.0
"""Seconds until the reader is killed."""
PNG = b"\x89PNG\r\n\x1a\n"
SIXELS = re.compile(rb'[#0-9;!$"?-~-]+')
"""No control character is among them."""

Form = Literal["rgb", "png", "sixel"]


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


@dataclass(frozen=True, slots=True)
class Encoded:
    """As a terminal gets it."""

    width: int
    height: int
    """Pixels."""
    data: bytes
    """A PNG that we made, or the data of a sixel sequence."""


async def read_picture(content: bytes, columns: int, rows: int) -> Picture:
    """The picture in at most `columns` × `rows` cells of half blocks. Raises `NoPicture`."""
    width, height, rgb = await _read(content, "rgb", columns, rows * 2)
    if len(rgb) != 3 * width * height:
        raise NoPicture
    return Picture(width, height, rgb)


async def read_png(content: bytes, width: int, height: int) -> Encoded:
    """The picture in at most so many pixels, as a PNG made anew. Raises `NoPicture`."""
    found = Encoded(*await _read(content, "png", width, height))
    head = struct.pack(">8sI4sII", PNG, 13, b"IHDR", found.width, found.height)
    if not found.data.startswith(head):
        raise NoPicture
    return found


async def read_sixels(content: bytes, width: int, height: int, colours: int) -> Encoded:
    """The picture in at most so many pixels, as sixel data. Raises `NoPicture`."""
    found = Encoded(*await _read(content, "sixel", width, height, colours))
    if not SIXELS.fullmatch(found.data):
        raise NoPicture
    return found


async def _read(
    content: bytes, form: Form, width: int, height: int, colours: int = 0
) -> tuple[int, int, bytes]:
    """What the reader made of it: width, height, data. Raises `NoPicture`."""
    if len(content) > reading.LARGEST:
        raise NoPicture
    width, height = max(1, width), max(1, height)
    try:
        reader = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(Path(reading.__file__)),
            *(form, str(width), str(height), str(colours)),
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
                os.killpg(reader.pid, signal.SIGKILL)  # it may have one of its own
            await reader.wait()
    head, _line, data = written.partition(b"\n")
    sizes = head.split()
    if reader.returncode != 0 or len(sizes) != 2:
        raise NoPicture
    found = int(sizes[0]), int(sizes[1])
    if not (0 < found[0] <= width and 0 < found[1] <= height):
        raise NoPicture
    return *found, data
