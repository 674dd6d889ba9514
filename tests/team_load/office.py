"""One engine, many screens, agents who work, and customers who write: begun, watched, ended."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from config.home import find_home
from config.load import load
from omnitui.desk.context import Desk
from omnitui.desk.replying.reply import add_note
from store.database import open_database, transaction
from store.model import ConversationId
from tests.fresh_store import fresh_store
from tests.servers.forked import Forked, fork
from tests.team_load.agents import Agent
from tests.team_load.channel import Due
from tests.team_load.screens import NOTED, PATIENCE, Screen, Watch

T = TypeVar("T")

SIZES = ((80, 24), (100, 30), (120, 40), (140, 40))
ACCOUNTS = {"chat": True, "talk": True, "post": False, "mail": False}
"""By name, whether it is a chat."""
WATCHERS = 2
"""Screens whose agents look at one conversation and hardly touch a key: on them it is measured
when a colleague's commit is seen."""
FAVOURED = -5
"""The engine's nice value."""
TICK = 0.02
PROBE_EVERY = 1.5
BACKGROUND = 8.0
"""Seconds between the watchers' keys."""


@dataclass(frozen=True)
class Sample:
    """One process at one moment."""

    at: float
    cpu: float
    """Seconds of processor time so far."""
    resident: int
    descriptors: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Sample:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        if fields[0] == "Z":
            raise ProcessLookupError(pid)
        tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
        return cls(
            time.monotonic(),
            (int(fields[11]) + int(fields[12])) / tick,
            int(fields[21]) * page,
            len(list(Path(f"/proc/{pid}/fd").iterdir())),
            int(fields[17]),
        )


@dataclass
class Office:
    directory: Path
    screens_wanted: int = 20
    customers: int = 3000
    forked: bool = True
    screens: list[Screen] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    wal: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.directory / "home"
        self.home.mkdir(parents=True, mode=0o700, exist_ok=True)
        lines = ["[desk]", 'name = "Storm"', "undo_send = 1", 'engine = "service"']
        for name, chat in ACCOUNTS.items():
            place = self.directory / name
            place.mkdir(exist_ok=True)
            lines += [
                f"[accounts.{name}]", 'channel = "storm"', f'address = "{name}@desk.test"',
                f'directory = "{place}"', f"customers = {self.customers}",
                f"chat = {str(chat).lower()}",
            ]  # fmt: skip
        (self.home / "config.toml").write_text("\n".join(lines) + "\n")
        self.config = load(find_home(self.home))
        fresh_store(self.store).close()
        self.config.home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.config.home.state / "tour").touch()
        self.due = {name: Due(self.directory / name / "due") for name in ACCOUNTS}
        self.log = self.directory / "engine.log"
        self.watch = Watch()
        self.engine: Forked | None = None
        self.delivered = sum(due.number for due in self.due.values())
        """So far, on this desk: it may have been worked on before."""
        self.run = len(list(self.directory.glob("run-*"))) + 1
        (self.directory / f"run-{self.run}").touch()
        self.shared = ConversationId(-1)
        self._turn = itertools.cycle(ACCOUNTS)
        self._stop = threading.Event()

    @property
    def store(self) -> Path:
        return self.home / "desk.sqlite"

    # Begin and end

    def start(self) -> None:
        """The engine, some conversations to look at, every screen, one after the other."""
        with self.log.open("ab") as log:
            self.engine = fork(
                "tests.team_load.run_engine", str(self.home), stdout=log.fileno(),
                stderr=log.fileno(),
            )  # fmt: skip
        if not self.delivered:
            self.deliver(120)
        self.until(lambda: self.stored() == self.delivered)
        self._favour(self.engine.pid)
        for number in range(self.screens_wanted):
            agent = f"agent{number:02d}"
            screen = Screen(
                self.home, agent, self.directory / f"{agent}.book", SIZES[number % len(SIZES)],
                forked=self.forked,
            )  # fmt: skip
            screen.first_letter = number * 16
            self.screens.append(screen)
            self.watch.add(screen)
            if not self.forked:
                screen.shows("all keys")  # two cores start two at once, not twenty
        for screen in self.screens:
            screen.shows("all keys")

    def _favour(self, pid: int) -> None:
        """As the engine's unit does (CPUWeight), where the processors are not enough; only root
        may."""
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(PermissionError, ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, int(task.name), FAVOURED)

    def work(self, think: float = 2.0) -> None:
        """Let agents work on all screens but the watchers', eight of them on one conversation."""
        rooms = self.read(lambda desk: desk.db.execute(
            "SELECT id FROM conversations ORDER BY id LIMIT 20").fetchall())  # fmt: skip
        shared = int(rooms[3][0])
        for number, screen in enumerate(self.screens[WATCHERS:]):
            agent = Agent(screen, f"a{number}r{self.run}", shared, together=number < 8, think=think)
            self.agents.append(agent)
            agent.start()
        self.shared = ConversationId(shared)

    def halt(self) -> None:
        """End the storm before its time."""
        self._stop.set()

    def rest(self) -> None:
        """The agents finish what they do."""
        for agent in self.agents:
            agent.end()
        for agent in self.agents:
            agent.join(90)

    def hanging(self) -> list[str]:
        """Screens that do not draw themselves anew when they are asked to."""
        found = []
        for screen in self.screens:
            if screen.poll() is not None:
                continue  # how it ended is counted by its exit code
            before = screen.frames
            for key in ("\x1b", "\x1b", "\x1b", "\x0c"):
                screen.press(key)
                time.sleep(0.1)
            end = time.monotonic() + PATIENCE
            while screen.frames == before and time.monotonic() < end:
                time.sleep(0.02)
            if screen.frames == before:
                found.append(f"{screen.agent} hangs")
        return found

    def settle(self, seconds: float = 120) -> list[str]:
        """Wait until everything is in and out; what is not, then."""
        with contextlib.suppress(AssertionError):
            self.until(lambda: not self.unsettled(), seconds)
        return self.unsettled()

    def unsettled(self) -> list[str]:
        missing = self.delivered - self.stored()
        found = [f"{missing} messages are not stored"] if missing else []
        return found + [
            f"reply {number} is {state}"
            for number, state in self.read(lambda desk: desk.db.execute(
                "SELECT id, state FROM messages WHERE state IN ('queued', 'sending')").fetchall())
        ]  # fmt: skip

    def stop(self) -> dict[str, int | None]:
        """End every screen as a lost connection does, then the engine; exit codes."""
        self._stop.set()
        for screen in self.screens:
            screen.hang_up()
        codes = {screen.agent: screen.ended() for screen in self.screens}
        if self.engine is not None:
            self.engine.terminate()
            codes["engine"] = self.engine.wait(30)
        return codes

    def close(self) -> None:
        self._stop.set()
        for agent in self.agents:
            agent.end()
        for screen in self.screens:
            screen.close()
        self.watch.close()
        if self.engine is not None and self.engine.poll() is None:
            self.engine.kill()
            self.engine.wait(10)

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # The storm

    def deliver(self, number: int) -> None:
        for _each in range(number):
            name = next(self._turn)
            self.due[name].number += 1
        self.delivered += number

    def storm(
        self, seconds: float, rate: Callable[[float], float], told: Callable[[], None] = int
    ) -> None:
        """Deliver `rate(seconds since the begin)` messages a second, for so long. `told` is called
        about every second."""
        begun = last = time.monotonic()
        owed, spoken = 0.0, begun
        while (now := time.monotonic()) - begun < seconds and not self._stop.is_set():
            owed += (now - last) * rate(now - begun)
            last = now
            self.deliver(int(owed))
            owed -= int(owed)
            if now - spoken >= 1:
                spoken = now
                told()
            time.sleep(TICK)

    # Looks

    def read(self, look: Callable[[Desk], T]) -> T:
        db = open_database(self.store, readonly=True)
        try:
            return look(Desk(db, self.config, "tester"))
        finally:
            db.close()

    def stored(self) -> int:
        return int(self.read(lambda desk: desk.db.execute(
            "SELECT count(*) FROM messages WHERE direction = 'in'").fetchone()[0]))  # fmt: skip

    def until(self, true: Callable[[], object], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"not true after {seconds} s\n{self.log.read_text()}"
            time.sleep(0.05)

    def sample(self) -> None:
        """Every process, and the write-ahead log."""
        assert self.engine is not None
        for name, pid in [("engine", self.engine.pid), *((s.agent, s.pid) for s in self.screens)]:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                self.samples.setdefault(name, []).append(Sample.of(pid))
        with contextlib.suppress(FileNotFoundError):
            size = self.store.with_name(self.store.name + "-wal").stat().st_size
            self.wal.append((time.monotonic(), size))

    def books(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the screens have noted: the agent, and a line."""
        for screen in self.screens:
            for line in screen.book.read_text().splitlines():
                yield screen.agent, json.loads(line)


class Probe(threading.Thread):
    """A colleague without a screen, who writes notes into what the watchers look at; and the
    watchers' hands, which touch a key now and then."""

    def __init__(self, office: Office, every: float = PROBE_EVERY) -> None:
        super().__init__(name="probe", daemon=True)
        self._office = office
        self.every = every
        self._end = threading.Event()
        self.commits: list[float] = []
        """Seconds of each."""
        self.failure: BaseException | None = None

    def end(self) -> None:
        self._end.set()
        self.join(90)

    def run(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self.failure = error
            raise

    def _run(self) -> None:
        office, chance = self._office, random.Random(1)
        watchers = office.screens[:WATCHERS]
        rooms: list[ConversationId] = [
            ConversationId(row[0])
            for row in office.read(lambda desk: desk.db.execute(
                "SELECT id FROM conversations ORDER BY id LIMIT 30, 2").fetchall())
        ]  # fmt: skip
        for watcher, room in zip(watchers, rooms, strict=True):
            for keys in (":", f"go {room}", "\r"):
                watcher.press(keys)
                self._end.wait(1.0)
        db = open_database(office.store)
        letters = itertools.cycle(NOTED)
        touched = time.monotonic()
        try:
            while not self._end.wait(chance.uniform(0.5, 1.5) * self.every):
                if time.monotonic() - touched > BACKGROUND:
                    touched = time.monotonic()
                    for watcher in watchers:
                        watcher.press("kG")
                    self._end.wait(0.5)
                which = chance.randrange(WATCHERS)
                letter = next(letters)
                desk = Desk(db, office.config, "probe")
                with watchers[which].waiting(letter, "colleague") as go:
                    began = time.monotonic()
                    with transaction(db):
                        add_note(desk, rooms[which], f"Look {letter}")
                    go()
                    self.commits.append(time.monotonic() - began)
        finally:
            db.close()
