"""Where files may be taken from and put: anywhere, or for a locked session below the directories
that team.toml names.

Hidden files are nobody's there: `.ssh`, `.profile` and the like would be ways out. A path is
walked piece by piece and no symbolic link is followed, so that what was looked at is what is
opened, whoever moves things meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from config.access import Access
from config.i18n import _
from omnitui.desk.command import CommandError
from store.errors import StoreError

_STEP = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def whole(access: Access, name: str | Path) -> Path:
    """The path that a name means: `~` is the agent's home; a bare name is one in the first
    allowed directory, or where omnitui was started."""
    path = Path(os.path.expanduser(name))  # noqa: PTH111 (pathlib's raises where nobody has)
    if access.locked and not path.is_absolute() and access.directories:
        return access.directories[0] / path
    return path


def inside(access: Access, path: Path) -> bool:
    """Whether files may go from or to there, by the path alone: looks at no disk."""
    return not access.locked or _top(access, path) is not None


def check(access: Access, path: Path) -> None:
    """Raises `CommandError` where files may not go from or to there."""
    if not inside(access, path):
        raise CommandError(_outside(access))


@contextlib.contextmanager
def to_read(access: Access, path: Path) -> Iterator[Path]:
    """A path by which the file is read, and no other that is put in its place.

    Raises `CommandError` for what is no regular file in an allowed directory; OSError.
    """
    if not access.locked:
        yield path
        return
    with _parent(access, path) as (above, name):
        try:
            handle = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above
            )
        except FileNotFoundError:
            raise CommandError(_("There is no file {path}.").format(path=path)) from None
        except OSError as error:
            raise CommandError(_no_way(path, error)) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise CommandError(_("There is no file {path}.").format(path=path))
        yield Path(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)


@contextlib.contextmanager
def to_write(access: Access, path: Path) -> Iterator[Path]:
    """A path to make something new by; the directory above it stays the one that was looked at.

    Raises `CommandError`. What the block raises speaks of the path as it was given.
    """
    if not access.locked:
        yield path
        return
    with _parent(access, path) as (above, name):
        pinned = Path(f"/proc/self/fd/{above}") / name
        try:
            yield pinned
        except (CommandError, StoreError) as error:
            error.args = tuple(
                str(one).replace(str(pinned), str(path)).replace(str(pinned.parent),
                                                                 str(path.parent))
                for one in error.args
            )  # fmt: skip
            raise


def directory(access: Access, usual: Path) -> Path:
    """Where files are saved whose place nobody named. Raises `CommandError`."""
    if not access.locked:
        return usual
    for one in access.directories:
        if one.is_dir() and os.access(one, os.W_OK):
            return one
    if access.directories:
        raise CommandError(
            _("There is no directory {path} that you may write to; who looks after the desk can"
              " make it.").format(path=access.directories[0])
        )  # fmt: skip
    raise CommandError(_outside(access))


def listed(access: Access, path: Path) -> Path | None:
    """A path by which a directory is listed; None where it may not be looked at."""
    if not access.locked:
        return path
    return path if inside(access, path) and not _has_link(access, path) else None


def _top(access: Access, path: Path) -> Path | None:
    """The allowed directory that it is in, by its name."""
    if ".." in path.parts or "\0" in str(path):
        return None
    for one in access.directories:
        if path.is_relative_to(one) and not any(
            piece.startswith(".") for piece in path.relative_to(one).parts
        ):
            return one
    return None


@contextlib.contextmanager
def _parent(access: Access, path: Path) -> Iterator[tuple[int, str]]:
    """The directory above, held open, and the name in it."""
    top = _top(access, path)
    if top is None or path == top:
        raise CommandError(_outside(access))
    pieces = path.relative_to(top).parts
    handle = -1
    try:
        handle = os.open(top, _STEP)
        for piece in pieces[:-1]:
            below = os.open(piece, _STEP, dir_fd=handle)
            os.close(handle)
            handle = below
    except OSError as error:
        if handle >= 0:
            os.close(handle)
        raise CommandError(_no_way(path, error)) from error
    try:
        yield handle, pieces[-1]
    finally:
        os.close(handle)


def _has_link(access: Access, path: Path) -> bool:
    try:
        with _parent(access, path / "x"):
            return False
    except CommandError:
        return True


def _no_way(path: Path, error: OSError) -> str:
    return _(
        "{path} cannot be opened: {why}. Links are not followed here."
    ).format(path=path, why=error.strerror)  # fmt: skip


def _outside(access: Access) -> str:
    if not access.directories:
        return _(
            "No file goes in or out here: who looks after the desk can name a directory for them"
            " ([locked] directories in team.toml)."
        )
    return _(
        "Files go from and to {directories} alone: who looks after the desk can name others"
        " ([locked] directories in team.toml)."
    ).format(directories=", ".join(map(str, access.directories)))
