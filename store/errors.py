"""How a store fails. `str()` is one sentence for the user that says what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from store.wording import _

if TYPE_CHECKING:
    from sqlite3 import Error


class StoreError(Exception):
    """Any failure of the store. Nothing of the failed transaction was stored."""


class StoreMissing(StoreError):
    """There is no store yet."""


class StoreTooNew(StoreError):
    """The store was written by a newer omnitui."""


class StoreLocked(StoreError):
    """Another process kept the store locked for too long."""


class StoreReadOnly(StoreError):
    """The store, or its directory, may not be written."""


class DiskFull(StoreError):
    """No room left for the store or its attachments."""


class DiskFailed(StoreError):
    """The disk could not read or write what was asked."""


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
_PERM, _AUTH, _PROTOCOL = 3, 23, 15
_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READONLY_ERRNOS = {errno.EROFS, errno.EACCES, errno.EPERM}


def locked(where: str) -> StoreLocked:
    return StoreLocked(
        _(
            "The store {store} stayed locked by another program: try again, "
            "and look for a process that holds it (`fuser {store}`)."
        ).format(store=where)
    )


def read_only(where: str) -> StoreReadOnly:
    return StoreReadOnly(
        _(
            "The store {store} cannot be written: give this user write access "
            "to it and to its directory."
        ).format(store=where)
    )


def disk_full(where: str) -> DiskFull:
    return DiskFull(
        _(
            "No room left on the disk of {store}: nothing was stored; make room and try again."
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


def from_sqlite(error: Error, where: str) -> StoreError:
    """The sentence for an error of SQLite on the store at `where`."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = _by_words(str(error)) if code is None else code & 0xFF
    if primary in (_BUSY, _LOCKED, _PROTOCOL):
        return locked(where)
    if primary in (_READONLY, _PERM, _AUTH):
        return read_only(where)
    if primary == _FULL:
        return disk_full(where)
    if primary in (_CORRUPT, _NOTADB):
        return damaged(where, str(error))
    if primary == _CANTOPEN:
        return StoreReadOnly(
            _(
                "The store {store} cannot be opened: check that its directory exists "
                "and that this user may read and write it."
            ).format(store=where)
        )
    if primary == _IOERR and _no_room(where):  # the file that readers and writers share
        return disk_full(where)
    if primary == _IOERR:
        return DiskFailed(
            _("The disk failed while the store {store} was used ({detail}): check it.").format(
                store=where, detail=getattr(error, "sqlite_errorname", "") or error
            )
        )
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
    return StoreError(
        _("{store} could not be read or written ({detail}).").format(
            store=where, detail=error.strerror or error
        )
    )
