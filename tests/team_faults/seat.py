"""An agent at a screen: reads, writes, sends, is cut off, and comes again."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pyte

from tests.team_faults.desk import Running, TownDesk
from tests.team_faults.fair import Fair

if TYPE_CHECKING:
    from tests.team_faults.town import Promise, Town

CTRL_Q, CTRL_S, ESCAPE = "\x11", "\x13", "\x1b"
KEPT_AFTER = 2.0
"""Seconds after which what was typed has to outlive a kill -9 on a busy machine."""
AGAIN_AFTER = 2.5
"""Seconds after which a screen tries once more to store what it could not."""


class Left(Exception):
    """The screen has ended."""


class Seat:
    def __init__(self, desk: TownDesk, town: Town, name: str, chance: random.Random) -> None:
        self.desk = desk
        self.town = town
        self.name = name
        self.running: Running | None = None
        self.deaf = threading.Event()
        """The laptop sleeps: nobody reads what the screen writes."""
        self.starts = self.sends = 0
        self.typing: tuple[Promise, float] | None = None
        """What stands in the reply box, or did last, and since when it stands there whole."""
        self._chance = chance
        self._fd = -1
        self._cut = False
        self._raw = b""
        self._alive: bool | None = None

    def works(self) -> None:
        while not self.town.ending.is_set():
            try:
                self.sits_down()
                while not self.town.ending.is_set():
                    self._answers()
            except Left:
                self._gets_up()
        # It stays open: whether it still lives is looked at in the end.
        try:
            if self.running is None:
                self.sits_down()
            self._alive = self._lives()
            if self._alive:
                self._leaves_a_draft()
            while not self.town.closing.is_set():
                self._pump(0.05)
            for _again in range(5):
                self._keys(ESCAPE, CTRL_Q)
                self._pump(5)
        except Left:
            self._gets_up()
        else:
            self.town.complains(f"{self.name}: a screen that is not left:\n{self.text}")

    def sees(self, text: str, seconds: float = 30) -> bool:
        return self._until(lambda: text in self.text, seconds)

    @property
    def text(self) -> str:
        lines = (self._screen.buffer[y] for y in range(24))
        each = ("".join(line[x].data for x in range(80)) for line in lines)
        return "\n".join(line.rstrip() for line in each)

    def cut(self) -> None:
        """The line is gone for good in a moment; for whoever does not sit here."""
        self._cut = True

    def hangs_up(self) -> None:
        """The line is gone for good: sshd lets go of the terminal."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    # What the agent does

    def sits_down(self) -> None:
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._raw, self.typing = b"", None
        self.starts += 1
        self.deaf.clear()
        self._cut = False
        self.running, self._fd = self.desk.start_screen(self.name)
        if not self.sees("@example.test", 60):
            self.town.complains(f"{self.name}: a screen that never came:\n{self.text}")
            raise Left

    def _answers(self) -> None:
        chance = self._chance
        if (promise := self._types()) is None:
            return
        if chance.random() < 0.25:
            self._pump(chance.uniform(0, 2.0))
            return  # a draft, gone on with some other time
        self._pump(chance.uniform(0, 0.5))
        for _again in range(4):
            self._keys(CTRL_S)
            if self._until(lambda: "REPLY" not in self.text, 4):
                promise.kind, promise.kept = "reply", True
                promise.said = f"sent, as it seemed\n{self.text}"
                self.typing = None
                self.sends += 1
                return
        self.typing = None

    def _types(self) -> Promise | None:
        """Words into the reply box of a conversation; None: the screen does not come to it."""
        self._keys(ESCAPE, ESCAPE, *"jjjk"[: self._chance.randrange(4)], "\r")
        self._pump(self._chance.uniform(0, 0.3))
        self._keys("r")
        if not self.sees("REPLY", 8):
            return None
        promise = self.town.promised("draft", self.name, self.town.word("s"))
        self._keys(f" {promise.word} and more")
        if not self.sees(promise.word, 8):
            return None
        self._remembers(time.monotonic())
        self.typing = (promise, time.monotonic())
        return promise

    def _leaves_a_draft(self) -> None:
        """Nothing is wrong now: it has to be in the store before anybody leaves."""
        if (promise := self._types()) is None:
            return
        self._pump(KEPT_AFTER)
        self._remembers(time.monotonic())
        drafts = self.desk.rows("SELECT text FROM drafts WHERE agent = ?", self.name)
        if not any(promise.word in text.split() for (text,) in drafts):
            self.town.unsaved.append(promise)

    def alive_at_last(self) -> bool:
        """Whether it showed what a key does when nobody worked any more."""
        end = time.monotonic() + 60
        while self._alive is None and time.monotonic() < end:
            time.sleep(0.05)
        return bool(self._alive)

    def _lives(self) -> bool:
        self._keys(ESCAPE, ESCAPE, ESCAPE)
        before = self.text
        self._keys("\x1bOP")  # F1
        if not self._until(lambda: self.text != before, 10):
            return False
        self._keys(ESCAPE)
        return True

    # The terminal

    def _keys(self, *keys: str) -> None:
        for key in keys:
            if self._fd < 0:
                raise Left
            try:
                os.write(self._fd, key.encode())
            except OSError:
                raise Left from None
            # A key that follows at once would be one with Alt.
            self._pump(0.15 if key == ESCAPE else 0.02)

    def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end and not self._held():
                return False
            self._pump(0.03)
        return True

    def _held(self) -> bool:
        return self.deaf.is_set() or (self.running is not None and self.running.stopped)

    def _pump(self, seconds: float) -> None:
        """Raises `Left`."""
        end = time.monotonic() + seconds
        while True:
            if self._cut:
                self.hangs_up()
            fd = self._fd
            if self.running is None or self.running.ended or fd < 0:
                raise Left
            rest = min(0.1, max(0.0, end - time.monotonic()))
            if self.deaf.is_set():
                time.sleep(0.02)
            elif select.select([fd], [], [], rest)[0]:
                self._read(fd)
            if time.monotonic() >= end:
                return

    def _read(self, fd: int) -> None:
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            raise Left from None
        if not chunk:
            raise Left
        self._raw = (self._raw + chunk)[-65536:]
        self._stream.feed(chunk)

    def _gets_up(self) -> None:
        """What an agent sees who is thrown out."""
        running, self.running = self.running, None
        if running is None:
            return
        try:
            code = running.process.wait(20)
        except subprocess.TimeoutExpired:
            code = None
        if code is None:
            how = f"cut {self._fd < 0}, tight {running.tight}, stopped {running.stopped}"
            stacks = self.desk.stacks(running)
            self.town.complains(
                f"{self.name}: a screen without a terminal did not end ({how})\n{stacks}"
            )
            running.process.kill()
        while self._fd >= 0 and select.select([self._fd], [], [], 0)[0]:
            try:
                if not (chunk := os.read(self._fd, 65536)):
                    break
            except OSError:
                break
            self._raw = (self._raw + chunk)[-65536:]
        last = self._raw.rpartition(b"\x1b[?1049l")[2].decode(errors="replace").strip()
        killed = code == -signal.SIGKILL
        self._remembers(running.killed_at if killed else time.monotonic())
        if any(bad in self._raw.decode(errors="replace") for bad in ("Traceback", "is locked")):
            self.town.complains(f"{self.name}: {last or self._raw[-2000:]!r}")
        if code not in (0, -signal.SIGKILL, -signal.SIGHUP, None):
            self.town.heard(last[-300:])
            # On a line that was cut nobody can be told why; what nobody expected is in the log.
            told = self._fd < 0 or "omnitui: " in last
            if running.cut_short:
                self.town.heard(f"a screen that had too little ended with {code}")
            elif code != 1 or not told or "unexpectedly" in last:
                self.town.complains(f"{self.name}: the screen ended with {code}: {last[-500:]!r}")
        self.hangs_up()

    def _remembers(self, until: float) -> None:
        """How long what was typed stood there: what did long enough is in the store."""
        if self.typing is not None:
            (promise, since), self.typing = self.typing, None
            # Who reads that the store fails knows that it is not kept.
            if str(self.desk.top) not in self.text:
                promise.stood = since, until
            promise.said = f"typed {until - since:.1f} s before\n{self.text}"


def outlives(fair: Fair, stood: tuple[float, float]) -> bool:
    """Whether what stood in the box had the time to be stored."""
    seconds, after_trouble = fair.longest(*stood)
    return seconds > KEPT_AFTER + AGAIN_AFTER * after_trouble
