"""A process of the team's desk as the harness wants it: one Unix user's, with the town's clock,
and perhaps with a trap.

`python -m tests.team_faults.process JSON ARGUMENT…`: `engine HOME` is an engine on the town's
channels, everything else `omnitui ARGUMENT…`. The JSON: `name` and `uid` of who acts, `gid`,
`clock` (a file of eight bytes: nanoseconds by which the clock is wrong), `trap`, `stacks` (where it
appends on SIGUSR1 what it is doing).
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import mmap
import os
import pwd
import signal
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from config import access
from config.home import find_home
from config.load import load
from omnitui.cli.main import main as omnitui
from omnitui.desk.replying import outbox
from omnitui.engine.main import serve
from omnitui.engine.registry import Connectors
from omnitui.tui import app
from store import database
from store.driver import Connection
from tests.engine.hurried import PACE
from tests.team_faults.channel import TownConnector

LOCK_TIMEOUT = 4.0
"""Seconds that are waited for a lock before it is said; the product waits longer."""
OFFSET = struct.Struct("q")

_KEEPCAPS, _VERSION_3, _READ_SEARCH = 8, 0x20080522, 2  # prctl(2), capset(2), capabilities(7)


def become(uid: int, gid: int) -> None:
    """This user, who may read whatever is needed to import, and write only what is theirs."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([gid])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    mask = 1 << _READ_SEARCH
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0)
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capset")


def live_by(clock: Path) -> None:
    """The wall clock of this process is as wrong as the file says, from moment to moment."""
    with clock.open("r+b") as file:
        wrong = mmap.mmap(file.fileno(), OFFSET.size)
    real = time.time_ns

    def time_ns() -> int:
        return int(real() + OFFSET.unpack(wrong[:])[0])

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9


def set_trap(kind: str, number: int) -> None:
    """`kill` or `stop` this process before the so many-th statement of a writing transaction;
    `told`: kill it when it is about to tell how it went; `sent`: when the channel has taken the
    so many-th message."""
    if kind == "told":
        write = sys.stdout.write

        def told(text: str) -> int:
            os.kill(os.getpid(), signal.SIGKILL)
            return write(text)

        sys.stdout.write = told  # type: ignore[method-assign]
        return
    if kind == "sent":
        TownConnector.left = number
        return
    left = number
    begin = database.begin

    def look(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL if kind == "kill" else signal.SIGSTOP)

    def trapped(db: Connection) -> None:
        begin(db)
        db.set_trace_callback(look)

    database.begin = trapped


def main() -> int:
    about: dict[str, Any] = json.loads(sys.argv[1])
    arguments = sys.argv[2:]
    os.umask(0o077)
    stacks = open(about["stacks"], "a")  # noqa: SIM115 (to the end)
    faulthandler.register(signal.SIGUSR1, stacks)
    if about["uid"]:
        become(about["uid"], about["gid"])
    who = SimpleNamespace(pw_name=about["name"], pw_dir=about["state"], pw_gid=about["gid"])
    access.__dict__["pwd"] = SimpleNamespace(getpwuid=lambda _uid: who, getpwnam=pwd.getpwnam)
    live_by(Path(about["clock"]))
    database.LOCK_TIMEOUT = LOCK_TIMEOUT
    app.PATIENCE = 2.0
    if about["trap"]:
        set_trap(*about["trap"])
    if arguments[0] == "engine":
        outbox.DELAYS = outbox.SLOW_DELAYS = (1,)  # type: ignore[assignment]
        return serve(
            load(find_home(Path(arguments[1]))),
            wait=True,
            connectors=Connectors({"scripted": TownConnector}),
            pace=PACE,
        )
    return omnitui(arguments)


if __name__ == "__main__":
    sys.exit(main())
