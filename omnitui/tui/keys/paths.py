"""Paths as they are completed on the `:` line: the newest first, since that is what was saved to
be sent."""

from __future__ import annotations

import datetime as dt
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from config.access import ANYWHERE, Access
from omnitui.desk import places
from omnitui.tui.widgets.file_words import size

LOOKED_AT = 5000
"""Entries of one directory."""
MOST = 200


@dataclass(frozen=True, slots=True)
class PathCandidate:
    value: str
    """The path as it was begun, `~` and all; a directory ends in a slash."""
    shown: str
    hint: str


def path_candidates(typed: str, access: Access = ANYWHERE) -> list[PathCandidate]:
    """How a path may go on. Looks at the disk; what cannot be read, or is not for this session,
    holds nothing."""
    typed = typed.lstrip("'\"")
    if typed.startswith("~") and "/" not in typed:
        typed += "/"
    head, slash, begun = typed.rpartition("/")
    directory = places.whole(access, head + slash)
    looked_at = places.listed(access, directory)
    if looked_at is None:
        return _allowed(typed, access)
    begun = _folded(begun)
    found: list[tuple[float, PathCandidate]] = []
    for entry in _entries(str(looked_at)):
        name = _folded(entry.name)
        if not name.startswith(begun) or (name.startswith(".") and not begun.startswith(".")):
            continue
        try:
            below = entry.is_dir(follow_symlinks=not access.locked)
            state = entry.stat(follow_symlinks=not access.locked)
        except OSError:
            continue
        end = "/" if below else ""
        when = dt.datetime.fromtimestamp(state.st_mtime).astimezone().strftime("%Y-%m-%d %H:%M")
        hint = when if below else f"{size(state.st_size)} · {when}"
        candidate = PathCandidate(head + slash + entry.name + end, entry.name + end, hint)
        found.append((-state.st_mtime, candidate))
    found.sort(key=lambda one: (one[0], one[1].value))
    return [candidate for _age, candidate in found[:MOST]]


def _allowed(typed: str, access: Access) -> list[PathCandidate]:
    """The directories that files may go from and to, as far as they begin like that."""
    begun = os.path.expanduser(typed)  # noqa: PTH111
    names = [f"{one}/" for one in access.directories]
    return [PathCandidate(name, name, "") for name in names if name.startswith(begun)]


def _entries(directory: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            yield from islice(entries, LOOKED_AT)
    except (OSError, ValueError):
        return


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
