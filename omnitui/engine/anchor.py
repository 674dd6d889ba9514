"""Where the engine writes down how far the event log is sealed, and with which digest.

A file of lines in the engine's own state directory, which agents of a team cannot write: what of
the log was changed after it was sealed is found by it, whoever made the whole chain anew
(`store.audit`). One line a block, `2026-11-22T09:00:00Z 1234 <64 hex digits>`; after a backup was
put back a line `… restored 1200`: what stands before it of later events is of another past.
"""

from __future__ import annotations

import errno
import os
import re
import time
from pathlib import Path

from store import audit
from store.audit import Block
from store.driver import Connection
from store.model import Millis

FILE = "audit.anchors"
LARGEST = 4_000_000
"""Bytes; then of the days before yesterday only the last line of each stays."""

_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (\d{1,19}) ([0-9a-f]{64})")
_RESTORED = re.compile(r"\S+ restored (\d{1,19})")


def path_in(state: Path) -> Path:
    return state / FILE


def write(path: Path, block: Block) -> None:
    """Add a block. Raises `OSError`."""
    _append(path, f"{_utc(block.at)} {block.upto} {block.digest.hex()}\n")


def restored(path: Path, upto: int, at: Millis) -> None:
    """A backup was put back whose last block ends with this event; 0: it has none. Nothing where
    the engine never wrote a line. Raises `OSError`."""
    if path.exists():
        _append(path, f"{_utc(at)} restored {upto}\n")


def read(path: Path) -> dict[int, bytes]:
    """The digests by the last event of their block; empty without a file. Raises `OSError`."""
    found: dict[int, bytes] = {}
    try:
        lines = path.read_text("ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    for line in lines:
        if match := _LINE.fullmatch(line):
            # The first one counts: where the end was cut off and made anew, the engine has sealed
            # and written down other events under the same number.
            found.setdefault(int(match[2]), bytes.fromhex(match[3]))
        elif match := _RESTORED.fullmatch(line):
            upto = int(match[1])
            found = {event: digest for event, digest in found.items() if event <= upto}
    return found


def differs(db: Connection, anchors: dict[int, bytes]) -> bool:
    """Whether the newest of them is not the store's: it was changed, or is an older copy."""
    if not anchors:
        return False
    newest = max(anchors)
    found = audit.block(db, newest)
    return found is None or found.digest != anchors[newest]


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST:
        _thin(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        # A full disk takes a part of a line: the next one does not go on in it.
        torn = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"
        written = b"\n" * torn + line.encode()
        if os.write(descriptor, written) < len(written):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)


def _thin(path: Path) -> None:
    lines = path.read_text("ascii", errors="replace").splitlines()
    recent = {line[:10] for line in lines}
    latest = set(sorted(recent)[-2:])
    last = {line[:10]: number for number, line in enumerate(lines) if _LINE.fullmatch(line)}
    kept = [
        line
        for number, line in enumerate(lines)
        if line[:10] in latest or last.get(line[:10]) == number or _RESTORED.fullmatch(line)
    ]
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if os.geteuid() == 0:  # a restore by root must not lock the service out
            owner = path.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        file.write("".join(f"{line}\n" for line in kept))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _utc(at: Millis) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at / 1000))
