"""The process in which mails are read: `serve()` is all it does.

Whatever a mail makes the readers do, run long, eat memory or crash, happens here and not in
the engine. Jobs and answers are pickles with their length before them, on stdin and stdout;
the end of stdin ends the process, also when the engine was killed.
"""

from __future__ import annotations

import copyreg
import dataclasses
import hashlib
import operator
import os
import pickle
import signal
import struct
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from connectors.contract import Address, Deflated, Inbound, Millis, Quarantined
from connectors.email.read import read_mail

LENGTH = struct.Struct(">Q")
DEFLATED = 64 * 1024
"""Bytes up to which a mail is deflated; larger ones are kept as files as they are."""


@dataclass(frozen=True, slots=True)
class Job:
    """One mail to read; the fields are `read_mail`'s."""

    raw: bytes | Path
    external_id: str
    arrived_at: Millis
    history: bool
    own_addresses: frozenset[str]
    trusted_authserv: str


@dataclass(frozen=True, slots=True)
class Work:
    jobs: Sequence[Job]
    spool: Path
    """Directory for large attachments; who gave the work removes them."""


Answer = tuple[Any, ...] | Quarantined
"""An `Inbound`'s fields without the raw mail, which the other side has; `inbound` makes it one."""

_FIELDS = tuple(field.name for field in dataclasses.fields(Inbound))
_RAW, _DEFLATED = _FIELDS.index("raw"), _FIELDS.index("deflated")
_values = operator.attrgetter(*_FIELDS)


def read(job: Job, spool: Path) -> Answer:
    try:
        inbound = read_mail(
            job.raw,
            external_id=job.external_id,
            arrived_at=job.arrived_at,
            history=job.history,
            own_addresses=job.own_addresses,
            trusted_authserv=job.trusted_authserv,
            spool=spool,
        )
    except Exception as error:
        return Quarantined(job.external_id, f"{type(error).__name__}: {error}"[:500], b"")
    values = list(_values(inbound))
    values[_RAW], values[_DEFLATED] = None, _deflated(job.raw)
    return tuple(values)


def inbound(answer: Answer, job: Job) -> Inbound | Quarantined:
    """What was read, with the raw mail again."""
    if isinstance(answer, Quarantined):
        return dataclasses.replace(answer, raw=job.raw)
    values = list(answer)
    values[_RAW] = job.raw
    return Inbound(*values)


def _deflated(raw: bytes | Path) -> Deflated | None:
    if isinstance(raw, Path) or len(raw) > DEFLATED:
        return None
    data = zlib.compress(raw, 1)
    if len(data) >= len(raw):
        return None
    return Deflated(hashlib.sha256(raw).hexdigest(), len(raw), data)


def _address(address: Address) -> tuple[type[Address], tuple[str, str]]:
    return Address, (address.address, address.name)


# Frozen dataclasses are pickled by Python code that asks for their fields each time.
copyreg.pickle(Address, _address)


BEHIND = 5
"""Steps of niceness: whoever waits for a key on the same machine comes first."""


def serve() -> None:
    os.nice(BEHIND)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the engine's: it closes stdin
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print() must not land among the answers
    while (work := _receive(jobs)) is not None:
        done = pickle.dumps([read(job, work.spool) for job in work.jobs], pickle.HIGHEST_PROTOCOL)
        answers.write(LENGTH.pack(len(done)))
        answers.write(done)
        answers.flush()


def _receive(stream: BinaryIO) -> Work | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    body = stream.read(LENGTH.unpack(head)[0])
    work = pickle.loads(body)  # noqa: S301 - from our own engine
    assert isinstance(work, Work)
    return work
