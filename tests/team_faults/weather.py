"""What goes wrong, by chance: processes die or stand still, the disk is full or refuses what is
written, memory or files run out, the clock jumps, a newer program comes, lines are dead."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator

from store.driver import sqlite3
from tests.team_faults.desk import Running, TownDesk
from tests.team_faults.town import Town

HOUR, YEAR = 3600.0, 366 * 24 * 3600.0
JUMPS = (HOUR, -HOUR, 24 * HOUR, -24 * HOUR, 72 * HOUR, 90.0, -90.0, YEAR, -YEAR, 3 * YEAR)
WRITES = 1500
"""Statements of its writing transactions that an engine with a trap comes to at most."""
NEWER = 9999


class Weather:
    def __init__(self, desk: TownDesk, town: Town, chance: random.Random) -> None:
        self.desk = desk
        self.town = town
        self.chance = chance
        self.met: Counter[str] = Counter()
        self._asleep: list[threading.Timer] = []
        self._clear = False
        self._looked = time.monotonic()
        """When nobody was seen to stand still in a transaction."""

    @property
    def kills(self) -> int:
        traps = self.town.trapped
        in_the_middle = sum(n for kind, n in traps.items() if kind != "stop") + self.caught()
        return in_the_middle + sum(n for name, n in self.met.items() if name.startswith("kill"))

    def caught(self) -> int:
        """Engines that killed themselves in the middle of a transaction, or after a send."""
        gone = [one for one in self.desk.gone if one.trapped and not one.killed_at]
        return sum(one.process.poll() == -signal.SIGKILL for one in gone)

    def turns(self) -> None:
        """One thing that goes wrong."""
        deeds = {
            self._kill_engine: 5, self._kill_screen: 5, self._kill_command: 4, self._stop: 5,
            self._half_open: 2, self._clock: 2, self._backup: 1, self._newer: 0.6,
            self._end_engine: 1, self._hang_up: 1, self._no_memory: 1.5, self._no_files: 1,
            self._no_writing: 1.5,
        }  # fmt: skip
        if self.desk.mounted:
            deeds |= {self._no_room: 1.5, self._no_inodes: 1}
        if self.desk.root:
            deeds |= {self._closed: 1}
        self.chance.choices(list(deeds), list(deeds.values()))[0]()
        self.looks_after_processes()

    def looks_after_processes(self) -> None:
        """What stood still in the middle goes on after a while; there are always two engines."""
        now = time.monotonic()
        for one in self.desk.some("command", "screen", "engine"):
            if not one.stopped and _stands(one.process.pid):
                self.met["stop in a transaction"] += 1
                self._stop_for(one, self.chance.choice((0.2, 1.0, 6.0)), self._looked)
        self._looked = now
        while len(self.desk.some("engine")) < 2:
            self.desk.start_engine(None if self._clear else self._engine_trap())

    def _engine_trap(self) -> tuple[str, int] | None:
        """It dies in the middle of a write, or when the channel has just taken a message."""
        chance = self.chance
        if chance.random() < 0.5:
            return None
        if chance.random() < 0.5:
            return "sent", chance.randrange(1, 5)
        return "kill", chance.randrange(1, WRITES)

    def clears(self) -> None:
        """From now on nothing goes wrong."""
        self.town.kills_to_come = 0
        self._clear = True
        for timer in self._asleep:
            timer.join()
        for one in self.desk.some("command", "screen", "engine"):
            self.desk.let_go(one)
        for seat in self.town.seats.values():
            seat.deaf.clear()
        self.desk.set_clock(0)
        for one in self.desk.some("engine"):
            if one.trapped:
                self._kill(one)
        self.looks_after_processes()

    # Processes

    def _one(self, *roles: str) -> Running | None:
        some = self.desk.some(*roles)
        return self.chance.choice(some) if some else None

    def _kill(self, one: Running | None) -> None:
        if one is not None:
            one.killed_at = time.monotonic()
            one.process.kill()
            self.met[f"kill {one.role}"] += 1

    def _kill_engine(self) -> None:
        self._kill(self._one("engine"))

    def _kill_screen(self) -> None:
        self._kill(self._one("screen"))

    def _kill_command(self) -> None:
        self._kill(self._one("command"))
        self.town.kills_to_come += 1  # and one at a place of its choice

    def _end_engine(self) -> None:
        if (one := self._one("engine")) is not None:
            one.process.send_signal(signal.SIGTERM)
            self.met["end engine"] += 1

    def _stop(self) -> None:
        one = self._one("engine", "screen", "screen", "command")
        if one is not None and not one.stopped:
            one.process.send_signal(signal.SIGSTOP)
            self.met[f"stop {one.role}"] += 1
            self._stop_for(one, self.chance.choice((0.1, 0.5, 0.5, 2.0)))

    def _stop_for(self, one: Running, seconds: float, since: float | None = None) -> None:
        """It stands still for so long; `since`: when it may have begun to."""
        one.stopped = True
        # Whoever waits for it in vain is told so: that is no fine weather.
        self.town.storms += 1
        timer = threading.Timer(seconds, self._goes_on, (one, self.town.fair.spoils(since)))
        timer.start()
        self._asleep = [each for each in self._asleep if each.is_alive()] + [timer]

    def _goes_on(self, one: Running, spoilt: int) -> None:
        self.town.storms += 1
        self.desk.let_go(one)
        self.town.fair.clears(spoilt)

    # Lines

    def _half_open(self) -> None:
        """The laptop sleeps; later it wakes, or sshd gives up."""
        seat = self.chance.choice(list(self.town.seats.values()))
        if seat.running is None or seat.deaf.is_set():
            return
        self.met["half-open line"] += 1
        seat.deaf.set()
        wakes = self.chance.random() < 0.5

        def after() -> None:
            if not wakes:
                seat.cut()
            seat.deaf.clear()

        timer = threading.Timer(self.chance.uniform(0.5, 4), after)
        timer.start()
        self._asleep.append(timer)

    def _hang_up(self) -> None:
        seat = self.chance.choice(list(self.town.seats.values()))
        if seat.running is not None:
            self.met["hang up"] += 1
            seat.cut()

    # The store

    @contextlib.contextmanager
    def _storm(self) -> Iterator[None]:
        self.town.storms += 1
        self.town.stormy.set()
        spoilt = self.town.fair.spoils()
        try:
            yield
        finally:
            self.town.fair.clears(spoilt)
            self.town.stormy.clear()
            self.town.storms += 1

    def _for_a_while(self) -> None:
        time.sleep(self.chance.uniform(0.3, 1.5))
        if self.chance.random() < 0.3:  # it never rains but it pours
            self._kill(self._one("engine", "screen", "command"))
            time.sleep(0.2)

    def _no_room(self) -> None:
        self.met["disk full"] += 1
        with self._storm(), self.desk.limited("size"):
            self._for_a_while()

    def _no_inodes(self) -> None:
        self.met["no inodes"] += 1
        with self._storm(), self.desk.limited("inodes"):
            self._for_a_while()

    def _closed(self) -> None:
        self.met["store read-only"] += 1
        with self._storm(), self.desk.closed():
            self._for_a_while()

    def _clock(self) -> None:
        """It is wrong for a while, and is corrected; an engine may have stood still meanwhile."""
        self.met["clock jump"] += 1
        engine = self._one("engine")
        if engine is not None and not engine.stopped and self.chance.random() < 0.3:
            engine.process.send_signal(signal.SIGSTOP)
            self.met["stop engine"] += 1
            self._stop_for(engine, self.chance.uniform(0.3, 1.5))
        self.desk.set_clock(self.chance.choice(JUMPS))
        time.sleep(self.chance.uniform(0.2, 2.0))
        self.desk.set_clock(0)

    # The system

    def _no_memory(self) -> None:
        """No more than it has, or a little (RLIMIT_DATA: what it writes to, of itself alone)."""
        if (one := self._one("engine", "screen", "command")) is None:
            return
        if (has := _kilobytes(one.process.pid, "VmData")) is not None:
            more = self.chance.choice((0, 64, 512, 2048))
            self._tight(one, "no memory", "data", (has + more) << 10)

    def _no_files(self) -> None:
        """Not one more may be opened."""
        if (one := self._one("engine", "screen", "command")) is None:
            return
        with contextlib.suppress(OSError):
            has = len(os.listdir(f"/proc/{one.process.pid}/fd"))  # noqa: PTH208
            more = self.chance.choice((0, 0, 1, 2))
            self._tight(one, "no files", "nofile", has + more)

    def _no_writing(self) -> None:
        """The kernel refuses what it writes behind a place of a file: SQLite is told of an I/O
        error in the middle of its log (RLIMIT_FSIZE)."""
        if (one := self._one("engine", "engine", "screen", "command")) is None:
            return
        # What the town writes down itself is not to be cut.
        own = max(path.stat().st_size for path in self.desk.top.glob("channels/*/*.jsonl"))
        limit = max(own + 65536, self.chance.choice((0, 300_000, 1_000_000)))
        self._tight(one, "I/O error", "fsize", limit)

    def _tight(self, one: Running, name: str, what: str, limit: int) -> None:
        self.met[f"{name} {one.role}"] += 1
        one.tight = True
        with self._storm(), self.desk.tight(one, what, limit):
            self._for_a_while()

    def _newer(self) -> None:
        """A newer program has brought the store up to date, and is taken back."""
        db = sqlite3.connect(self.desk.database, isolation_level=None, timeout=20)
        try:
            with self._storm():
                try:
                    (usual,) = db.execute("PRAGMA user_version").fetchone()
                    db.execute("BEGIN IMMEDIATE")
                    db.execute(f"PRAGMA user_version = {NEWER}")
                    db.execute("COMMIT")
                except sqlite3.Error:
                    with contextlib.suppress(sqlite3.Error):
                        db.execute("ROLLBACK")
                    return  # held by somebody who stands still
                self.met["newer store"] += 1
                before = db.execute("PRAGMA data_version").fetchone()
                last = db.execute("SELECT max(id) FROM events").fetchone()
                time.sleep(self.chance.uniform(0.5, 2.0))
                if db.execute("PRAGMA data_version").fetchone() != before:
                    new = db.execute("SELECT id, kind, actor FROM events WHERE id > ?", last)
                    self.town.complains(
                        f"an old program wrote into a newer store: {new.fetchall()}"
                    )
                db.execute(f"PRAGMA user_version = {usual}")
        finally:
            db.close()

    # Backups

    def _backup(self) -> None:
        """Under load, and whole: with all that was promised before it began."""
        kept = [each for each in list(self.town.promises) if each.kept]
        target = (
            self.desk.top / "backups" / f"{len(list((self.desk.top / 'backups').iterdir()))}.tar"
        )
        storms = self.town.storms
        ran = self.desk.command("service", "backup", str(target), seconds=60)
        if ran.code != 0:
            if ran.code != -signal.SIGKILL:
                self.town.heard(ran.said)
            if storms == self.town.storms and ran.code != -signal.SIGKILL:
                self.town.complains(f"backup: {ran.said}")
            return
        self.met["backup"] += 1
        with tarfile.open(target) as archive:
            assert "desk.sqlite" in archive.getnames()
        self.town.backed_up.append((target, kept))


def _kilobytes(pid: int, name: str) -> int | None:
    """Of proc(5)'s status."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(f"{name}:"))
    except (OSError, StopIteration):
        return None


def _stands(pid: int) -> bool:
    """Whether a process is stopped (proc(5))."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(") ")[2].startswith("T")
    except OSError:
        return False
