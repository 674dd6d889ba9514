"""`omnitui`, as users start it, but forked from a process that has imported it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import BinaryIO

from tests.servers.forked import Forked, fork, run

_ENGINE = (
    "omnitui.engine.main",
    "connectors.email.connector",
    "connectors.telegram.connector",
    "connectors.webchat.connector",
)
_DESK = (*_ENGINE, "omnitui.cli.init", "omnitui.cli.doctor", "omnitui.cli.reply", "omnitui.cli.do")
_RELAY = ("store.driver", "omnitui.cli.relay", "connectors.webchat.relay.app")


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
        preload=_RELAY if argv[0] == "relay" else _DESK,
    )  # fmt: skip
