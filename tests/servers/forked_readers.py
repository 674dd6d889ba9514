"""The connector's reading processes, forked: hundreds are started by the tests, and each would
import what reads mails for a third of a second. `tests/email_transport/test_reading.py` starts
them as the product does."""

from __future__ import annotations

import asyncio
import os
from asyncio.streams import FlowControlMixin
from pathlib import Path

from connectors.email.reading import Readers, _widen
from connectors.email.reading_worker import Job, read, serve
from tests.servers.forked import Forked, fork

main = serve


class _Worker:
    """What `Readers` knows of an `asyncio.subprocess.Process`."""

    def __init__(
        self, process: Forked, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader
    ) -> None:
        self._process = process
        self.stdin = stdin
        self.stdout = stdout
        self.kill = process.kill

    async def communicate(self) -> None:
        while await self.stdout.read(2**16):
            pass
        await asyncio.to_thread(self._process.wait, 30)


async def start(readers: Readers) -> _Worker:
    """In the place of `Readers._start`."""
    making = asyncio.ensure_future(_made())
    try:
        worker = await asyncio.shield(making)
    except asyncio.CancelledError:
        worker = await making
        worker.stdin.close()
        await worker.communicate()
        raise
    readers._all.add(worker)  # type: ignore[arg-type]
    return worker


async def _made() -> _Worker:
    loop = asyncio.get_running_loop()
    theirs, ours = os.pipe()
    answers, said = os.pipe()
    try:
        process = fork(__name__, stdin=theirs, stdout=said, stderr=2)
    finally:
        os.close(theirs)
        os.close(said)
    pipe = os.fdopen(ours, "wb", 0)
    _widen(pipe)
    writing, flow = await loop.connect_write_pipe(lambda: FlowControlMixin(loop=loop), pipe)
    stdout = asyncio.StreamReader(limit=4 * 2**20, loop=loop)
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stdout, loop=loop), os.fdopen(answers, "rb", 0)
    )
    return _Worker(process, asyncio.StreamWriter(writing, flow, None, loop), stdout)


# The first mail imports more: here before the fork.
_FIRST = b"From: ann@customer.test\r\nContent-Type: text/html\r\n\r\n<p>Hello"
read(Job(_FIRST, "", 0, False, frozenset(), ""), Path())
