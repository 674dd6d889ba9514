"""Asks the terminal, once, what pictures it shows: when the first one is to be shown."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import struct
import sys
import termios
from collections.abc import Callable, Mapping
from dataclasses import replace

from omnitui.tui.look.background import hear
from omnitui.tui.pictures.abilities import (
    CELL_SIZE,
    FENCE,
    GRAPHICS,
    LIMITS,
    NAME,
    SIXEL,
    Abilities,
    Around,
    Told,
    Wanted,
    decide,
    may_ask,
)
from omnitui.tui.pictures.replies import Replies
from omnitui.tui.terminal import through

PATIENCE = 1.5
"""Seconds for which the terminal's answers are waited for."""
LEAST_CELL = 2
"""Pixels: less is nonsense."""
MOST_CELL = 200


class Asker:
    """What one terminal can show. Once it has been asked, that is kept."""

    def __init__(
        self, write: Callable[[str], None], wanted: Wanted, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._write = write
        self._wanted = wanted
        self._environ = environ
        self._around: Around | None = None
        self._told = Told()
        self._heard = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = False
        self._cell_then = (0, 0)

    async def abilities(self) -> Abilities:
        """The way to show a picture now; answers that come late count the next time."""
        if not self._asked:
            self._asked = True
            await self._ask()
        now = cell_size()
        told = self._told
        if all(now) and (not all(told.cell) or now != self._cell_then):  # another font since
            told = replace(told, cell=now)
        if not all(LEAST_CELL <= side <= MOST_CELL for side in told.cell):
            told = replace(told, cell=(0, 0))
        return decide(self._wanted, told, self._around)

    async def _ask(self) -> None:
        environ = self._environ
        self._cell_then = cell_size()
        if self._wanted == "blocks" or not may_ask(environ):
            self._wanted = "blocks" if self._wanted == "auto" else self._wanted
            return
        if "TMUX" in environ:
            self._around = await _around(environ)
        self._loop = asyncio.get_running_loop()
        replies = Replies(self._from_thread)
        if not hear(replies):
            return
        replies.asked()
        around = self._around
        kitty = through(GRAPHICS, environ) if around is None or around.passes else ""
        self._write(f"{kitty}{NAME}{CELL_SIZE}{FENCE}")
        # tmux answers for itself before the terminal around it does.
        waits = bool(kitty) and around is not None
        await self._until(lambda told: bool(told.fences and (told.kitty or not waits)))
        if SIXEL in self._told.attributes:
            fences = self._told.fences
            self._write(f"{LIMITS}{FENCE}")
            await self._until(lambda told: told.fences > fences)
        if self._told.fences and (self._told.kitty or not waits):
            replies.answered()

    async def _until(self, enough: Callable[[Told], bool]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not enough(self._told):
                    self._heard.clear()
                    await self._heard.wait()

    def _from_thread(self, told: Told) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._hear, told)

    def _hear(self, told: Told) -> None:
        self._told = told
        self._heard.set()


async def _around(environ: Mapping[str, str]) -> Around:
    """What tmux says of itself; nothing, where it does not answer."""
    pane = ["-t", environ["TMUX_PANE"]] if environ.get("TMUX_PANE") else []
    form = "#{allow-passthrough}\n#{client_termtype}\n#{client_termfeatures}"
    try:
        process = await asyncio.create_subprocess_exec(
            *("tmux", "display-message", "-p", *pane, form),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return Around()
    try:
        out, _err = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        return Around()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    passes, name, features = [*out.decode("utf-8", "replace").split("\n"), "", "", ""][:3]
    return Around(passes not in ("", "off", "0"), name, "sixel" in features.split(","))


def cell_size() -> tuple[int, int]:
    """Pixels of a cell as the kernel knows them (tty_ioctl(4)); (0, 0) where it does not."""
    try:
        answer = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, bytes(8))  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return 0, 0
    rows, columns, width, height = struct.unpack("HHHH", answer)
    return (width // columns, height // rows) if rows and columns else (0, 0)
