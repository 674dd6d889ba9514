"""The practice desk's own relay: a page with the chat on it, on this machine alone, so that one
can write to oneself and answer."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.edit import ConfigFile
from config.model import Home

ACCOUNT = "site"
PATIENCE = 15.0
"""Seconds that it gets to start, and to end."""
_LISTENING = re.compile(r"listening on (http://\S+)")
_LOCAL = re.compile(r"http://(127\.0\.0\.1:\d+)$")


def log_file(home: Home) -> Path:
    """Where it logs."""
    return home.state / "relay.log"


@contextmanager
def running(home: Home) -> Iterator[str]:
    """The relay as a process of its own; yields the page's address, "" if it does not start:
    the practice desk works without it. A tab that is still open from the last time goes on: it is
    where it was then, if nobody else is there now."""
    home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    process, address = _start(home, _last(home))
    if not address:
        _end(process)
        process, address = _start(home, "127.0.0.1:0")
    try:
        if address:
            _lead_to(home, address)
        yield address
    finally:
        _end(process)


def _start(home: Home, listen: str) -> tuple[subprocess.Popen[bytes], str]:
    command = ["relay", "--test-page", "--listen", listen, "--parent-pipe", "0"]
    with log_file(home).open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "omnitui", "--home", str(home.config), *command],
            # Its end is this pipe's: however the demo ends, nothing is left running.
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return process, _address(process, log_file(home))


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last(home: Home) -> str:
    """Host and port of the last time; at first the usual ones."""
    file = ConfigFile(home.config_file, home.config_file.read_text(encoding="utf-8"))
    found = _LOCAL.search(str(file.accounts.get(ACCOUNT, {}).get("relay", "")))
    return found[1] if found else "127.0.0.1:0"


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if found := _LISTENING.search(log.read_text(encoding="utf-8", errors="replace")):
            return found[1]
        time.sleep(0.05)
    return ""


def _lead_to(home: Home, address: str) -> None:
    """The desk's account of the chat is at this relay: its port is another one each time."""
    file = ConfigFile(home.config_file, home.config_file.read_text(encoding="utf-8"))
    file.set_account(ACCOUNT, {"relay": address, "page": f"{address}/", "address": address})
    file.save()
