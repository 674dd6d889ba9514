"""Where an export goes: a .zip file or a directory, complete under its name or not there at all.

Nobody else on the machine can read it; nothing is held in memory but the piece being written.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from config.i18n import _
from omnitui.desk.command import CommandError
from store.errors import from_os

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200b-\u200f\u202a-\u202e\u2060-\u2069]+")
LONGEST = 120
"""Bytes of a file's own name."""


class Archive(Protocol):
    def entry(self, name: str, *, packed: bool) -> IO[bytes]:
        """A file to be written, with `/` in its name for directories; one at a time.

        packed: it is compressed already, or may well be."""


def safe_name(name: str) -> str:
    """A name for a file on any system, like the one that was given."""
    shown = _UNSAFE.sub("_", name).strip(" .") or "file"
    stem, dot, suffix = shown.rpartition(".")
    if not dot or len(suffix.encode()) > 16:
        stem, dot, suffix = shown, "", ""
    room = LONGEST - len((dot + suffix).encode("utf-8", "replace"))
    cut = stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return f"{cut}{dot}{suffix}"


@contextmanager
def opened(target: Path) -> Iterator[Archive]:
    """An archive that is at `target` when the block ends well.

    Raises `CommandError` when something is there already, or no directory to put it in;
    `StoreError` when the disk is full or not to be written.
    """
    if target.exists() or target.is_symlink():
        raise CommandError(_("{path} is there already: give another name.").format(path=target))
    if not target.parent.is_dir():
        raise CommandError(_("There is no directory {path}.").format(path=target.parent))
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        if target.suffix.lower() == ".zip":
            with _zip(partial) as archive:
                yield archive
        else:
            partial.mkdir(mode=0o700)
            yield _Folder(partial)
        partial.rename(target)
        _sync(target.parent)
    except OSError as error:
        raise from_os(error, str(target)) from error
    finally:
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)


@contextmanager
def _zip(path: Path) -> Iterator[Archive]:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            yield _Zip(archive)
        file.flush()
        os.fsync(file.fileno())


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def entry(self, name: str, *, packed: bool) -> IO[bytes]:
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o600 << 16
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        return self._archive.open(info, "w", force_zip64=True)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def entry(self, name: str, *, packed: bool) -> IO[bytes]:
        path = self._path / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        return os.fdopen(handle, "wb")


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
