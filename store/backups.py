"""Backups in a row: each read again after it was written, the oldest deleted."""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from store.backup import DATABASE, backup
from store.blobs import for_database
from store.driver import Connection, sqlite3
from store.errors import StoreError, damaged, from_os
from store.wording import _

NAME = "omnitui-%Y-%m-%d-%H%M%S.tar.gz"
_NAMED = re.compile(r"omnitui-\d{4}-\d{2}-\d{2}-\d{6}\.tar\.gz")
_LEFT = re.compile(r"\.omnitui-\d{4}-\d{2}-\d{2}-\d{6}\.tar\.gz\.[0-9a-f]{8}|\.verifying-")
_ABANDONED = 86_400
"""Seconds: no backup takes so long (TimeoutStartSec of its unit)."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that was written, read again and found whole."""

    path: Path
    size: int
    """Bytes."""
    deleted: tuple[Path, ...] = ()
    """Older ones that had to go."""


def one_more(db: Connection, directory: Path, keep: int) -> Kept:
    """Write a backup into `directory`, verify it, then delete all but the newest `keep`.

    Raises `StoreError`: nothing older is deleted then, and one that is not whole is called
    `NAME.damaged`.
    """
    _tidy(directory)
    target = directory / time.strftime(NAME)
    size = backup(db, target, for_database(db))
    try:
        verify(target)
    except StoreError:
        with suppress(OSError):
            target.rename(target.with_name(f"{target.name}.damaged"))
        raise
    deleted = []
    for old in in_order(directory)[:-keep]:
        if old == target:  # others have later names: of a clock that was ahead
            continue
        with suppress(OSError):
            old.unlink()
            deleted.append(old)
    return Kept(target, size, tuple(deleted))


def _tidy(directory: Path) -> None:
    """Delete what backups that were killed have left: whole copies of the store. Those that are
    being made are younger."""
    for path in directory.glob(".*"):
        with suppress(OSError):
            if not _LEFT.match(path.name) or time.time() - path.lstat().st_mtime < _ABANDONED:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def in_order(directory: Path) -> list[Path]:
    """The backups of a directory that `one_more` wrote, the oldest first. Raises `StoreError`."""
    try:
        return sorted(path for path in directory.iterdir() if _NAMED.fullmatch(path.name))
    except OSError as error:
        raise from_os(error, str(directory)) from error


def verify(path: Path) -> None:
    """Read a backup whole: the database is sound, every content is there and is what its name
    says. Raises `StoreError`."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".verifying-") as room:
            found = _unpack(path, Path(room) / DATABASE)
            _check(path, Path(room) / DATABASE, found)
    except (tarfile.TarError, EOFError) as error:
        raise damaged(str(path), _("it cannot be read again")) from error
    except sqlite3.Error as error:
        raise damaged(str(path), str(error)) from error
    except OSError as error:
        raise from_os(error, str(path)) from error


def _unpack(path: Path, database: Path) -> set[str]:
    """Put the database into a file of its own; the hashes of the contents beside it."""
    found: set[str] = set()
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None:
                continue
            if member.name == DATABASE:
                with database.open("xb") as copy:
                    while piece := content.read(_PIECE):
                        copy.write(piece)
                continue
            digest = hashlib.sha256()
            while piece := content.read(_PIECE):
                digest.update(piece)
            if member.name != f"blobs/{digest.hexdigest()[:2]}/{digest.hexdigest()[2:]}":
                raise damaged(str(path), _("the content {name} is not what it was").format(
                    name=member.name
                ))  # fmt: skip
            found.add(digest.hexdigest())
    return found


def _check(path: Path, database: Path, found: set[str]) -> None:
    if not database.exists():
        raise damaged(str(path), _("there is no database in it"))
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise damaged(str(path), str(sound))
        for (digest,) in db.execute("SELECT hash FROM blobs WHERE encoding = 'file'"):
            if digest not in found:
                raise damaged(str(path), _("the content {hash} is missing").format(hash=digest))
