"""Files as people name them: a path, a pattern, or what a terminal types when files are dropped
on it: paths that are quoted, escaped, or `file://` addresses, one or several."""

from __future__ import annotations

import glob
import os
import re
import shlex
from itertools import islice
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from config.access import ANYWHERE, Access
from omnitui.desk import places

MOST = 50
"""Files at a time: what names more was no choice of files."""
_BEGINS = re.compile(r"""\s*['"]?(?:/|~[\w.-]*/|file://)""")
_PATTERN = re.compile(r"[*?\[]")


def may_be_paths(text: str) -> bool:
    """Whether a pasted text looks like full paths; cheap, and looks at no disk."""
    return len(text) < 20_000 and _BEGINS.match(text) is not None


def dropped(text: str, access: Access = ANYWHERE) -> list[Path]:
    """The files that a pasted text names, when it is nothing but full paths of files that are
    there and may be taken; else none. Looks at the disk."""
    if not may_be_paths(text):
        return []
    whole = _file(text.strip(), access)
    if whole is not None and whole.is_absolute():
        return [whole]
    words = _words(text)
    files = [_file(word, access) for word in words if _BEGINS.match(word)]
    found = [file for file in files if file is not None]
    return list(dict.fromkeys(found)) if len(found) == len(words) <= MOST else []


def named(text: str, access: Access = ANYWHERE) -> list[Path]:
    """The files that a command's argument names: one path, blanks and all, several quoted ones,
    or those that fit a pattern (`~/scans/*.pdf`). Looks at the disk."""
    plain = text.strip()
    if (whole := _file(plain, access)) is not None:
        return [whole]
    if several := dropped(plain, access):
        return several
    if _PATTERN.search(plain) and "\0" not in plain:
        pattern = str(places.whole(access, plain))
        if not places.inside(access, Path(_PATTERN.split(pattern)[0]).parent / "x"):
            return []
        fitting = glob.iglob(pattern)  # noqa: PTH207
        files = [_file(path, access) for path in sorted(islice(fitting, 20 * MOST))]
        return [file for file in files if file is not None]
    return []


def expanded(name: str) -> Path:
    """The path with `~` made the home it stands for, where somebody has one."""
    return Path(os.path.expanduser(name))  # noqa: PTH111 (pathlib's raises where nobody has)


def _words(text: str) -> list[str]:
    """One word a path: as a shell would split it, else line by line."""
    try:
        return shlex.split(text)
    except ValueError:
        return [line.strip() for line in text.splitlines() if line.strip()]


def _file(name: str, access: Access) -> Path | None:
    """The regular file of that name; None when there is none, or it may not be taken."""
    try:
        if name.startswith("file://"):
            parts = urlsplit(name)
            if parts.hostname not in (None, "", "localhost"):
                return None
            name = os.fsdecode(unquote_to_bytes(parts.path))
        path = places.whole(access, name)
        allowed = places.inside(access, path)
        return path.absolute() if name and allowed and path.is_file() else None
    except (OSError, ValueError):
        return None
