"""Whether the process of a screen still lives: one that was killed says no good-bye."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def name_of_this() -> str:
    """`host:pid:start`: what this process's screen is called in the store. `start` (proc(5)) tells
    it from a later process of the same number."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}"


def is_dead(screen: str) -> bool:
    """Whether the screen's process is known to be gone. Never of one on another machine, or in
    another container: those are forgotten when they have been silent for long enough."""
    host, _colon, rest = screen.partition(":")
    number, _colon, begun = rest.partition(":")
    if host != socket.gethostname() or not number.isdecimal() or not begun:
        return False
    pid = int(number)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass  # another user's: it lives
    started = _started(pid)
    return bool(started) and started != begun


def _started(pid: int) -> str:
    """In clock ticks since the machine started; "" where /proc does not tell."""
    try:
        # The command's name, in brackets, may hold anything.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19]
    except (OSError, IndexError):
        return ""
