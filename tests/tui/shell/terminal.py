"""A real terminal around the real program: a pty, and pyte drawing what it is sent."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import termios
import time
from collections.abc import Callable
from pathlib import Path
from tty import LFLAG

import pyte

from tests.servers.command import omnitui_on_a_terminal

HIDDEN = ("NO_COLOR", "COLORTERM", "OMNITUI_HOME", "COLUMNS", "LINES")


class Terminal:
    """`omnitui` on `rows` × `columns`; closed like a dropped connection by `hang_up`."""

    def __init__(self, home: Path, columns: int = 80, rows: int = 24, **environ: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        # A whole environment: readline sets COLUMNS behind Python's back.
        kept = {n: v for n, v in os.environ.items() if n not in HIDDEN}
        kept |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | environ
        self._process, self._fd = omnitui_on_a_terminal(
            *self.command(home), env=kept, size=(columns, rows)
        )

    def command(self, home: Path) -> list[str]:
        """What is typed after `omnitui`."""
        return ["--home", str(home)]

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def text(self) -> str:
        # pyte's own `display` stumbles over half of a wide character.
        lines = (self.screen.buffer[y] for y in range(self.screen.lines))
        each = ("".join(line[x].data for x in range(self.screen.columns)) for line in lines)
        return "\n".join(line.rstrip() for line in each)

    def sees(self, text: str) -> None:
        self.until(lambda: text in self.text, text)

    def until(self, true: Callable[[], bool], what: str = "", seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"{what} never came; the screen shows:\n{self.text}")
            self._pump(0.05)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    @property
    def threads(self) -> int:
        """Of the program."""
        return len(list(Path(f"/proc/{self._process.pid}/task").iterdir()))

    @property
    def echoes(self) -> bool:
        """The terminal shows by itself what is typed, as at a shell's prompt."""
        return bool(termios.tcgetattr(self._fd)[LFLAG] & termios.ECHO)

    @echoes.setter
    def echoes(self, on: bool) -> None:
        modes = termios.tcgetattr(self._fd)
        modes[LFLAG] = modes[LFLAG] | termios.ECHO if on else modes[LFLAG] & ~termios.ECHO
        termios.tcsetattr(self._fd, termios.TCSANOW, modes)

    def hang_up(self) -> None:
        """The connection drops: the kernel sends SIGHUP, writing fails from then on."""
        os.close(self._fd)
        self._fd = -1

    def wait(self, seconds: float = 30) -> int:
        """The exit status; a negative number is the signal that ended it."""
        end = time.monotonic() + seconds
        while (code := self._process.poll()) is None:
            assert time.monotonic() < end, f"did not end in {seconds} s"
            self._pump(0.05)
        self._pump(0.1)
        return code

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)
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
