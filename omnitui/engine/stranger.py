"""Who holds the engine's lock and is no engine: then nothing comes in or goes out, and everything
looks as if one ran."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path

from config.i18n import _
from omnitui.engine.lock import Holder

LOCKS = Path("/proc/locks")
_LINE = re.compile(r"\d+: FLOCK +\w+ +WRITE (\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) ")
"""proc_locks(5)"""


def stranger(path: Path, holder: Holder) -> str:
    """One sentence about a program that holds the lock at `path` and is not who wrote itself into
    it; "" where that is the engine, or where the system does not say."""
    holders = _holders(path)
    if not holders or holder.pid in holders:
        return ""
    pid = holders[0]
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
        uid = Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return ""
    return _(
        "The engine's lock {path} is held by process {pid} ({name}) of {user}, which is no engine:"
        " end it, then start the engine."
    ).format(path=path, pid=pid, name=name, user=_user(uid))


def _holders(path: Path) -> list[int]:
    try:
        text, found = LOCKS.read_text(encoding="ascii"), path.stat()
    except (OSError, UnicodeDecodeError):
        return []
    place = (os.major(found.st_dev), os.minor(found.st_dev), found.st_ino)
    return [
        int(line[1])
        for line in map(_LINE.match, text.splitlines())
        if line and (int(line[2], 16), int(line[3], 16), int(line[4])) == place
    ]


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
