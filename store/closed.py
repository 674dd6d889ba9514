"""Which file of a team's store is closed to whoever runs the program, and whose it is.

The files belong to a group; one that somebody made or changed by hand stops all the others.
"""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from store.wording import _


def why_closed(path: Path) -> str:
    """One sentence about the first file of the store at `path` that this process may not use and
    that is another user's; "" where there is none: a disk that is mounted read-only is no such
    case."""
    parents = [*reversed(path.parents)]
    beside = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    for place in (*parents, *beside):
        try:
            found = place.stat()
        except PermissionError:
            return ""
        except OSError:
            continue
        needed = 0o6 if place in beside else 0o3 if place == path.parent else 0o1
        if _rights(found) & needed != needed and found.st_uid != os.geteuid():
            return _(
                "{path} belongs to {owner} and is closed to you (mode {mode}): tell who looks"
                " after the desk; “sudo omnitui doctor” says what to do."
            ).format(path=place, owner=_name(found.st_uid), mode=f"{found.st_mode & 0o7777:04o}")
    return ""


def _rights(found: os.stat_result) -> int:
    """What this process may do with a file by its mode: 4 to read, 2 to write, 1 to enter."""
    mode = stat.S_IMODE(found.st_mode)
    if os.geteuid() == 0:
        return 0o7
    if found.st_uid == os.geteuid():
        return mode >> 6
    if found.st_gid in {os.getegid(), *os.getgroups()}:
        return mode >> 3 & 0o7
    return mode & 0o7


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
