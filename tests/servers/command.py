"""`omnitui`, as users start it, but forked from a process that has imported it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from tests.servers.forked import Forked, fork, run

ENGINE = (
    "omnitui.engine.main",
    "connectors.email.connector",
    "connectors.telegram.connector",
    "connectors.webchat.connector",
)
_DESK = (*ENGINE, "omnitui.cli.init", "omnitui.cli.doctor", "omnitui.cli.reply", "omnitui.cli.do")
_SETTING_UP = (
    *_DESK, "omnitui.cli.init_questions", "omnitui.cli.init_telegram", "omnitui.cli.init_trial",
    "omnitui.cli.init_webchat", "omnitui.cli.init_writing",
)  # fmt: skip
_SCREEN = (
    "omnitui.cli.screen", "omnitui.tui.app", "omnitui.tui.commands", "omnitui.tui.link.remote",
    "omnitui.tui.station.remote", "textual.drivers.headless_driver", "textual.pilot",
)  # fmt: skip
RELAY = ("store.driver", "omnitui.cli.relay", "connectors.webchat.relay.app")


def omnitui(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return run("omnitui.cli.main", *argv, stdin=stdin, preload=_DESK)


def omnitui_at(home: Path, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return omnitui("--home", str(home), *argv, stdin=stdin)


def start_omnitui(home: Path, *argv: str, log: BinaryIO) -> Forked:
    """One that stays, in a session of its own: `serve` or `relay`."""
    return fork(
        "omnitui.cli.main", "--home", str(home), *argv,
        stdout=log.fileno(), stderr=log.fileno(), start_new_session=True,
        preload=RELAY if argv[0] == "relay" else _DESK,
    )  # fmt: skip


def omnitui_on_a_terminal(
    *argv: str, env: Mapping[str, str], size: tuple[int, int] = (80, 24)
) -> tuple[Forked, int]:
    """On a new pseudo-terminal: the process, and the side of the person who sits there."""
    screen = argv[0] == "--home" and len(argv) == 2
    if screen:  # nobody who is shown round: that is a test of its own
        state = Path(argv[1]) / "state"
        state.mkdir(mode=0o700, exist_ok=True)
        (state / "tour").touch()
    columns, rows = size
    ours, its = pty.openpty()
    try:
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        preload = _SCREEN if screen else _SETTING_UP
        return fork("omnitui.cli.main", *argv, terminal=its, env=env, preload=preload), ours
    finally:
        os.close(its)
