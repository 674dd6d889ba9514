"""What goes wrong, by chance: processes die or stand still, the disk is full, the clock jumps,
a newer program comes, lines are dead."""

from __future__ import annotations

import contextlib
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

HOUR = 3600.0
JUMPS = (HOUR, -HOUR, 24 * HOUR, -24 * HOUR, 90.0, -90.0)
NEWER = 9999


class Weather:
    def __init__(self, desk: TownDesk, town: Town, chance: random.Random) -> None:
        self.desk = desk
        self.town = town
        self.chance = chance
        self.met: Counter[str] = Counter()
        self._asleep: list[threading.Timer] = []

    @property
    def kills(self) -> int:
        traps = self.town.trapped
        in_the_middle = sum(n for kind, n in traps.items() if kind != "stop")
        return in_the_middle + sum(n for name, n in self.met.items() if name.startswith("kill"))

    def turns(self) -> None:
        """One thing that goes wrong."""
        deeds = {
            self._kill_engine: 5, self._kill_screen: 5, self._kill_command: 4, self._stop: 5,
            self._half_open: 2, self._clock: 2, self._backup: 1, self._newer: 0.6,
            self._end_engine: 1, self._hang_up: 1,
        }  # fmt: skip
        if self.desk.mounted:
            deeds |= {self._no_room: 1.5, self._no_inodes: 1}
        if self.desk.root:
            deeds |= {self._closed: 1}
        self.chance.choices(list(deeds), list(deeds.values()))[0]()
        self.looks_after_processes()

    def looks_after_processes(self) -> None:
        """What stood still in the middle goes on after a while; there are always two engines."""
        for one in self.desk.some("command", "screen", "engine"):
            if not one.stopped and _stands(one.process.pid):
                self.met["stop in a transaction"] += 1
                self._stop_for(one, self.chance.choice((0.2, 1.0, 6.0)))
        while len(self.desk.some("engine")) < 2:
            self.desk.start_engine()

    def clears(self) -> None:
        """From now on nothing goes wrong."""
        self.town.kills_to_come = 0
        for timer in self._asleep:
            timer.join()
        for one in self.desk.some("command", "screen", "engine"):
            self.desk.let_go(one)
        for seat in self.town.seats.values():
            seat.deaf.clear()
        self.desk.set_clock(0)
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

    def _stop_for(self, one: Running, seconds: float) -> None:
        one.stopped = True
        seat = self.town.seats.get(one.name)
        if seat is not None and seat.running is one:
            seat.slept = True
        # Whoever waits for it in vain is told so: that is no fine weather.
        self.town.storms += 1
        timer = threading.Timer(seconds, self._goes_on, (one,))
        timer.start()
        self._asleep = [each for each in self._asleep if each.is_alive()] + [timer]

    def _goes_on(self, one: Running) -> None:
        self.town.storms += 1
        self.desk.let_go(one)

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
                seat.hangs_up()
            seat.deaf.clear()

        timer = threading.Timer(self.chance.uniform(0.5, 4), after)
        timer.start()
        self._asleep.append(timer)

    def _hang_up(self) -> None:
        seat = self.chance.choice(list(self.town.seats.values()))
        if seat.running is not None:
            self.met["hang up"] += 1
            seat.hangs_up()

    # The store

    @contextlib.contextmanager
    def _storm(self) -> Iterator[None]:
        self.town.storms += 1
        self.town.stormy.set()
        try:
            yield
        finally:
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
        self.met["clock jump"] += 1
        self.desk.set_clock(self.chance.choice(JUMPS))
        time.sleep(self.chance.uniform(0.2, 1.0))
        self.desk.set_clock(0)

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


def _stands(pid: int) -> bool:
    """Whether a process is stopped (proc(5))."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(") ")[2].startswith("T")
    except OSError:
        return False
