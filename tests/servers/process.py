"""Starting servers as direct children that can be ended at once, with everything below them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

MAIL_USER = "omnimail"
"""The unprivileged user that servers run as when the tests run as root."""


def require(*programs: str, package: str) -> None:
    """Skip the test when a server is not installed; CI turns such a skip into a failure."""
    for program in programs:
        if not executable(program):
            pytest.skip(f"real server missing: {program} (apt install {package})")


def executable(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def short_directory(prefix: str) -> Path:
    """A directory other users may enter, short enough for unix sockets (108 bytes)."""
    directory = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir="/tmp"))
    directory.chmod(0o755)
    return directory


def server_user() -> pwd.struct_passwd:
    """Who servers run as: an unprivileged user made on first use, or whoever runs the tests."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam(MAIL_USER)
    except KeyError:
        # Another test process may be doing the same: the name being there is what counts.
        subprocess.run(
            [executable("useradd") or "useradd", "-r", "-M", "-d", "/nonexistent", MAIL_USER],
            check=False,
            capture_output=True,
        )
        return pwd.getpwnam(MAIL_USER)


class ServerProcess:
    """One server with all its children in a process group of its own."""

    def __init__(
        self, argv: Sequence[str], log: Path, *, user: pwd.struct_passwd | None = None
    ) -> None:
        self.argv = list(argv)
        self.log = log
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, port: int, *, banner: bytes, seconds: float = 20.0) -> None:
        """Start and wait until `port` greets with `banner`."""
        other = self.user if os.getuid() == 0 else None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=other.pw_uid if other else None,
                group=other.pw_gid if other else None,
                extra_groups=[] if other else None,
            )
        deadline = time.monotonic() + seconds
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as probe:
                    probe.settimeout(5)
                    if probe.recv(200).startswith(banner):
                        return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.argv[0]} did not start:\n{self.log.read_text()}")
            time.sleep(0.005)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the whole group at once, as a crash does."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait(20)
        self.process = None

    def end(self, seconds: float = 2.0) -> None:
        """Ask it to end, as an administrator does; insist after so many seconds."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()

    def freeze(self) -> None:
        """Stop answering without closing anything."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGCONT)
