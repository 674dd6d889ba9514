"""The screen's side of the engine: is one running, and starting one as our child.

The child ends when its pipe closes, however this process ends; another screen that is
open then finds the lock free and starts its own (`[desk] engine = "auto"`).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

State = Literal["starting", "running", "down"]

LOOK_EVERY = 2.0
"""Seconds between looks at the lock."""
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY = 60.0
"""A child that lived this long (seconds) is started again at once."""
GRACE = 5.0
"""Seconds that a child gets to end after its pipe is closed."""


def engine_runs(lock_file: Path) -> bool:
    """Whether somebody holds the engine's lock.

    The shared lock is held for microseconds; a starting engine tries more than once.
    """
    try:
        fd = os.open(lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True  # only the service's own user may look: it is taken to run
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


class EngineWatch:
    """Keeps the screen informed, and in `auto` mode keeps an engine running."""

    def __init__(
        self,
        lock_file: Path,
        log_file: Path,
        *,
        start: bool,
        argv: Sequence[str],
        told: Callable[[State, str], None],
    ) -> None:
        """`start`: start an engine when none runs. `told` hears of each change of state."""
        self._lock_file = lock_file
        self._log_file = log_file
        self._start = start
        self._argv = argv
        self._told = told
        self._state: State | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: int | None = None
        self._delay = FIRST_DELAY
        self._next_try = 0.0

    async def run(self) -> None:
        """Watch until cancelled; the child is told to end then."""
        try:
            while True:
                await self._look()
                await self._pause()
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Close the child's pipe and give it time to end clean."""
        process, self._process = self._process, None
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
        if process is not None and process.returncode is None:
            with contextlib.suppress(TimeoutError, ProcessLookupError):
                await asyncio.wait_for(process.wait(), GRACE)

    async def _look(self) -> None:
        if self._process is not None and self._process.returncode is not None:
            await self._buried()
        if engine_runs(self._lock_file):
            self._tell("running", "")
        elif self._process is not None:
            self._tell("starting", "")
        elif not self._start:
            self._tell("down", "")
        elif time.monotonic() >= self._next_try:
            await self._spawn()

    async def _pause(self) -> None:
        """Until the child ends, but not longer than the next look at the lock."""
        if self._process is None:
            wait = max(0.05, self._next_try - time.monotonic())
            await asyncio.sleep(min(LOOK_EVERY, wait) if self._start else LOOK_EVERY)
            return
        # A fresh child has the lock within a moment: look often until then.
        seconds = LOOK_EVERY if self._state == "running" else 0.1
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)

    async def _spawn(self) -> None:
        reading, writing = os.pipe()
        self._begun = time.monotonic()
        try:
            self._log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            log = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            log = os.open(os.devnull, os.O_WRONLY)
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._argv,
                "--parent-pipe",
                str(reading),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(reading,),
                start_new_session=True,
            )
        except OSError as error:
            os.close(writing)
            self._back_off()
            self._tell("down", error.strerror or str(error))
            return
        finally:
            os.close(reading)
            os.close(log)
        self._pipe = writing
        self._tell("starting", "")

    async def _buried(self) -> None:
        """The child is gone: close its pipe, and wait longer each time it dies young."""
        await self.stop()
        if time.monotonic() - self._begun >= STEADY:
            self._delay = FIRST_DELAY
        self._back_off()
        self._tell("down", _last_line(self._log_file))

    def _back_off(self) -> None:
        self._next_try = time.monotonic() + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY)

    def _tell(self, state: State, reason: str) -> None:
        if state != self._state:
            self._state = state
            self._told(state, reason)

    _begun = 0.0


def _last_line(log_file: Path) -> str:
    """The last words of a dead engine, to be shown."""
    try:
        with log_file.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 4096))
            lines = log.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
