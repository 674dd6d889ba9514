"""Processes of tests that begin at once: each is forked from one that has imported all it needs.
What they do, how they end and what signals do to them is as if they were started anew.

`python -m tests.servers.forked FD MODULE…` is the process that forks.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
_STATUS = struct.Struct("i")
_MOST = 16
"""File descriptors that may come with one request."""
_HIGH = 512
"""Above all file descriptors of the process that forks."""
_ALWAYS = ("store.threaded", "asyncinotify")
"""What all of them import late; the second runs `ldconfig` for it."""


class Forked:
    """Behaves as `subprocess.Popen`."""

    def __init__(self, args: Sequence[str], pid: int, status: int) -> None:
        self.args = list(args)
        self.pid = pid
        self.returncode: int | None = None
        self._status = status
        self._looking = threading.Lock()

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Raises `subprocess.TimeoutExpired`."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self._look(0.5 if end is None else end - time.monotonic())) is None:
            if end is not None and time.monotonic() >= end:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float) -> int | None:
        with self._looking:
            if self.returncode is None and _readable(self._status, seconds):
                told = os.read(self._status, _STATUS.size)
                assert told, "the process that forks has ended"
                os.close(self._status)
                self.returncode = os.waitstatus_to_exitcode(_STATUS.unpack(told)[0])
            return self.returncode

    def __enter__(self) -> Forked:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.wait()


def fork(
    module: str,
    *argv: str,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    preload: tuple[str, ...] = (),
    pass_fds: Sequence[int] = (),
    start_new_session: bool = False,
    terminal: int | None = None,
    env: Mapping[str, str] | None = None,
) -> Forked:
    """Run the `main()` of a module, as `python -m MODULE ARGV…` in the project's directory.

    Args:
        stdin, stdout, stderr: descriptors; None is /dev/null.
        terminal: a descriptor that is all three, of the terminal that controls it.
        env: its environment; None is that of the test.
        preload: what it imports late.
        pass_fds: that it inherits, under the same numbers.
    """
    forker = _forker(os.getpid(), module, preload)
    with Path(os.devnull).open("r+b", buffering=0) as nothing:
        streams = [
            one if one is not None else terminal if terminal is not None else nothing.fileno()
            for one in (stdin, stdout, stderr)
        ]
        fds = {**dict(enumerate(streams)), **{fd: fd for fd in pass_fds}}
        asked = {
            "argv": argv,
            "env": dict(os.environ if env is None else env),
            "fds": list(fds),
            "session": start_new_session or terminal is not None,
            "terminal": terminal is not None,
        }
        return forker.fork(asked, list(fds.values()))


def run(
    module: str, *argv: str, stdin: str = "", preload: tuple[str, ...] = (), seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """The same, to its end. Raises `subprocess.TimeoutExpired`."""
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as said,
        tempfile.TemporaryFile("w+") as complained,
    ):
        given.write(stdin)
        given.seek(0)
        process = fork(
            module, *argv, stdin=given.fileno(), stdout=said.fileno(), stderr=complained.fileno(),
            preload=preload,
        )  # fmt: skip
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        said.seek(0)
        complained.seek(0)
        return subprocess.CompletedProcess(process.args, code, said.read(), complained.read())


class _Forker:
    """The test's side of the process that forks."""

    def __init__(self, module: str, preload: tuple[str, ...]) -> None:
        self._module = module
        self._asking = threading.Lock()
        self._line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(other.fileno()), module, *preload],
                pass_fds=[other.fileno()], stdin=subprocess.DEVNULL, cwd=ROOT,
            )  # fmt: skip
        atexit.register(self._close)

    def fork(self, asked: dict[str, Any], fds: Sequence[int]) -> Forked:
        status, tell = os.pipe()
        try:
            with self._asking:
                socket.send_fds(self._line, [json.dumps(asked).encode()], [tell, *fds])
                pid = self._line.recv(32)
            assert pid, "the process that forks could not import what it needs"
        except BaseException:
            os.close(status)
            raise
        finally:
            os.close(tell)
        return Forked([self._module, *asked["argv"]], int(pid), status)

    def _close(self) -> None:
        self._line.close()
        self._process.wait(10)


@functools.cache
def _forker(_of: int, module: str, preload: tuple[str, ...]) -> _Forker:
    return _Forker(module, preload)


# The process that forks


def _serve(line: socket.socket) -> list[str] | None:
    """Fork for each request. Returns in each child, with its arguments; None at the end."""
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    told: dict[int, int] = {}
    while True:
        ready = select.select([line, awake], [], [])[0]
        if awake in ready:
            os.read(awake, 4096)
            _reap(told)
        if line not in ready:
            continue
        request, fds, _flags, _address = socket.recv_fds(line, 1 << 20, _MOST)
        if not request:
            return None
        asked = json.loads(request)
        if (pid := os.fork()) == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _become(asked, fds[1:], line)
            return [str(each) for each in asked["argv"]]
        told[pid] = fds[0]
        for fd in fds[1:]:
            os.close(fd)


def _become(asked: dict[str, Any], fds: Sequence[int], line: socket.socket) -> None:
    """The standard streams, the descriptors and the environment that were asked for, no others."""
    if asked["session"]:
        os.setsid()
    line.send(str(os.getpid()).encode())
    line.detach()
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, _HIGH) for fd in fds]
    os.closerange(3, _HIGH)
    for fd, number in zip(high, asked["fds"], strict=True):
        os.dup2(fd, number)
        os.close(fd)
    if asked["terminal"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        # Whoever runs the tests in the background has Ctrl-C ignored, and so would it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Those of the process that forks know that they are no terminal.
        sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = sys.__stdout__ = open(1, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = sys.__stderr__ = open(2, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()


def _reap(told: dict[int, int]) -> None:
    while told:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        fd = told.pop(pid)
        with contextlib.suppress(BrokenPipeError):
            os.write(fd, _STATUS.pack(status))
        os.close(fd)


def _readable(fd: int, seconds: float) -> bool:
    return bool(select.select([fd], [], [], max(0.0, seconds))[0])


def _main() -> None:
    fd, module, *preload = sys.argv[1:]
    for name in (*_ALWAYS, *preload):
        importlib.import_module(name)
    entry = importlib.import_module(module).main
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1, "a thread would be missing in what is forked"
    argv = _serve(socket.socket(fileno=int(fd)))
    if argv is not None:
        sys.argv = [module, *argv]
        sys.exit(entry())


if __name__ == "__main__":
    _main()
