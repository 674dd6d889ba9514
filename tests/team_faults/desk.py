"""A team's desk on a small disk of its own, its people, and its processes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.scripted import Place
from tests.servers.forked import Forked, fork
from tests.servers.process import short_directory
from tests.team_faults.power import Image
from tests.team_faults.process import OFFSET

SERVICE, FIRST = 61000, 61001
"""Numbers of the Unix users: the engine's, whose group all are in, and the first agent's."""
ACCOUNTS = {"proof": True, "blind": False}
"""Channels: one that can be asked whether a message went out, one that cannot."""
HARD = {"data": "unlimited", "fsize": "unlimited", "nofile": "1024"}
CONFIG = """
[desk]
name = "Town"
engine = "service"
undo_send = "1s"
after_send = "back"
"""
TEAM = """
[team]
user = "service"
store = "{top}/disk/store"
state = "{state}"
reclaim_after = "30m"
"""
PRELOAD = (
    "omnitui.cli.screen", "omnitui.cli.reply", "omnitui.cli.do", "omnitui.cli.show",
    "omnitui.cli.backup", "omnitui.cli.conversations", "omnitui.desk.commands",
    "omnitui.desk.replying.reply", "omnitui.tui.commands",
)  # fmt: skip


CUT_SHORT = (-signal.SIGABRT, -signal.SIGSEGV, 127)  # the last by the C library itself


@dataclass
class Running:
    """One process of the desk."""

    role: str
    """`engine`, `screen` or `command`."""
    name: str
    """Whose."""
    process: Forked
    stopped: bool = False
    killed_at: float = 0.0
    trapped: bool = False
    """It kills itself in the middle of a transaction."""
    tight: bool = False
    """The system gave it too little for a while."""

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def cut_short(self) -> bool:
        """It had too little, and ended as Python or a library ends where not even the error finds
        room."""
        return self.tight and self.process.poll() in CUT_SHORT


@dataclass
class Ran:
    """A command that has ended."""

    code: int
    out: str
    said: str
    cut_short: bool = False
    """As `Running.cut_short`."""


class TownDesk:
    def __init__(self, people: Sequence[str], image: Image | None = None) -> None:
        """`image`: a disk whose power can be cut, with all that the machine has to keep."""
        self.root = os.geteuid() == 0
        """Real Unix users and a disk of its own; else all are one user in a directory."""
        self.top = short_directory("omf")
        self.disk = self.top / "disk"
        self.disk.mkdir()
        self.people = list(people)
        self.clock = self.top / "clock"
        self.clock.write_bytes(bytes(OFFSET.size))
        self.clock.chmod(0o666)
        self.running: list[Running] = []
        self.gone: list[Running] = []
        """Engines that have ended."""
        self.lock = threading.Lock()
        self.starting = threading.Lock()
        """Whoever has it is the only one who starts anything."""
        if image is not None:
            image.mount(self.disk)
        self.mounted = image is None and self.root and self._mount("size=64m,nr_inodes=4000")
        self.state = (self.top if image is None else self.disk) / "engine"
        self.places = {name: Place(self.top / "channels" / name) for name in ACCOUNTS}
        for each in ("etc", "logs", "disk/store", "backups"):
            (self.top / each).mkdir(exist_ok=True)
        self.state.mkdir()
        self._write_settings()
        if self.root:
            os.chown(self.store, SERVICE, SERVICE)
            self.store.chmod(0o2770)
            for path in (self.state, self.top / "backups", *self.top.glob("channels/*")):
                os.chown(path, SERVICE, SERVICE)
            self.state.chmod(0o700)
        for person in self.people:
            state = self.top / "home" / person / "omnitui" / "etc"
            state.mkdir(parents=True)
            (state / "tour").touch()  # they have been shown round
            if self.root:
                for path in (state, *list(state.parents)[:2], state / "tour"):
                    os.chown(path, self._uid(person), SERVICE)

    @property
    def store(self) -> Path:
        return self.disk / "store"

    @property
    def database(self) -> Path:
        return self.store / "desk.sqlite"

    @property
    def home(self) -> Path:
        return self.top / "etc"

    @property
    def log(self) -> str:
        path = self.top / "logs" / "engine.log"
        return path.read_text() if path.exists() else ""

    def _write_settings(self) -> None:
        lines = [CONFIG]
        for name, proves in ACCOUNTS.items():
            lines += [
                f"[accounts.{name}]", 'channel = "scripted"', f'address = "{name}@desk.test"',
                f'directory = "{self.places[name].directory}"', f"proves = {json.dumps(proves)}",
            ]  # fmt: skip
        (self.home / "config.toml").write_text("\n".join(lines) + "\n")
        (self.home / "team.toml").write_text(TEAM.format(top=self.top, state=self.state))
        for file in self.home.iterdir():
            file.chmod(0o644)

    # Processes

    def start(
        self, role: str, name: str, *arguments: str, trap: tuple[str, int] | None = None,
        **streams: Any,
    ) -> Running:  # fmt: skip
        state = self.top / "home" / name
        about = {
            "name": name, "uid": self._uid(name) if self.root else 0, "gid": SERVICE,
            "clock": str(self.clock), "trap": trap, "state": str(state),
            "stacks": str(self._stacks(role, name)),
        }  # fmt: skip
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "TZ")}
        env = kept | {
            "HOME": str(state), "XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state),
            "TERM": "xterm-256color", "LANG": "C.UTF-8", "LANGUAGE": "en",
        }  # fmt: skip
        with self.starting:
            process = fork(
                "tests.team_faults.process", json.dumps(about), *arguments, env=env,
                preload=PRELOAD, **streams,
            )  # fmt: skip
            found = Running(role, name, process, trapped=trap is not None)
            with self.lock:
                ended = [each for each in self.running if each.ended]
                self.running = [each for each in self.running if each not in ended] + [found]
        self.gone += [each for each in ended if each.role == "engine"]
        return found

    def start_engine(self, trap: tuple[str, int] | None = None) -> Running:
        """One that serves, or stands by while another one does."""
        with (self.top / "logs" / "engine.log").open("ab") as log:
            return self.start(
                "engine", "service", "engine", str(self.home), trap=trap,
                stdout=log.fileno(), stderr=log.fileno(), start_new_session=True,
            )  # fmt: skip

    def command(
        self, name: str, *arguments: str, given: str = "", trap: tuple[str, int] | None = None,
        seconds: float = 60,
    ) -> Ran:  # fmt: skip
        """An agent's command, to its end. Raises `subprocess.TimeoutExpired`."""
        with (
            tempfile.TemporaryFile("w+") as into,
            tempfile.TemporaryFile("w+") as out,
            tempfile.TemporaryFile("w+") as said,
        ):
            into.write(given)
            into.seek(0)
            one = self.start(
                "command", name, "--home", str(self.home), *arguments, trap=trap,
                stdin=into.fileno(), stdout=out.fileno(), stderr=said.fileno(),
            )  # fmt: skip
            end = time.monotonic() + seconds
            while (code := one.process.poll()) is None:  # others ask, too, how it goes
                if time.monotonic() > end:
                    one.process.kill()
                    raise subprocess.TimeoutExpired(list(arguments), seconds)
                time.sleep(0.01)
            out.seek(0)
            said.seek(0)
            return Ran(code, out.read(), said.read(), one.cut_short)

    def start_screen(self, name: str) -> tuple[Running, int]:
        """A screen and the side of the person who sits there."""
        ours, its = pty.openpty()
        try:
            fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            return self.start("screen", name, "--home", str(self.home), terminal=its), ours
        finally:
            os.close(its)

    def some(self, *roles: str) -> list[Running]:
        """What runs of these, in the order in which they began."""
        with self.lock:
            return [one for one in self.running if one.role in roles and not one.ended]

    def end(self) -> None:
        """Kill whatever runs, give the disk back."""
        with self.lock:
            left, self.running = self.running, []
        for one in left:
            one.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(10)
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.disk)], check=False, capture_output=True)
        shutil.rmtree(self.top, ignore_errors=True)

    def _uid(self, name: str) -> int:
        return SERVICE if name == "service" else FIRST + self.people.index(name)

    # What the weather does

    def _mount(self, options: str) -> bool:
        argv = ["mount", "-t", "tmpfs", "-o", f"{options},mode=755", "none", str(self.disk)]
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0

    @contextlib.contextmanager
    def limited(self, what: str) -> Iterator[None]:
        """No room (`size`), or none for another file (`inodes`)."""
        found = os.statvfs(self.disk)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize
        tight = f"size={used}" if what == "size" else f"nr_inodes={found.f_files - found.f_ffree}"
        wide = "size=512m" if what == "size" else "nr_inodes=50000"
        try:
            self._remount(tight)
            yield
        finally:
            self._remount(wide)

    def _remount(self, options: str) -> None:
        argv = ["mount", "-o", f"remount,{options}", str(self.disk)]
        # What is written at this moment may need more: then it is not as tight as it could be.
        subprocess.run(argv, capture_output=True, check=False)

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody may write any more who has not begun."""
        files = [p for p in self.store.glob("desk.sqlite*") if p.is_file()]
        try:
            self.store.chmod(0o2550)
            for path in files:
                with contextlib.suppress(FileNotFoundError):
                    path.chmod(0o440)
            yield
        finally:
            self.store.chmod(0o2770)
            for path in files:
                with contextlib.suppress(FileNotFoundError):
                    path.chmod(0o660)

    @contextlib.contextmanager
    def tight(self, one: Running, what: str, limit: int) -> Iterator[None]:
        """A process gets no more of something (`data`, `nofile`, `fsize`: prlimit(1)) than that."""
        try:
            self._limit(one, what, str(limit))
            yield
        finally:
            self._limit(one, what, HARD[what])

    def _limit(self, one: Running, what: str, soft: str) -> None:
        """The one that it may change itself; of a process that has ended already, nobody's."""
        argv = ["prlimit", "--pid", str(one.process.pid), f"--{what}={soft}:"]
        # Root in a container may not do that to others.
        who: dict[str, Any] = {"user": self._uid(one.name), "group": SERVICE, "extra_groups": []}
        subprocess.run(argv, capture_output=True, check=False, **(who if self.root else {}))

    def set_clock(self, seconds: float) -> None:
        """By how much the clock is wrong from now on."""
        with self.clock.open("r+b") as file:
            file.write(OFFSET.pack(int(seconds * 1e9)))

    # Looking

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the store, without any of ours. Raises `sqlite3.Error`."""
        from store.driver import sqlite3 as ours

        db = ours.connect(f"file:{self.database}?mode=rw", uri=True, timeout=10)
        try:
            return [tuple(row) for row in db.execute(question, values)]
        finally:
            db.close()

    def eventually(self, true: Callable[[], object], what: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what} never came\n{self.log[-3000:]}"
            time.sleep(0.05)

    def stacks(self, one: Running, seconds: float = 1.0) -> str:
        """What a process is doing that does not end; one that stands still does not tell."""
        path = self._stacks(one.role, one.name)
        before = path.stat().st_size if path.exists() else 0
        one.process.send_signal(signal.SIGUSR1)
        time.sleep(seconds)
        return path.read_text()[before:] if path.exists() else ""

    def _stacks(self, role: str, name: str) -> Path:
        return self.top / "logs" / f"{role}-{name}.stacks"

    def let_go(self, one: Running) -> None:
        one.stopped = False
        one.process.send_signal(signal.SIGCONT)
