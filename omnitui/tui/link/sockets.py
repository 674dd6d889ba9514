"""Where the sockets of running screens are: a private directory, one for each desk.

Used by the screen and by the programs that talk to one; imports neither's libraries.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import stat
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from config.model import Home

VARIABLE = "OMNITUI_SOCKET"
"""Names the screen's socket to what it starts."""
LONGEST = 100
"""Bytes of a path that a Unix socket can have everywhere (unix(7): 108)."""
MOST = 64 * 1024
"""Bytes of one request or answer's line."""
_PEER = struct.Struct("3i")


def directories(home: Home) -> Iterator[Path]:
    """Where this user's screens on this desk may have their sockets, the best place first."""
    desk = hashlib.sha256(os.path.realpath(home.store_file).encode()).hexdigest()[:16]
    user = os.geteuid()
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [Path(named) / "omnitui"] if named.startswith("/") else []
    # A job without a session looks where the session's screen is.
    places.append(Path(f"/run/user/{user}/omnitui"))
    places.append(home.state / "screens")
    places.append(Path(tempfile.gettempdir()) / f"omnitui-{user}")
    for place in dict.fromkeys(places):
        if len(os.fsencode(place / desk)) + len("/1234567890.sock") <= LONGEST:
            yield place / desk


def make_directory(home: Home) -> Path:
    """The first of them that is ours alone, made where need be. Raises `OSError`."""
    failed: OSError = FileNotFoundError("no place for a socket")
    for directory in directories(home):
        try:
            if directory.parent == home.state / "screens":
                home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            if directory.parent.parent.is_dir():
                for place in (directory.parent, directory):
                    place.mkdir(mode=0o700, exist_ok=True)
                    _own(place)
                return directory
        except OSError as error:
            failed = error
    raise failed


def _own(place: Path) -> None:
    """Raises `PermissionError` unless it is a directory of this user, closed to others."""
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{place} is not ours")
    if stat.S_IMODE(found.st_mode) & 0o077:
        place.chmod(0o700)


def sockets(home: Home) -> list[Path]:
    """Those of every screen of this user on this desk; some may be of screens that died."""
    found = []
    for directory in directories(home):
        with contextlib.suppress(OSError):
            if directory.lstat().st_uid == os.geteuid():
                found += sorted(directory.glob("*.sock"))
    return found


def remove_dead(directory: Path) -> None:
    """Take away what screens left that were killed."""
    for path in directory.glob("*.sock"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(0.2)
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()


class Connected(Protocol):
    """What of a socket asyncio shows."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes: ...


def peer_uid(connected: Connected) -> int:
    """Who is at the other end (SO_PEERCRED, unix(7))."""
    found = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return int(_PEER.unpack(found)[1])
