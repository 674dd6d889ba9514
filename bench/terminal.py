"""A program in a real pseudo-terminal: when a text stands on its screen, what a key costs.

What the program writes is stamped as it arrives and looked at later, so that the emulator's
own time is in no figure.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

BURST = 0.004
"""Seconds; a screen is looked at after each, not after every few bytes."""
LOOK_AFTER = 5.0
"""Seconds after which a program that never stops writing is looked at all the same."""
_ASKS_SYNC = b"\x1b[?2026$p"
_HAS_SYNC = b"\x1b[?2026;2$y"
_NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")


class Terminal:
    """`with Terminal(argv, 140, 40) as t: t.until("Inbox")`. Times in seconds.

    It says that it knows synchronised output, as today's terminals do.
    """

    def __init__(
        self, argv: Sequence[str], width: int, height: int, env: Mapping[str, str] | None = None
    ) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self._pieces: list[tuple[float, bytes]] = []
        """Stamped, not yet fed to the emulator."""
        self._ended = False
        self.bytes = 0
        """Bytes that the program wrote so far."""
        if "--home" in argv:  # an agent who has been shown round
            state = Path(argv[argv.index("--home") + 1]) / "state"
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            (state / "tour").touch()
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            # Before the program looks: a later change of size would cost it a second layout.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            for name, value in {"TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}.items():
                os.environ[name] = value
            os.execvp(argv[0], list(argv))  # noqa: S606

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exc: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._ended:
                break
            os.kill(self.pid, number)
            self.ended(6)
        os.close(self._fd)

    def ended(self, timeout: float) -> bool:
        """Whether the program ends by itself within `timeout`."""
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline and not self._ended:
            self.read(0.02)
            self._ended = os.waitpid(self.pid, os.WNOHANG)[0] != 0
        return self._ended

    def read(self, timeout: float) -> int:
        """Take what the program writes within `timeout`; returns the bytes, 0 for silence."""
        if not select.select([self._fd], [], [], timeout)[0]:
            return 0
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            time.sleep(timeout)  # it has ended
            return 0
        self._pieces.append((time.perf_counter(), data))
        self.bytes += len(data)
        if _ASKS_SYNC in data:
            os.write(self._fd, _HAS_SYNC)
        return len(data)

    def until(self, *wanted: str | Callable[[str], bool], timeout: float = 60) -> float:
        """Wait until every text is on the screen (or every condition on its text true);
        returns when the program had written it, seconds since its start."""
        deadline = time.perf_counter() + timeout
        looked = time.perf_counter()
        while time.perf_counter() < deadline:
            # While it writes it is only read: looking takes time, and it would wait for us.
            if self.read(0.02) and time.perf_counter() - looked < LOOK_AFTER:
                continue
            for at, data in self._bursts():
                self._feed(data)
                shown = self.text
                if all(one in shown if isinstance(one, str) else one(shown) for one in wanted):
                    return at - self.started
            looked = time.perf_counter()
        raise TimeoutError(f"{wanted} not on the screen:\n{self.text}")

    @property
    def text(self) -> str:
        for _at, data in self._take():
            self._feed(data)
        return "\n".join(self.screen.display)

    def send(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def settle(self, quiet: float = 0.15, timeout: float = 5) -> None:
        """Read until nothing comes for `quiet` seconds."""
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline and self.read(quiet):
            pass

    def frame(
        self,
        keys: str,
        part: Callable[[pyte.Screen], object] | None = None,
        quiet: float = 0.03,
        timeout: float = 5,
    ) -> tuple[float, int]:
        """Press keys; seconds to the end of what they change, and the bytes written.

        `part` is what to look at: writing elsewhere on the screen counts as noise then.
        Without it everything that is written counts. Raises `TimeoutError`.
        """
        before = None
        if part is not None:
            _ = self.text
            before = part(self.screen)
        elif self._pieces:
            self._pieces.clear()
        first, started, last = self.bytes, time.perf_counter(), 0.0
        self.send(keys)
        deadline = started + timeout
        while time.perf_counter() < deadline:
            if self.read(quiet):
                if part is None:
                    last = self._pieces[-1][0]
                elif time.perf_counter() - started < 0.25:
                    continue
            elif part is None:
                if last:
                    break
                continue
            if part is not None:
                for at, data in self._take():
                    self._feed(data)
                    now = part(self.screen)
                    if now != before:
                        last, before = at, now
                if last:
                    break
        if not last:
            raise TimeoutError(f"no frame after {keys!r}:\n{self.text}")
        return last - started, self.bytes - first

    def resident(self) -> int:
        """Resident memory of the program, bytes."""
        return resident(self.pid)

    def _bursts(self) -> list[tuple[float, bytes]]:
        """What was written, in bursts of `BURST` at most."""
        bursts: list[tuple[float, bytes]] = []
        begun = 0.0
        for at, data in self._take():
            if bursts and at - begun < BURST:
                bursts[-1] = at, bursts[-1][1] + data
            else:
                begun = at
                bursts.append((at, data))
        return bursts

    def _take(self) -> list[tuple[float, bytes]]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _feed(self, data: bytes) -> None:
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))


def resident(pid: int) -> int:
    """Resident memory of a process, bytes."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
