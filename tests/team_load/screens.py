"""Real screens on pseudo-terminals, all read by one thread: when a key's frame stood, how many
frames came, how many bytes. Nothing is emulated, so that the reading costs next to nothing.

A frame ends where the program ends its synchronised output. A key's frame is the first one after
it that holds what only this key can bring about: a letter that nobody has typed before, the sign
of the selected row. A frame writes only cells that differ, so such a letter is written when, and
only when, it comes up.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import unicodedata
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from tests.servers.forked import ROOT, Forked, fork

BEGIN, END = b"\x1b[?2026h", b"\x1b[?2026l"
ASKS_SYNC, HAS_SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
SELECTED = "▌".encode()
LETTERS = [chr(code) for code in range(0x1200, 0x1380) if unicodedata.category(chr(code)) == "Lo"]
"""Of a script that no message of the storm is written in; one cell wide, three bytes long."""
NOTED = [chr(code) for code in range(0x1401, 0x1670) if unicodedata.category(chr(code)) == "Lo"]
"""Of another one, for what colleagues without a screen write."""
PRELOADED = (
    "omnitui.tui.commands", "omnitui.desk.commands", "omnitui.desk.templates",
    "omnitui.tui.link.glance_data", "textual.drivers.linux_driver", "textual.widgets._input",
    "textual.widgets._text_area", "store.feed", "store.threaded", "asyncinotify",
)  # fmt: skip
KEPT = 20_000
"""Frames and keys of a screen that are remembered."""
PATIENCE = 30.0
"""Seconds after which a screen that does not answer a key is said to hang."""
LOOK = 0.25
"""Seconds after which an agent who waits looks whether something else is asked."""


@dataclass
class _Wait:
    wanted: bytes
    since: float
    done: threading.Event = field(default_factory=threading.Event)
    at: float = 0.0


@dataclass(frozen=True)
class Silence:
    """A key that was never answered."""

    kind: str
    screen: str
    """What stood there instead."""


class Screen:
    """A process of `omnitui` on a terminal of its own."""

    def __init__(
        self, home: Path, agent: str, book: Path, size: tuple[int, int], *, forked: bool
    ) -> None:
        self.agent, self.book, self.size = agent, book, size
        self._fd, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        env = {
            **os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(home / "agents" / agent), "SSH_CONNECTION": "192.0.2.7 1 x 22",
        }  # fmt: skip
        argv = [str(home), agent, str(book)]
        module = "tests.team_load.run_screen"
        process: Forked | subprocess.Popen[bytes]
        if forked:
            process = fork(module, *argv, terminal=theirs, env=env, preload=PRELOADED)
        else:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *argv], stdin=theirs, stdout=theirs, stderr=theirs,
                env=env, cwd=ROOT, start_new_session=True,
            )  # fmt: skip
        self.pid, self._ended = process.pid, process.poll
        os.close(theirs)
        os.set_blocking(self._fd, False)
        self.bytes = self.frames = 0
        self.frame_times: deque[float] = deque(maxlen=KEPT)
        self.took: defaultdict[str, deque[tuple[float, float]]] = defaultdict(
            lambda: deque(maxlen=KEPT)
        )
        """By kind of key: when, and seconds to its frame."""
        self.silent: list[Silence] = []
        """What was never answered."""
        self.tail = b""
        """What it wrote last, for who wants to know why."""
        self._rest = b""
        self._waits: list[_Wait] = []
        self._lock = threading.Lock()
        self._fresh = self._letters()
        self.first_letter = 0

    # What the terminal does, in the reading thread

    def fileno(self) -> int:
        return self._fd

    def take(self) -> bool:
        """Read what has come; False when the program has ended."""
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        at = time.monotonic()
        self.bytes += len(data)
        self.tail = (self.tail + data)[-20_000:]
        if ASKS_SYNC in data:
            self._write(HAS_SYNC)
        *frames, self._rest = (self._rest + data).split(END)
        for frame in frames:
            body = frame.rpartition(BEGIN)[2]
            if body:
                self.frames += 1
                self.frame_times.append(at)
            with self._lock:
                for one in self._waits:
                    if one.wanted in frame:
                        one.at = at
                        one.done.set()
                self._waits = [one for one in self._waits if not one.at]
        self._rest = self._rest[-100_000:]
        return True

    # What the agent does, in a thread of theirs

    def letter(self) -> str:
        """One that has not been on this screen for long, and is typed by no other agent."""
        return next(self._fresh)

    def _letters(self) -> Iterator[str]:
        turn = 0
        while True:
            yield LETTERS[(self.first_letter + turn % 16) % len(LETTERS)]
            turn += 1

    def press(self, keys: str) -> None:
        self._write(keys.encode())

    def timed(
        self,
        keys: str,
        wanted: bytes | str,
        kind: str,
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        """Press keys and wait for the frame that they are to bring about, unless something is
        asked meanwhile."""
        with self.waiting(wanted, kind, asked) as go:
            go()
            self.press(keys)

    @contextlib.contextmanager
    def waiting(
        self, wanted: bytes | str, kind: str, asked: Callable[[], bool] = lambda: False
    ) -> Iterator[Callable[[], None]]:
        """What is called in the block begins the time; after it the frame has come, or not."""
        one = _Wait(wanted.encode() if isinstance(wanted, str) else wanted, 0.0)
        with self._lock:
            self._waits.append(one)

        def go() -> None:
            one.since = time.monotonic()

        yield go
        end = time.monotonic() + PATIENCE
        while not one.done.wait(LOOK):
            if (interrupted := asked()) or time.monotonic() > end:
                with self._lock:
                    self._waits = [other for other in self._waits if other is not one]
                if not interrupted:
                    self.silent.append(Silence(kind, self._drawn()))
                return
        self.took[kind].append((one.since, one.at - one.since))

    def _drawn(self) -> str:
        """The whole screen, drawn anew."""
        seen = self.bytes
        self.press("\x0c")
        time.sleep(1)
        width, height = self.size
        screen = pyte.Screen(width, height)
        with contextlib.suppress(AttributeError, TypeError, ValueError):  # what pyte does not know
            pyte.ByteStream(screen).feed(self.tail[-(self.bytes - seen) :])
        return "\n".join(line.rstrip() for line in screen.display)

    def shows(self, text: str, seconds: float = 60) -> None:
        """Wait until it has written this."""
        end = time.monotonic() + seconds
        while text.encode() not in self.tail:
            assert time.monotonic() < end, f"{self.agent} never showed {text!r}: {self.tail!r}"
            time.sleep(0.02)

    def wrote(self, since: int, text: str) -> bool:
        """Whether it has come since there were so many bytes."""
        return self.bytes > since and text.encode() in self.tail[since - self.bytes :]

    def poll(self) -> int | None:
        return self._ended()

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._fd, data)

    def hang_up(self, number: int = signal.SIGHUP) -> None:
        """As sshd does when the connection is gone."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def ended(self, seconds: float = 30) -> int | None:
        """The exit code, None if it had to be killed."""
        end = time.monotonic() + seconds
        while (code := self.poll()) is None and time.monotonic() < end:
            time.sleep(0.02)
        if code is None:
            self.hang_up(signal.SIGKILL)
        return code

    def close(self) -> None:
        self.hang_up(signal.SIGKILL)
        self.ended()
        os.close(self._fd)


class Watch:
    """The thread that reads all terminals."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._screens: dict[int, Screen] = {}
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="terminals", daemon=True)
        self._thread.start()

    def add(self, screen: Screen) -> None:
        self._screens[screen.fileno()] = screen
        self._poll.register(screen.fileno(), select.EPOLLIN)

    def _run(self) -> None:
        while not self._stop:
            for fd, _event in self._poll.poll(0.2):
                if not self._screens[fd].take():
                    with contextlib.suppress(OSError):
                        self._poll.unregister(fd)

    def close(self) -> None:
        self._stop = True
        self._thread.join(5)
        self._poll.close()
