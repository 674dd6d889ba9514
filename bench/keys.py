"""Key → end of frame on the whole screen, alone and while a big mailbox syncs.

A key's frame ends with the last change to the part of the screen that the key is about;
what the sync repaints elsewhere is not taken for it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import pyte

from bench import desks, mailserver, programs
from bench.pairs import Pair, quantile
from bench.report import Report, Sizes
from bench.terminal import Terminal
from tests.servers.dovecot import Dovecot

RUNS = 4
SYNCS_AT_MOST = 6
GROUPS = 7
"""Of consecutive keys, for the spread."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    before: str
    """Keys that bring the focus there from the inbox."""
    keys: Sequence[str]
    """Pressed one after another, from the first one each round; none may meet an end."""
    part: Callable[[pyte.Screen], object]
    hint: str
    """What the bottom line says when the focus is there."""
    reach: str = ""


def _cells(top: int, bottom: int, left: int, right: int) -> Callable[[pyte.Screen], object]:
    def part(screen: pyte.Screen) -> object:
        rows = range(top, screen.lines + bottom if bottom <= 0 else bottom)
        columns = range(left, screen.columns + right if right <= 0 else right)
        return [[screen.buffer[y][x] for x in columns] for y in rows]

    return part


_INBOX = _cells(2, -1, 0, 38)
_TIMELINE = _cells(2, -8, 41, 0)
_REPLY = _cells(30, -1, 41, 0)
_IN_INBOX = "Enter open"
_UP, _DOWN = "\x1b[5~", "\x1b[6~"
KINDS = (
    Kind("inbox line", "g", "jjjjk", _INBOX, _IN_INBOX, "p99 ≤ 1.2"),
    Kind("inbox page", "g", [_DOWN, _DOWN, _UP], _INBOX, _IN_INBOX, "p99 ≤ 1.6"),
    Kind("opening", "g\r", "JJJJK", _TIMELINE, "Enter reply", "p99 ≤ 50 ms"),
    Kind("timeline line", "g\r", "kkkkj", _TIMELINE, "Enter reply", "p99 ≤ 1.2"),
    Kind("timeline page", "g\r", [_UP, _UP, _UP, _DOWN], _TIMELINE, "Enter reply", "p99 ≤ 1.6"),
    Kind("typing", "gr", "we have sent it today ", _REPLY, "Esc keep draft"),
)


def run(report: Report, sizes: Sizes) -> None:
    report.title(f"key → frame, 140×40, {sizes.messages:,} messages")
    home = desks.desk(sizes.messages)
    desks.maildir(sizes.small)
    with mailserver.dovecot(report) as server, desks.scratch(home) as place:
        bare = Terminal(
            [sys.executable, "-m", "bench.views", "bare"], programs.WIDTH, programs.HEIGHT
        )
        if server is not None:
            _mailbox(server, place, sizes)
        with bare, programs.omnitui(place).terminal() as screen:
            bare.until("ready")
            screen.until(programs.conversation_shown)
            for terminal in (bare, screen):
                terminal.settle(0.5)
            alone = Presses(screen, bare, sizes)
            while kind := alone.next():
                alone.count(kind, alone.press(kind))
            report.say("alone:")
            alone.tell(report)
            _idle(report, screen)
            if server is None:
                return
            busy = Presses(screen, bare, sizes)
            syncs, mails, seconds = 0, 0, 0.0
            while busy.next() and syncs < SYNCS_AT_MOST:
                if syncs:
                    _mailbox(server, place, sizes)
                came, lasted = _while_syncing(busy, place, sizes)
                syncs, mails, seconds = syncs + 1, mails + came, seconds + lasted
            report.say(
                f"while {sizes.small:,} mails sync, {mails / seconds:,.0f} a second meanwhile"
                f" (syncs needed: {syncs}):"
            )
            busy.tell(report)


def _mailbox(server: Dovecot, home: Path, sizes: Sizes) -> None:
    mailbox = server.user()
    mailserver.fill(mailbox, sizes.small)
    mailserver.configure(home, mailbox, engine="service")


def _while_syncing(presses: Presses, home: Path, sizes: Sizes) -> tuple[int, float]:
    """Runs of keys until the sync ends; the one that it ended in is not counted.

    Returns the mails that came in during the counted runs, and those runs' seconds.
    """
    with mailserver.engine(home) as engine:
        progress = mailserver.Progress(home, engine)
        known = progress.received()
        first = progress.wait(lambda found: found > known)
        started = time.perf_counter()
        came, lasted = 0, 0.001
        while kind := presses.next():
            fresh = presses.press(kind)
            now = progress.received()
            if now >= known + sizes.small:
                break
            presses.count(kind, fresh)
            came, lasted = now - first, time.perf_counter() - started
        progress.close()
    return came, lasted


def _idle(report: Report, screen: Terminal) -> None:
    screen.settle(1, 5)
    before = screen.bytes
    screen.settle(5, 5)
    report.say(f"idle: {screen.bytes - before} bytes in 5 s; to reach: 0")


Pressed = list[tuple[float, float, int]]
"""Milliseconds of ours and of the bare refresh beside it, and the bytes that ours wrote."""


class Presses:
    """Runs of keys of one kind, each key beside a full refresh of the bare widget."""

    def __init__(self, screen: Terminal, bare: Terminal, sizes: Sizes) -> None:
        self._screen = screen
        self._bare = bare
        self._wanted = sizes.keys
        self._run = max(GROUPS, sizes.keys // RUNS)
        self._kept: dict[str, Pressed] = {kind.name: [] for kind in KINDS}

    def next(self) -> Kind | None:
        """The kind of which there are fewest keys; None when there are enough of all."""
        kind = min(KINDS, key=lambda kind: len(self._kept[kind.name]))
        return kind if len(self._kept[kind.name]) < self._wanted else None

    def press(self, kind: Kind) -> Pressed:
        self._to(kind)
        fresh: Pressed = []
        for key in islice(cycle(kind.keys), self._run):
            seconds, size = self._screen.frame(key, kind.part)
            beside, _size = self._bare.frame("x")
            fresh.append((seconds * 1000, beside * 1000, size))
        return fresh

    def count(self, kind: Kind, fresh: Pressed) -> None:
        self._kept[kind.name] += fresh

    def _to(self, kind: Kind) -> None:
        """Bring the focus to what the keys are for: the bottom line says where it is."""
        for _attempt in range(4):
            for _step in range(6):
                if self._shows(_IN_INBOX, 0.5):
                    break
                self._screen.send("\x1b")
            # An Escape and a key right after it are another key to a terminal program.
            self._screen.settle(0.3, 0.5)
            for key in kind.before:
                self._screen.send(key)
                self._screen.settle(0.2, 0.4)
            if self._shows(kind.hint, 3):
                self._screen.settle(0.3, 0.5)
                return
        raise TimeoutError(f"no way to {kind.name}:\n{self._screen.text}")

    def _shows(self, hint: str, timeout: float) -> bool:
        deadline = time.perf_counter() + timeout
        while hint not in self._screen.text.splitlines()[-1]:
            self._screen.read(0.05)
            if time.perf_counter() > deadline:
                return False
        return True

    def tell(self, report: Report) -> None:
        for kind in KINDS:
            pairs = self._kept[kind.name]
            if len(pairs) < GROUPS:
                report.say(f"{kind.name}: too few keys before the sync ended ({len(pairs)})")
                continue
            groups = [
                pairs[len(pairs) * turn // GROUPS : len(pairs) * (turn + 1) // GROUPS]
                for turn in range(GROUPS)
            ]
            for share, label in ((0.5, "p50"), (0.99, "p99")):
                report.pair(
                    Pair(
                        f"{kind.name} {label}",
                        "ms",
                        [quantile([pair[0] for pair in group], share) for group in groups],
                        "bare refresh",
                        [quantile([pair[1] for pair in group], share) for group in groups],
                        kind.reach if share > 0.9 else "",
                    )
                )
            every, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
            report.say(
                f"  all {len(pairs)} keys: p99 {quantile(every, 0.99):.1f} against"
                f" {quantile(theirs, 0.99):.1f} ms; bytes a key:"
                f" {statistics.median([size for _ours, _beside, size in pairs]):,.0f}"
                f" (to reach: {'1,500' if kind.name == 'typing' else '3,000'})"
            )
