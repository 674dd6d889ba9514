"""A real terminal around the real program: a pty, and pyte drawing what it is sent."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

PROJECT = Path(__file__).parents[3]
HIDDEN = ("NO_COLOR", "COLORTERM", "OMNITUI_HOME", "COLUMNS", "LINES")


class Terminal:
    """`omnitui` on `rows` × `columns`; closed like a dropped connection by `hang_up`."""

    def __init__(self, home: Path, columns: int = 80, rows: int = 24, **environ: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            self._size(0, columns, rows)
            # A whole environment: readline sets COLUMNS behind Python's back.
            kept = {n: v for n, v in os.environ.items() if n not in HIDDEN}
            kept |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(PROJECT)}
            words = [sys.executable, "-m", "omnitui", "--home", str(home)]
            os.execve(sys.executable, words, kept | environ)
        self._size(self._fd, columns, rows)
        self.status: int | None = None

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self._size(self._fd, columns, rows)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def sees(self, text: str) -> None:
        self.until(lambda: text in self.text, text)

    def until(self, true: Callable[[], bool], what: str = "", seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"{what} never came; the screen shows:\n{self.text}")
            self._pump(0.05)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """The connection drops: the kernel sends SIGHUP, writing fails from then on."""
        os.close(self._fd)
        self._fd = -1

    def wait(self, seconds: float = 30) -> int:
        """The exit status; a negative number is the signal that ended it."""
        end = time.monotonic() + seconds
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                self.signal(signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError(f"did not end in {seconds} s")
            else:
                self._pump(0.05)
        self._pump(0.1)
        return self.status

    def close(self) -> None:
        if self.status is None:
            self.signal(signal.SIGKILL)
            self.wait()
        if self._fd >= 0:
            os.close(self._fd)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _pump(self, seconds: float) -> None:
        if self._fd < 0:
            time.sleep(seconds)
            return
        while select.select([self._fd], [], [], seconds)[0]:
            try:
                chunk = os.read(self._fd, 65536)
            except OSError:
                return
            if not chunk:
                return
            self.raw += chunk
            self._stream.feed(chunk)
            seconds = 0

    @staticmethod
    def _size(fd: int, columns: int, rows: int) -> None:
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
