"""Who else can change a file: itself, or any directory on the way to it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from config.i18n import _

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def why_not_private(path: Path) -> str:
    """Why others than this process's user and root can change a file, one sentence; "" when
    nobody else can, or it is not there.

    Access control lists count: their mask is what the group's bits show. A directory with the
    sticky bit (`/tmp`) lets nobody touch what is another's.
    """
    real = Path(os.path.realpath(path))
    written = Path(os.path.abspath(path))  # noqa: PTH100 - a link on the way can be changed, too
    for place in dict.fromkeys((real, *real.parents, *written.parents)):
        try:
            found = place.stat()
        except OSError:
            continue
        if found.st_uid not in (0, os.geteuid()):
            return _("{path} belongs to another user.").format(path=place)
        sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        if found.st_mode & _OTHERS and not sticky:
            return _("Others can write {path}: “chmod go-w {path}” changes that.").format(
                path=place
            )
    return ""
