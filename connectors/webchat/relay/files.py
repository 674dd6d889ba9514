"""Files on the disk: `files/ab/abcd…` under their ids, written whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from connectors.webchat.relay import stored_files
from connectors.webchat.relay.file_names import clean_name
from connectors.webchat.relay.journal import Journal
from connectors.webchat.relay.records import FileRef, Millis
from connectors.webchat.relay.upload_types import EXTENSIONS, BadFile, tell_type

CHUNK = 1 << 18
STRAY_AFTER = 3_600.0
"""Seconds after which a file that the database does not know is taken for a crash's."""
OTHER = "application/octet-stream"


class TooLarge(Exception):
    """More bytes than a file may have."""


class NoRoom(Exception):
    """The disk is full, or nearly."""


class FileStore:
    """The directory of uploaded files, and their rows."""

    def __init__(self, directory: Path, journal: Journal, clock: Callable[[], Millis]) -> None:
        self.directory = directory
        self._journal = journal
        self._clock = clock

    def prepare(self) -> None:
        """Make the directory. Raises `OSError`."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def free(self) -> int:
        """Bytes free on the disk. Raises `OSError`."""
        return shutil.disk_usage(self.directory).free

    def path(self, file: str) -> Path:
        """Where the content of a file lies; its id is one of ours."""
        return self.directory / file[:2] / file

    async def receive(
        self,
        chunks: AsyncIterator[bytes],
        *,
        site: str,
        visitor: str | None,
        name: str,
        declared: str,
        allowed: Sequence[str],
        most: int,
        most_of_site: int,
    ) -> FileRef:
        """Store an upload; durable when this returns. `visitor` None: the desk's, which may be of
        any kind.

        Raises `TooLarge`, `BadFile`, `NoRoom`, `StorageFull`, `JournalError`, and whatever
        `chunks` raises; nothing is left of it then.
        """
        file = secrets.token_urlsafe(24)
        part = self.directory / f"{file}.part"
        try:
            try:
                size = await _write(part, chunks, most)
                kind = await asyncio.to_thread(_kind, part, name, declared, allowed, visitor)
                ref = FileRef(file, clean_name(name, EXTENSIONS.get(kind, ("",))[0]), kind, size)
                await asyncio.to_thread(_put, part, self.path(file))
            except OSError as error:
                raise NoRoom(str(error)) from error
            try:
                await self._journal.write(
                    stored_files.add,
                    site=site,
                    visitor=visitor,
                    file=ref,
                    most=most_of_site,
                    now=self._clock(),
                )
            except BaseException:
                self.path(file).unlink(missing_ok=True)
                raise
        finally:
            with contextlib.suppress(OSError):  # a sweep takes what stays
                part.unlink(missing_ok=True)
        return ref

    async def remove(self, files: Sequence[str]) -> int:
        """Delete contents whose rows are gone; how many there were."""
        return await asyncio.to_thread(self._remove, files)

    def _remove(self, files: Sequence[str]) -> int:
        for file in files:
            self.path(file).unlink(missing_ok=True)
        return len(files)

    async def remove_strays(self) -> int:
        """Delete what a crash has left: parts, and contents without a row. How many there were."""
        old = await asyncio.to_thread(self._old)
        known = await self._journal.read(stored_files.known, files=[path.name for path in old])
        strays = [path for path in old if path.name not in known]
        for path in strays:
            path.unlink(missing_ok=True)
        return len(strays)

    def _old(self) -> list[Path]:
        before = time.time() - STRAY_AFTER
        found = []
        for path in [*self.directory.glob("*.part"), *self.directory.glob("??/*")]:
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    found.append(path)
        return found


async def _write(part: Path, chunks: AsyncIterator[bytes], most: int) -> int:
    """Bytes written, and on the disk."""
    size = 0
    waiting: list[bytes] = []
    held = 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge
            waiting.append(chunk)
            held += len(chunk)
            if held >= CHUNK:
                await asyncio.to_thread(file.write, b"".join(waiting))
                waiting.clear()
                held = 0
        await asyncio.to_thread(_finish, file, b"".join(waiting))
    return size


def _finish(file: BinaryIO, rest: bytes) -> None:
    file.write(rest)
    file.flush()
    os.fsync(file.fileno())


def _kind(part: Path, name: str, declared: str, allowed: Sequence[str], visitor: str | None) -> str:
    if visitor is not None:
        return tell_type(part, name, declared, allowed)
    try:
        return tell_type(part, name, "", tuple(EXTENSIONS))
    except BadFile:
        return OTHER  # an agent may send what they like; it is only ever downloaded


def _put(part: Path, path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part.rename(path)
    for directory in (path.parent, path.parent.parent):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
