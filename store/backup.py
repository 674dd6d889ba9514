"""Backup of a store in use into one file, and back: a tar of the database and its files."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from store.blobs import Blobs
from store.driver import Connection, sqlite3
from store.errors import StoreError, from_os, from_sqlite
from store.shared import share
from store.wording import _

DATABASE = "desk.sqlite"
BOOK = "backups.list"
"""Beside the store: where its backups were written, so that it can be said who is in them."""
_MEMBER = re.compile(r"desk\.sqlite|blobs/[0-9a-f]{2}/[0-9a-f]{62}")


def backup(db: Connection, target: Path, blobs: Blobs) -> int:
    """Write a backup while others read and write; the bytes of `target`.

    One moment's state, complete under its name or not there at all. Compressed when the
    name ends in .gz or .tgz. Raises `StoreError`: `DiskFull`, `StoreReadOnly`, or when
    a content is missing.
    """
    target = Path(target)
    mark = secrets.token_hex(4)
    copy = target.with_name(f".{target.name}.{mark}.sqlite")
    partial = target.with_name(f".{target.name}.{mark}")
    try:
        compress = target.suffix in (".gz", ".tgz")
        while digest := _pack(partial, copy, _copy(db, copy), blobs, compress=compress):
            if db.execute("SELECT 1 FROM blobs WHERE hash = ?", (digest,)).fetchone():
                raise StoreError(
                    _("The content {hash} is missing: run `omnitui check`.").format(hash=digest)
                )
            # It was erased since the database was copied; a later moment does not name it.
            copy.unlink()
            partial.unlink()
        partial.replace(target)
        _sync(target.parent)
        _note(Path(db.directory), target)
        return target.stat().st_size
    except OSError as error:
        raise from_os(error, str(target)) from error
    except sqlite3.Error as error:
        raise from_sqlite(error, str(target)) from error
    finally:
        for leftover in (partial, copy, Path(f"{copy}-wal"), Path(f"{copy}-shm")):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)


def _note(directory: Path, target: Path) -> None:
    """Remember where a backup is. One that cannot be noted is a backup all the same."""
    line = f"{target.absolute()}\n"
    if "\n" in str(target.absolute()):
        return
    place = directory / BOOK
    with suppress(OSError), open(place, "a+", encoding="utf-8", opener=_itself) as book:
        book.seek(0)
        if line not in book:
            book.write(line)
        share(place)


def _itself(path: str, flags: int) -> int:
    """Opened where it is: a link would lead whoever makes backups to files of their own."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def known_copies(database: Path, *, since: int = 0) -> list[Path]:
    """Copies of a store that are still where they were made: backups, and what was kept before its
    schema changed. Those not older than `since` (UTC milliseconds), the oldest first."""
    found: dict[Path, float] = {}
    candidates = sorted(database.parent.glob(f"{database.name}.before-*"))
    with suppress(OSError):
        noted = (database.parent / BOOK).read_text(encoding="utf-8", errors="surrogateescape")
        candidates += [Path(line) for line in noted.splitlines() if line]
    for path in candidates:
        with suppress(OSError):
            found[path] = path.stat().st_mtime
    return sorted((p for p, at in found.items() if at * 1000 >= since), key=lambda p: found[p])


def _copy(db: Connection, copy: Path) -> list[str]:
    """Copy the database in one step, hence of one moment; the contents it has as files."""
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(copy)) as target:
        db.backup(target, pages=-1)
        # The copy shall be one file, without a log that could be forgotten.
        target.execute("PRAGMA journal_mode = DELETE")
        rows = target.execute("SELECT hash FROM blobs WHERE encoding = 'file' ORDER BY hash")
        return [row[0] for row in rows]


def _pack(partial: Path, copy: Path, hashes: list[str], blobs: Blobs, *, compress: bool) -> str:
    """The hash of a content that is not there any more; "": all of it is written."""
    with partial.open("xb") as file:
        partial.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz" if compress else "w") as archive:
            archive.add(copy, DATABASE)
            for digest in hashes:
                try:
                    archive.add(blobs.file(digest), f"blobs/{digest[:2]}/{digest[2:]}")
                except FileNotFoundError:
                    return digest
        file.flush()
        os.fsync(file.fileno())
    return ""


def restore(source: Path, directory: Path, prepare: Callable[[Path], object] | None = None) -> Path:
    """Unpack a backup into a directory without a store; the database's path. `prepare` gets the
    path of the database before anybody can take it for the store.

    Raises `StoreError` when there is a store already, or a part of one, or the file is no backup.
    """
    directory = Path(directory)
    database = directory / DATABASE
    if database.exists():
        raise StoreError(
            _("There is a store in {directory} already: choose another directory.").format(
                directory=directory
            )
        )
    _nothing_left(directory)
    fresh = directory / f".restoring.{secrets.token_hex(4)}"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Within it, so that what is made belongs to its group (setgid), and on its disk.
        fresh.mkdir(mode=0o700)
        with tarfile.open(source) as archive:
            for member in archive:
                if not member.isfile() or not _MEMBER.fullmatch(member.name):
                    raise _no_backup(source)
                _extract(archive, member, fresh / member.name)
        if not (fresh / DATABASE).exists():
            raise _no_backup(source)
        if prepare is not None:
            prepare(fresh / DATABASE)
        _share_all(fresh, directory)
        for name in ("blobs", DATABASE):  # the database last: then it is a store
            if (fresh / name).exists():
                (fresh / name).rename(directory / name)
        _sync(directory)
    except (tarfile.TarError, EOFError) as error:
        raise _no_backup(source) from error
    except OSError as error:
        raise from_os(error, str(directory)) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return database


def _nothing_left(directory: Path) -> None:
    """A log of another database would be played into this one; contents of another store, or of a
    restore that was ended half-way, would be taken for this one's. Raises `StoreError`."""
    for name in (f"{DATABASE}-wal", f"{DATABASE}-journal", "blobs"):
        path = directory / name
        try:
            left = any(path.iterdir()) if path.is_dir() else path.stat().st_size > 0
        except FileNotFoundError:
            continue
        except OSError as error:
            raise from_os(error, str(path)) from error
        if left:
            raise StoreError(
                _("{file} is left of another store: move it away first.").format(file=path)
            )


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """A plain file whose name was looked at. `filter=` is unknown to the Python of Debian 12."""
    content = archive.extractfile(member)
    assert content is not None  # it is a file
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        target.chmod(0o600)
        shutil.copyfileobj(content, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _share_all(fresh: Path, directory: Path) -> None:
    """In a store that a group shares, open what was unpacked to it, from the top down."""
    if not directory.stat().st_mode & stat.S_IWGRP:
        return
    share(fresh)
    for top, directories, files in os.walk(fresh):
        for name in directories:
            share(Path(top, name))
        for name in files:
            share(Path(top, name), writable=name == DATABASE)


def _no_backup(source: Path) -> StoreError:
    return StoreError(_("{file} is not a backup of omnitui.").format(file=source))


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
