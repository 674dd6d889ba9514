"""A program under a pseudo-terminal: what it shows is waited for, answers are typed."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]


class Terminal:
    """`omnitui ARGUMENTS` on a terminal of its own. `shown` is all it wrote so far."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.shown = ""
        self._seen = 0
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        environment |= env or {}
        command = [sys.executable, "-m", "omnitui.cli.main", *arguments]
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            # Whoever runs the tests in the background has Ctrl-C ignored, and so would we.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(sys.executable, command, environment)
        self._code: int | None = None

    def wait_for(self, words: str, timeout: float = 40) -> None:
        """Until the program has written `words` after the last ones waited for."""
        end = time.monotonic() + timeout
        while words not in self.shown[self._seen :]:
            if time.monotonic() > end or not self._read(end):
                raise AssertionError(f"“{words}” did not appear after:\n{self.shown}")
        self._seen = self.shown.index(words, self._seen) + len(words)

    def press(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def interrupt(self) -> int:
        """Ctrl-C, as a person presses it: again when nothing happens, since one that comes
        between a prompt and its read is noticed only by the next key. Returns the exit code."""
        for _attempt in range(40):
            self.press("\x03")
            ready = True
            while ready:
                ready = bool(select.select([self._fd], [], [], 1)[0])
                if ready and not self._read(time.monotonic() + 1):
                    return self.end()
        raise AssertionError(f"Ctrl-C does nothing after:\n{self.shown}")

    def answer(self, question: str, text: str = "") -> None:
        self.wait_for(question)
        self.press(text + "\r")

    def end(self, timeout: float = 40) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + timeout
        while self._read(end):
            pass
        _pid, status = os.waitpid(self._pid, 0)
        self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def _read(self, end: float) -> bool:
        ready, _w, _x = select.select([self._fd], [], [], max(end - time.monotonic(), 0))
        if not ready:
            raise AssertionError(f"nothing more came after:\n{self.shown}")
        try:
            got = os.read(self._fd, 4096)
        except OSError:  # EIO: the other end is closed
            return False
        self.shown += got.decode(errors="replace")
        return bool(got)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._fd)
