"""How a store fails. `str()` is one sentence for the user that says what to do."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

from store.closed import why_closed
from store.wording import _

if TYPE_CHECKING:
    from sqlite3 import Error


class StoreError(Exception):
    """Any failure of the store. Nothing of the failed transaction was stored, unless the sentence
    says that nobody can tell."""


class StoreMissing(StoreError):
    """There is no store yet."""


class StoreTooNew(StoreError):
    """The store was written by a newer omnitui."""


class StoreMoved(StoreMissing):
    """Another file is where the store was opened, or none: it was restored, or moved away."""


class StoreClosed(StoreError):
    """The connection was let go of, since what failed on it could not be undone."""


class StoreLocked(StoreError):
    """Another process kept the store locked for too long."""


class StoreReadOnly(StoreError):
    """The store, or its directory, may not be written."""


class StoreWritable(StoreReadOnly):
    """It could not be written when it was opened, and can be now: SQLite does not notice."""


class DiskFull(StoreError):
    """No room left for the store or its attachments."""


class DiskFailed(StoreError):
    """The disk could not read or write what was asked."""


class Exhausted(StoreError):
    """The system gives this program no more memory, or no more open files, just now."""


class StoreDamaged(StoreError):
    """Not a store, or a damaged one."""


class UnsafeSqlite(StoreError):
    """The SQLite at hand could corrupt the store."""


class NotLocal(StoreError):
    """The store is on a network file system."""


class NotFound(StoreError):
    """No such customer, conversation, message, …"""


class QueryError(StoreError):
    """A search that cannot be understood: an unknown filter, a date that is none."""


class StateError(StoreError):
    """A message cannot go from its state to the one asked for."""


# Primary result codes: sqlite.org/rescode.html.
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
_PERM, _NOMEM, _AUTH, _PROTOCOL = 3, 7, 23, 15
_IOERR_WRITE = 778
"""Some drivers tell the primary code alone."""
_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READONLY_ERRNOS = {errno.EROFS, errno.EACCES, errno.EPERM}
_FILES_ERRNOS = {errno.EMFILE, errno.ENFILE}
_FILES_OF_A_STORE = 4
"""Itself, its log, what readers and writers share, their directory."""


def locked(where: str) -> StoreLocked:
    return StoreLocked(
        _(
            "The store {store} stayed locked by another program: try again, "
            "and look for a process that holds it (`fuser {store}`)."
        ).format(store=where)
    )


def read_only(where: str) -> StoreReadOnly:
    return StoreReadOnly(
        why_closed(Path(where))
        or _mounted_read_only(where)
        or _(
            "The store {store} cannot be written: give this user write access "
            "to it and to its directory."
        ).format(store=where)
    )


def _is_writable(where: str) -> bool:
    files = [Path(f"{where}{end}") for end in ("", "-wal", "-shm")]
    there = [path for path in files if path.exists()]
    return bool(there) and all(os.access(path, os.W_OK) for path in (*there, Path(where).parent))


def disk_full(where: str) -> DiskFull:
    return DiskFull(
        _(
            "No room left on the disk of {store}: nothing was stored; make room and try again."
        ).format(store=where)
    )


def no_memory(where: str) -> Exhausted:
    return Exhausted(
        _(
            "There is not enough memory for the store {store}: nothing was stored; "
            "end other programs and try again."
        ).format(store=where)
    )


def no_files(where: str) -> Exhausted:
    return Exhausted(
        _(
            "No more files may be opened, so the store {store} cannot be used: nothing was stored; "
            "end other programs, or allow this user more (`ulimit -n`)."
        ).format(store=where)
    )


def disk_failed(where: str, detail: str) -> DiskFailed:
    return DiskFailed(
        _(
            "The disk failed while the store {store} was used ({detail}): check it, and"
            " whether a quota is used up."
        ).format(store=where, detail=detail)
    )


def perhaps_stored(error: Error | MemoryError, where: str) -> StoreError | None:
    """The sentence for an error of a COMMIT that has ended the transaction, where it may be stored
    all the same; None where it is not.

    SQLite writes the log, has the disk keep it, and notes in the memory that all share how far it
    goes. When one of the last two fails, the transaction is whole in the log, and is found there
    if everybody ends before the next one overwrites it. No memory may also be left for Python to
    say that all went well.
    """
    detail = getattr(error, "sqlite_errorname", "") or type(error).__name__
    code = getattr(error, "sqlite_errorcode", 0)
    failed: type[StoreError] = DiskFailed
    if isinstance(error, MemoryError):
        failed = Exhausted
    elif code & 0xFF != _IOERR or code == _IOERR_WRITE or _largest_file():
        return None  # the log could not be written, so it is not whole
    sentence = _(
        "Nobody can tell whether this was stored: the store {store} failed at that very moment"
        " ({detail})."
    ).format(store=where, detail=detail)
    return failed(f"{sentence} {_('Look what was done before you try again.')}")


def closed(where: str) -> StoreClosed:
    return StoreClosed(
        _(
            "This program had to let go of the store {store}, since something failed there that"
            " could not be undone: end it and start it again."
        ).format(store=where)
    )


def damaged(where: str, detail: str) -> StoreDamaged:
    return StoreDamaged(
        _(
            "{store} is not a sound omnitui store ({detail}): "
            "run `omnitui check`, or restore a backup."
        ).format(store=where, detail=detail)
    )


def _by_words(text: str) -> int:
    """The primary code by SQLite's own words, where the driver gives no code (backups)."""
    known = {
        "is full": _FULL,
        "is locked": _BUSY,
        "readonly": _READONLY,
        "unable to open": _CANTOPEN,
        "malformed": _CORRUPT,
        "not a database": _NOTADB,
        "disk I/O": _IOERR,
    }
    return next((code for words, code in known.items() if words in text), 0)


def _no_room(where: str) -> bool:
    """Not even a page is left on the disk of the store at `where`, or no place for a file."""
    try:
        found = os.statvfs(Path(where).parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < 65536 or (found.f_files > 0 and found.f_favail == 0)


def _mounted_read_only(where: str) -> str:
    try:
        flags = os.statvfs(Path(where).parent).f_flag
    except OSError:
        return ""
    if not flags & os.ST_RDONLY:
        return ""
    return _(
        "The disk of {store} is mounted read-only, as a system does with one that fails: look into"
        " its log (dmesg), and mount it for writing."
    ).format(store=where)


def _largest_file() -> int:
    """Bytes that this process may write into one file; 0: as many as there are."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return 0 if limit == resource.RLIM_INFINITY else limit


def _no_files() -> bool:
    """This process may not open as many more files as a store needs: SQLite says only that it
    cannot open, and has let go of those that it had."""
    opened: list[int] = []
    try:
        for _file in range(_FILES_OF_A_STORE):
            opened.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return error.errno in _FILES_ERRNOS
    finally:
        for number in opened:
            os.close(number)
    return False


def from_sqlite(error: Error, where: str) -> StoreError:
    """The sentence for an error of SQLite on the store at `where`."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = _by_words(str(error)) if code is None else code & 0xFF
    if primary in (_BUSY, _LOCKED, _PROTOCOL):
        return locked(where)
    if primary == _READONLY and _is_writable(where):
        return StoreWritable(
            _(
                "The store {store} could not be written when this program opened it, and can be"
                " now: end the program and start it again."
            ).format(store=where)
        )
    if primary in (_READONLY, _PERM, _AUTH):
        return read_only(where)
    if primary == _FULL:
        return disk_full(where)
    if primary in (_CORRUPT, _NOTADB):
        return damaged(where, str(error))
    if primary == _NOMEM:
        return no_memory(where)
    if primary in (_CANTOPEN, _IOERR) and _no_files():
        return no_files(where)
    if primary == _CANTOPEN:
        return StoreReadOnly(
            why_closed(Path(where))
            or _(
                "The store {store} cannot be opened: check that its directory exists "
                "and that this user may read and write it."
            ).format(store=where)
        )
    if primary == _IOERR and _no_room(where):  # the file that readers and writers share
        return disk_full(where)
    if primary == _IOERR and (limit := _largest_file()):
        return DiskFull(
            _(
                "This login may write no file of more than {size} kB, and the store {store} has"
                " to: nothing was stored; ask for that limit to be taken off (ulimit -f)."
            ).format(size=limit // 1000, store=where)
        )
    if primary == _IOERR:
        return disk_failed(where, getattr(error, "sqlite_errorname", "") or str(error))
    return StoreError(
        _("The store {store} could not do that ({detail}): run `omnitui check`.").format(
            store=where, detail=error
        )
    )


def from_value(error: OverflowError | UnicodeEncodeError) -> StoreError | None:
    """The sentence for a value that SQLite cannot take; None for such an error of another kind."""
    if isinstance(error, UnicodeEncodeError):
        if error.reason != "surrogates not allowed":
            return None
        return StoreError(_("This text has bytes that are no UTF-8: it cannot be stored so."))
    if "SQLite" not in str(error):
        return None
    return NotFound(_("There is nothing with so long a number."))


def from_os(error: OSError, where: str) -> StoreError:
    """The sentence for an error of the file system on something of the store."""
    if error.errno in _FULL_ERRNOS:
        return disk_full(where)
    if error.errno in _READONLY_ERRNOS:
        return read_only(where)
    if error.errno in _FILES_ERRNOS:
        return no_files(where)
    if error.errno == errno.ENOMEM:
        return no_memory(where)
    if error.errno == errno.EIO:
        return disk_failed(where, "EIO")
    return StoreError(
        _("{store} could not be read or written ({detail}).").format(
            store=where, detail=error.strerror or error
        )
    )


_UNLOADABLE = (
    "shared object", "allocate", "open files", "zero-fill pages", "memory protection",
    "segment prot", "out of memory", "cannot create", "cannot read file data",
)  # fmt: skip
"""What dlopen(3) says of a library that it has no memory or files for (glibc: elf/dl-*.c)."""


def is_shortage(error: BaseException) -> bool:
    """Whether the system gave no more memory, threads or open files: nothing is wrong here, and it
    passes."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_shortage, error.exceptions))
    if isinstance(error, ImportError):  # of a library that finds no room
        return any(words in str(error) for words in _UNLOADABLE)
    if isinstance(error, RuntimeError):
        return "start new thread" in str(error)  # threading has no errno for it
    if isinstance(error, OSError):
        return error.errno in _FILES_ERRNOS or error.errno == errno.ENOMEM
    return isinstance(error, MemoryError)
