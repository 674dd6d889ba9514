"""Mails read beside the engine's loop: one worker process always, a second under load."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pickle
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import IO

from config.i18n import _
from connectors.contract import Inbound, Misconfigured, Quarantined
from connectors.email.reading_worker import LENGTH, Answer, Job, Work, inbound
from connectors.email.spool import Spool

WORKERS = min(2, os.cpu_count() or 1)
START_PATIENCE = 30.0
"""Seconds a new worker may take before its first answer, beside the reading itself."""
MAIL_PATIENCE = 20.0
"""Seconds for one mail."""
BYTES_PATIENCE = 1_000_000
"""Bytes that earn another second."""
PIPE = 2**20
"""Bytes that may wait for a worker in its pipe: what Linux grants everybody."""

_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from connectors.email.reading_worker import serve; serve()"
)


class Readers:
    """`read(jobs)` as often as wanted, then `close()`. `spool` holds what is too big for memory."""

    def __init__(self, spool: Spool, *, mail_patience: float = MAIL_PATIENCE) -> None:
        self.spool = spool
        self._mail_patience = mail_patience
        self._idle: list[asyncio.subprocess.Process] = []
        self._free = asyncio.Semaphore(WORKERS)
        self._all: set[asyncio.subprocess.Process] = set()

    async def read(self, jobs: Sequence[Job]) -> list[Inbound | Quarantined]:
        """In the order of `jobs`, each with its raw mail. A mail that makes the worker hang or
        die is quarantined; the others of its batch are read all the same."""
        try:
            found = await self._attempt(jobs)
        except _WorkerLost as lost:
            if not jobs:
                return []
            if len(jobs) > 1:
                return [await self._read_alone(job) for job in jobs]
            if lost.hung:
                return [await self._condemn(jobs[0], lost)]
            # Something else may have killed that worker: a mail has to do it again.
            return [await self._read_alone(jobs[0])]
        return [inbound(result, job) for job, result in zip(jobs, found, strict=True)]

    async def _read_alone(self, job: Job) -> Inbound | Quarantined:
        try:
            (found,) = await self._attempt([job])
        except _WorkerLost as lost:
            return await self._condemn(job, lost)
        return inbound(found, job)

    async def _condemn(self, job: Job, lost: _WorkerLost) -> Quarantined:
        """Only where other mails can be read is this one to blame; else raises
        `Misconfigured`, after which it is tried again and nothing is lost."""
        await self.warm()
        return Quarantined(job.external_id, str(lost), job.raw)

    async def warm(self) -> None:
        """Have a worker started before the first mail is there. Raises `Misconfigured`."""
        try:
            await self._attempt([])
        except _WorkerLost:
            raise Misconfigured(
                _("The process that reads mails does not start; see the log for its error.")
            ) from None

    async def close(self) -> None:
        for worker in list(self._all):
            await self._end(worker)
        self.spool.close()

    async def shrink(self) -> None:
        """The load is over: keep one worker."""
        while len(self._idle) > 1:
            await self._end(self._idle.pop())

    async def _attempt(self, jobs: Sequence[Job]) -> list[Answer]:
        place = self.spool.new_directory()
        try:
            found = await self._answer(jobs, place)
        except BaseException:
            # Its worker has ended, and nobody will take over what it wrote.
            shutil.rmtree(place, ignore_errors=True)
            raise
        with contextlib.suppress(OSError):
            place.rmdir()  # mostly nothing is in it
        return found

    async def _answer(self, jobs: Sequence[Job], place: Path) -> list[Answer]:
        async with self._worker() as worker:
            size = sum(_size(job) for job in jobs)
            patience = START_PATIENCE + self._mail_patience + size / BYTES_PATIENCE
            try:
                async with asyncio.timeout(patience):
                    return await _ask(worker, Work(jobs, place))
            except TimeoutError:
                raise _WorkerLost(_("reading it took too long"), hung=True) from None
            except (ConnectionError, asyncio.IncompleteReadError):
                raise _WorkerLost(_("reading it ended the reader")) from None

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        async with self._free:
            worker = self._idle.pop() if self._idle else await self._start()
            try:
                yield worker
            except BaseException:
                # In the middle of a job: its answer would be taken for the next one's.
                await self._end(worker)
                raise
            self._idle.append(worker)

    async def _start(self) -> asyncio.subprocess.Process:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _PROGRAM.format(path=sys.path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=4 * 2**20,
        )
        self._all.add(worker)
        if worker.stdin is not None:
            _widen(worker.stdin.transport.get_extra_info("pipe"))
        return worker

    async def _end(self, worker: asyncio.subprocess.Process) -> None:
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.stdin is not None:
            worker.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        # To the end of its output, not only of the process: only then its pipes are closed.
        ending = asyncio.ensure_future(worker.communicate())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise


_shared: dict[asyncio.AbstractEventLoop, tuple[Readers, int]] = {}


@contextlib.asynccontextmanager
async def shared_readers() -> AsyncIterator[Readers]:
    """The same readers for all accounts of an engine; the last one out ends them."""
    loop = asyncio.get_running_loop()
    readers, users = _shared.get(loop) or (Readers(Spool()), 0)
    _shared[loop] = readers, users + 1
    try:
        yield readers
    finally:
        readers, users = _shared.pop(loop)
        if users > 1:
            _shared[loop] = readers, users - 1
        else:
            await readers.close()


class _WorkerLost(Exception):
    """Says why, for the quarantine."""

    def __init__(self, reason: str, *, hung: bool = False) -> None:
        super().__init__(reason)
        self.hung = hung


async def _ask(worker: asyncio.subprocess.Process, work: Work) -> list[Answer]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    packed = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
    worker.stdin.write(LENGTH.pack(len(packed)))
    worker.stdin.write(packed)
    await worker.stdin.drain()
    size = LENGTH.unpack(await worker.stdout.readexactly(LENGTH.size))[0]
    answer: list[Answer] = pickle.loads(  # noqa: S301 - from our own worker
        await worker.stdout.readexactly(size)
    )
    return answer


def _widen(pipe: IO[bytes]) -> None:
    """Let a whole batch through at once: the usual 64 KiB cost the loop a turn each."""
    with contextlib.suppress(OSError, AttributeError):  # Linux alone; not more than is allowed
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _size(job: Job) -> int:
    return len(job.raw) if isinstance(job.raw, bytes) else job.raw.stat().st_size
