"""A program under a pseudo-terminal: what it shows is waited for, answers are typed."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path
from types import TracebackType

from tests.servers.command import omnitui_on_a_terminal

ROOT = Path(__file__).parents[2]


class Terminal:
    """`omnitui ARGUMENTS` on a terminal of its own. `shown` is all it wrote so far."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.shown = ""
        self._seen = 0
        environment = {**os.environ, "TERM": "xterm-256color"} | (env or {})
        self._process, self._fd = omnitui_on_a_terminal(*arguments, env=environment)

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
        return self._process.wait(timeout)

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
        self._process.kill()
        self._process.wait(10)
        os.close(self._fd)
