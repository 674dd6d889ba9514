"""A desk on disk whose accounts are scripted, an engine process on it, and a look inside."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from config.home import find_home
from config.load import load
from config.model import Config
from omnitui.desk.context import Desk
from store.database import open_database, transaction
from store.driver import Connection
from store.errors import StoreMissing
from tests.engine.scripted import Place
from tests.fresh_store import fresh_store
from tests.servers.forked import Forked, fork

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a condition that should come true counts as failed."""


class DeskHome:
    def __init__(
        self,
        directory: Path,
        accounts: tuple[str, ...] = ("one",),
        *,
        outside: Path | None = None,
        options: Mapping[str, Any] = MappingProxyType({}),
        channel: str = "scripted",
    ) -> None:
        """`outside`: where the channels' files and the log are; else in the desk's directory.
        `options` of every account."""
        self.directory = directory
        self._outside = outside or directory
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        self.places = {name: Place(self._outside / "channels" / name) for name in accounts}
        lines = ["[desk]", 'name = "Test"', "undo_send = 0"]
        for name, place in self.places.items():
            lines += [
                f"[accounts.{name}]",
                f'channel = "{channel}"',
                f'address = "{name}@desk.test"',
                f'directory = "{place.directory}"',
                *(f"{name} = {json.dumps(value)}" for name, value in options.items()),
            ]
        (directory / "config.toml").write_text("\n".join(lines) + "\n")
        self.processes: list[Forked] = []

    @property
    def place(self) -> Place:
        return self.places["one"]

    @property
    def config(self) -> Config:
        return load(find_home(self.directory))

    @property
    def log(self) -> str:
        path = self._outside / "stderr.log"
        return path.read_text() if path.exists() else ""

    def start(self, *arguments: str, wait: bool = True, **options: Any) -> Forked:
        """An engine process; with `wait` it has the lock and serves when this returns. `options`
        of `fork`."""
        before = self.log.count("engine: process")
        with (self._outside / "stderr.log").open("ab") as log:
            process = fork(
                "tests.engine.run_engine", str(self.directory), *arguments,
                stdout=log.fileno(), stderr=log.fileno(), **options,
            )  # fmt: skip
        self.processes.append(process)
        if wait:
            until(lambda: self.log.count("engine: process") > before or process.poll() is not None)
            assert process.poll() is None, self.log
        return process

    def kill(self, process: Forked) -> None:
        process.kill()
        process.wait(10)

    def stop(self, process: Forked, number: int = signal.SIGTERM) -> int:
        process.send_signal(number)
        return process.wait(20)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)

    def read(self, look: Callable[[Desk], T]) -> T:
        db = open_database(self.config.home.store_file, readonly=True)
        try:
            return look(Desk(db, self.config, "tester"))
        finally:
            db.close()

    def write(self, change: Callable[[Desk], T], agent: str = "tester") -> T:
        db = fresh_store(self.config.home.store_file)
        try:
            with transaction(db):
                return change(Desk(db, self.config, agent))
        finally:
            db.close()

    def eventually(self, look: Callable[[Desk], object]) -> None:
        """Wait until what `look` says of the store is true."""

        with contextlib.ExitStack() as stack:
            opened: list[Connection] = []

            def true() -> bool:
                if not opened:
                    try:
                        db = open_database(config.home.store_file, readonly=True)
                    except StoreMissing:
                        return False
                    opened.append(db)
                    stack.callback(db.close)
                return bool(look(Desk(opened[0], config, "tester")))

            config = self.config
            until(true, lambda: self.log)


def until(true: Callable[[], object], explain: Callable[[], str] = str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"still not true after {PATIENCE} s\n{explain()}"
        time.sleep(0.01)
