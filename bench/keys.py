"""Key → end of frame on the whole screen, alone and while a big mailbox syncs.

A key's frame ends with the last change to the part of the screen that the key is about;
what the sync repaints elsewhere is not taken for it.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import pyte

from bench import desks, mailserver, programs
from bench.pairs import Pair, quantile
from bench.report import Report, Sizes
from bench.terminal import Terminal

ROUNDS_AT_MOST = 40
GROUPS = 7


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    before: str
    """Keys that bring the focus there from the inbox."""
    keys: Sequence[str]
    """Pressed one after another, over and over: mostly one way, so that new pages come up."""
    part: Callable[[pyte.Screen], object]
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
_UP, _DOWN = "\x1b[5~", "\x1b[6~"
KINDS = (
    Kind("inbox line", "", "jjjjk", _INBOX, "p99 ≤ 1.2"),
    Kind("inbox page", "", [_DOWN, _DOWN, _UP], _INBOX, "p99 ≤ 1.6"),
    Kind("timeline line", "g\r", "kkkkj", _TIMELINE, "p99 ≤ 1.2"),
    Kind("timeline page", "g\r", [_UP, _UP, _UP, _DOWN], _TIMELINE, "p99 ≤ 1.6"),
    Kind("typing", "gr", "we have sent it today ", _REPLY),
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
            mailbox = server.user()
            mailserver.fill(mailbox, sizes.small)
            mailserver.configure(place, mailbox, engine="service")
        with bare, programs.omnitui(place).terminal() as screen:
            bare.until("ready")
            screen.until(programs.conversation_shown)
            for terminal in (bare, screen):
                terminal.settle(0.5)
            alone = Presses(screen, bare, sizes)
            for _round in range(sizes.rounds):
                alone.round()
            report.say("alone:")
            alone.tell(report)
            _idle(report, screen)
            if server is None:
                return
            with mailserver.engine(place) as engine:
                progress = mailserver.Progress(place, engine)
                first = progress.wait(lambda found: found > 0)
                busy = Presses(screen, bare, sizes)
                came = _while_syncing(busy, progress, sizes)
                progress.close()
            report.say(f"while mails {first:,} to {came:,} of {sizes.small:,} come in:")
            busy.tell(report)


def _while_syncing(presses: Presses, progress: mailserver.Progress, sizes: Sizes) -> int:
    """Whole rounds only, and none that the sync ended in."""
    came = progress.received()
    for _round in range(ROUNDS_AT_MOST):
        presses.round(counted=False)
        now = progress.received()
        if now >= sizes.small:
            break
        presses.count()
        came = now
    return came


def _idle(report: Report, screen: Terminal) -> None:
    screen.settle(1, 5)
    before = screen.bytes
    screen.settle(5, 5)
    report.say(f"idle: {screen.bytes - before} bytes in 5 s; to reach: 0")


class Presses:
    """Rounds of keys, each beside a full refresh of the bare widget."""

    def __init__(self, screen: Terminal, bare: Terminal, sizes: Sizes) -> None:
        self._screen = screen
        self._bare = bare
        self._times = max(4, sizes.keys // GROUPS)
        self._keys: dict[str, Iterator[str]] = {kind.name: cycle(kind.keys) for kind in KINDS}
        self._fresh: list[tuple[str, float, float, int]] = []
        self._kept: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._bytes: dict[str, list[int]] = defaultdict(list)

    def round(self, *, counted: bool = True) -> None:
        self._fresh = []
        for kind in KINDS:
            self._to_inbox()
            for key in kind.before:
                self._screen.send(key)
                self._screen.settle(0.3, 2)
            for _time in range(self._times):
                seconds, size = self._screen.frame(next(self._keys[kind.name]), kind.part)
                beside, _size = self._bare.frame("x")
                self._fresh.append((kind.name, seconds * 1000, beside * 1000, size))
        if counted:
            self.count()

    def _to_inbox(self) -> None:
        for _step in range(10):
            if "Enter open" in self._screen.text.splitlines()[-1]:
                return
            self._screen.send("\x1b")
            self._screen.settle(0.25, 1)
        raise TimeoutError(f"no way back to the inbox:\n{self._screen.text}")

    def count(self) -> None:
        for name, ours, beside, size in self._fresh:
            self._kept[name].append((ours, beside))
            self._bytes[name].append(size)

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
                f" {statistics.median(self._bytes[kind.name]):,.0f}"
                f" (to reach: {'1,500' if kind.name == 'typing' else '3,000'})"
            )
