"""A store that a Unix group shares: what one of them makes, all can read, whatever the umask.

A directory that its group may write (a team's, mode 2770) says so; else files are as they are.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

_NOT_ELSEWHERE = getattr(os, "O_PATH", os.O_RDONLY) | os.O_NOFOLLOW | os.O_CLOEXEC
"""The file itself is not opened: closing it would end SQLite's locks."""


def share(path: Path, *, writable: bool = True) -> None:
    """Open what was just made in a shared directory to its group: a file 0660, or 0640 where
    nobody changes it any more, a directory 2770. What root makes belongs to whom the directory
    belongs to. Raises OSError; nothing happens where others share nothing."""
    above = path.parent.stat()
    if not above.st_mode & stat.S_IWGRP:
        return
    # Whoever writes there may have put a link in its place: that is no way to files elsewhere.
    handle = os.open(path, _NOT_ELSEWHERE)
    try:
        found = os.fstat(handle)
        if stat.S_ISLNK(found.st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        pinned = f"/proc/self/fd/{handle}" if hasattr(os, "O_PATH") else path
        if os.geteuid() == 0:
            os.chown(pinned, above.st_uid, above.st_gid)
        of_files = 0o660 if writable else 0o640
        wanted = 0o770 | stat.S_ISGID if stat.S_ISDIR(found.st_mode) else of_files
        if stat.S_IMODE(found.st_mode) != wanted:
            Path(pinned).chmod(wanted)
    finally:
        os.close(handle)


def make_directory(path: Path) -> None:
    """A directory, open to the group from its first moment where the one above is: whoever comes
    between its making and its opening could not write into it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.mkdir()
    try:
        share(fresh)
        fresh.rename(path)
    except OSError:
        with suppress(OSError):
            fresh.rmdir()
        if not path.is_dir():  # else another one was faster
            raise
