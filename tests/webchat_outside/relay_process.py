"""`omnitui relay` as its owner starts it: a config.toml as in the design, and a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LISTENS = "listening on "


def config(home: Path, listen: str = "127.0.0.1:0") -> str:
    """The design's example, with the optional keys of one site left out."""
    for name in ("desk-token", "identity", "other-token"):
        (home / name).write_text(f"{name}-{'0123456789abcdef' * 2}\n")
        (home / name).chmod(0o600)
    return f"""
[relay]
listen   = "{listen}"
[relay.limits]
connections_per_address = 50
messages_per_minute     = 60
[relay.sites.acme]
desk_token      = "file:{home}/desk-token"
allowed_origins = ["https://acme.example"]
identity_secret = "file:{home}/identity"
[relay.sites.other]
desk_token      = "file:{home}/other-token"
allowed_origins = ["https://other.example"]
"""


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[str]:
    """Gives its address; ends it by SIGTERM, after which its exit code has to be 0."""
    process = subprocess.Popen(
        [sys.executable, "-m", "omnitui", "--home", str(home), "relay", *arguments],
        env={**os.environ, "NO_PROXY": "*"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if LISTENS in line:
                yield line.split(LISTENS)[1].strip()
                break
        else:
            raise AssertionError(f"it does not listen: {said}")
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=15)[1]
        assert process.returncode == 0, rest
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
