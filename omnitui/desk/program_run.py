"""One run of a program of the settings, to its end, whatever it does.

No shell, a process group of its own, JSON on its standard input, and an end: by itself, after a
time, or with whoever asked for it. What its failure is called is for them to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

MOST_OUTPUT = 2_000_000
"""Bytes of a program's output; one that writes more is ended."""
MOST_COMPLAINT = 4000
"""Bytes of its standard error that are kept: the last ones."""
GRACE = 2.0
"""Seconds between asking a program to end and killing it."""
LAST_WORDS = 0.1
"""Seconds for which a program that has ended is still listened to: what it started may hold its
pipes for as long as it likes."""

How = Literal["ended", "late", "too much", "cancelled"]


@dataclass(frozen=True, slots=True)
class Run:
    """How a program ended, and what it said."""

    how: How
    """`ended`: by itself."""
    status: int = 0
    """0: all went well; below 0: the signal that ended it. Only of one that ended."""
    output: bytes = b""
    complaint: str = ""
    """The last line on its standard error that is not empty."""


async def run(
    argv: Sequence[str],
    given: Mapping[str, Any] | None,
    *,
    seconds: float,
    env: Mapping[str, str],
    place: Path | None = None,
    output: bool = True,
    alone: bool = False,
    patience: float | None = None,
) -> Run:
    """Start a program and wait for its end.

    Its whole process group is ended when it does not end by itself.

    Args:
        given: JSON for its standard input, which it need not read.
        env: all of its environment.
        place: the directory that it starts in.
        output: False: what it prints is thrown away.
        alone: what it left behind in its process group is ended with it, too; else a browser that
            it opened stays.
        patience: seconds that it still gets when the caller is cancelled, who is told the outcome
            in the place of the error; None: none, and the error is raised.

    Raises `OSError`, `ValueError` when it cannot be started.
    """
    loop = asyncio.get_running_loop()
    talk = _Talk(loop, {1, 2} if output else {2})
    transport, _protocol = await loop.subprocess_exec(
        lambda: talk,
        *argv,
        stdout=asyncio.subprocess.PIPE if output else asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env=env,
        cwd=place,
    )
    how: How = "late"
    try:
        _feed(transport, given)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(talk.over.wait(), seconds)
        except asyncio.CancelledError:
            if patience is None:
                raise
            how = "cancelled"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(talk.over.wait(), patience)
        if talk.too_much:
            return Run("too much")
        if not talk.exited.is_set():
            return Run(how)
        return Run("ended", transport.get_returncode() or 0, bytes(talk.output), talk.last_line())
    finally:
        if not talk.exited.is_set():
            await _end(transport, talk)
        elif alone:
            _signal(transport, signal.SIGKILL)
        transport.close()


class _Talk(asyncio.SubprocessProtocol):
    """Takes what a program writes, and knows when it ended, whoever else holds its pipes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pipes: set[int]) -> None:
        self._loop = loop
        self.output = bytearray()
        self.complaint = bytearray()
        self.too_much = False
        self.exited = asyncio.Event()
        self.over = asyncio.Event()
        """It ended and its pipes are read, or there is nothing to wait for any more."""
        self._open = pipes

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.complaint = (self.complaint + data)[-MOST_COMPLAINT:]
        elif len(self.output) + len(data) > MOST_OUTPUT:
            self.too_much = True
            self.over.set()
        else:
            self.output += data

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        self._look()

    def process_exited(self) -> None:
        self.exited.set()
        self._loop.call_later(LAST_WORDS, self.over.set)
        self._look()

    def last_line(self) -> str:
        lines = self.complaint.decode("utf-8", "replace").splitlines()
        return next(filter(None, (line.strip() for line in reversed(lines))), "")

    def _look(self) -> None:
        if self.exited.is_set() and not self._open:
            self.over.set()


def _feed(transport: asyncio.SubprocessTransport, given: Mapping[str, Any] | None) -> None:
    pipe = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
    with contextlib.suppress(OSError, RuntimeError):  # it may have closed it unread
        if given is not None:
            pipe.write(json.dumps(given, ensure_ascii=False).encode("utf-8", "replace"))
        pipe.write_eof()


async def _end(transport: asyncio.SubprocessTransport, talk: _Talk) -> None:
    """Ask the whole process group to end, then make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(transport, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(talk.exited.wait(), GRACE)
    # Those of the group that took no notice of the first signal.
    _signal(transport, signal.SIGKILL)


def _signal(transport: asyncio.SubprocessTransport, number: signal.Signals) -> None:
    """To its whole group. One that is over has taken its number with it once nobody is in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), number)
