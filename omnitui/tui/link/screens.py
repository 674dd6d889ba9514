"""Talking to the screens that run, from another program of the same user."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.i18n import _
from config.model import Home
from omnitui.tui.link import sockets

CONNECT = 1.0
"""Seconds that a screen may take to say what is on it."""
LONGEST = 45.0
"""Seconds that it may take with commands."""


class NoScreen(Exception):
    """There is no such screen, or it gives no answer; `str()` is a sentence."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One that runs."""

    path: Path
    state: Mapping[str, Any]

    @property
    def number(self) -> int:
        return int(self.state.get("screen") or 0)


def running(home: Home) -> list[Screen]:
    """This user's screens on this desk, the last used first."""
    found = []
    for path in dict.fromkeys(sockets.sockets(home)):
        with contextlib.suppress(NoScreen):
            found.append(Screen(path, ask(path, {}, CONNECT)["state"]))
    return sorted(found, key=lambda screen: str(screen.state.get("last_key_at")), reverse=True)


def choose(home: Home, number: int | None) -> Screen:
    """The screen of that number; else the one that started this program, else the last used.
    Raises `NoScreen`."""
    inside = os.environ.get(sockets.VARIABLE, "")
    if number is None and Path(inside).parent in sockets.directories(home):
        return Screen(Path(inside), ask(Path(inside), {}, CONNECT)["state"])
    found = running(home)
    for screen in found:
        if number is None or screen.number == number:
            return screen
    if number is None or not found:
        raise NoScreen(_("No screen of yours is open on this desk: start “omnitui”."))
    known = ", ".join(str(screen.number) for screen in found)
    raise NoScreen(
        _("There is no screen {number}; there is: {known}.").format(number=number, known=known)
    )


def ask(path: Path, request: Mapping[str, Any], seconds: float = LONGEST) -> dict[str, Any]:
    """One request, one answer. Raises `NoScreen`."""
    silent = NoScreen(_("The screen at {path} gives no answer.").format(path=path))
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(seconds)
            end.connect(str(path))
            if sockets.peer_uid(end) != os.geteuid():
                raise NoScreen(_("{path} belongs to another user.").format(path=path))
            end.sendall(json.dumps(dict(request)).encode() + b"\n")
            with end.makefile("rb") as answer:
                read = json.loads(answer.readline())
    except (OSError, ValueError) as error:
        raise silent from error
    if not isinstance(read, dict) or not isinstance(read.get("state"), dict):
        raise silent
    return read
