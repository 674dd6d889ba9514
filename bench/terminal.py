"""A program in a real pseudo-terminal: when a text stands on its screen, what a key costs."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence

import pyte


class Terminal:
    """`with Terminal(argv, 140, 40) as t: t.until("Inbox")`. Times in seconds."""

    def __init__(
        self, argv: Sequence[str], width: int, height: int, env: Mapping[str, str] | None = None
    ) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes = 0
        """Bytes that the program wrote so far."""
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            for name, value in {"TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}.items():
                os.environ[name] = value
            os.execvp(argv[0], list(argv))  # noqa: S606
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exc: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            deadline = time.perf_counter() + 3
            while time.perf_counter() < deadline:
                self.read(0.02)
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self._fd)
                    return
        os.close(self._fd)

    def read(self, timeout: float) -> int:
        """Take what the program writes within `timeout`; returns the bytes, 0 for silence."""
        if not select.select([self._fd], [], [], timeout)[0]:
            return 0
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return 0
        self._stream.feed(data)
        self.bytes += len(data)
        return len(data)

    def until(self, *texts: str, timeout: float = 60) -> float:
        """Wait until every text is on the screen; returns seconds since the start."""
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline:
            if self.read(0.2) and all(text in self.text for text in texts):
                return time.perf_counter() - self.started
        raise TimeoutError(f"{texts} not on the screen:\n{self.text}")

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def send(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def settle(self, quiet: float = 0.15, timeout: float = 5) -> None:
        """Read until nothing comes for `quiet` seconds."""
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline and self.read(quiet):
            pass

    def frame(self, keys: str, quiet: float = 0.06, timeout: float = 5) -> tuple[float, int]:
        """Press keys; seconds to the end of the frame they cause, and the bytes written."""
        before, started, last = self.bytes, time.perf_counter(), 0.0
        self.send(keys)
        deadline = started + timeout
        while time.perf_counter() < deadline:
            if self.read(quiet):
                last = time.perf_counter()
            elif last:
                break
        if not last:
            raise TimeoutError(f"no frame after {keys!r}")
        return last - started, self.bytes - before

    def resident(self) -> int:
        """Resident memory of the program, bytes."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
