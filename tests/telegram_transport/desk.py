"""A desk with bots, its engine a real process, looked at through the CLI and its store."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.database import open_database
from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.server import BotApi
from tests.servers.command import omnitui_at, start_omnitui
from tests.servers.forked import Forked

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class TelegramDesk:
    def __init__(
        self, directory: Path, server: BotApi, *bots: Bot, settings: str = 'greeting = ""'
    ) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700)
        lines = ["[desk]", 'name = "Acme support"', "undo_send = 0"]
        for number, bot in enumerate(bots or (server.bot,)):
            secret = directory / f"token{number}"
            secret.write_text(bot.token)
            secret.chmod(0o600)
            lines += [
                f"[accounts.{'bot' if not number else f'bot{number}'}]",
                'channel = "telegram"',
                f'token = "file:{secret}"',
                f'base_url = "{server.base_url}"',
                "poll_timeout = 5",
                "pace_per_chat = 100",
                settings,
            ]
        (directory / "config.toml").write_text("\n".join(lines) + "\n")
        self.processes: list[Forked] = []

    def run(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return omnitui_at(self.directory, *argv, stdin=stdin)

    def json(self, *argv: str) -> Any:
        found = self.run(*argv, "--json")
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)

    def reply(self, conversation: int, text: str, *options: str) -> int:
        found = self.run("reply", str(conversation), *options, stdin=text)
        assert found.returncode == 0, found.stderr
        return int(found.stdout)

    def serve(self) -> Forked:
        with (self.directory / "serve.log").open("ab") as log:
            process = start_omnitui(self.directory, "serve", log=log)
        self.processes.append(process)
        return process

    def kill(self, process: Forked) -> None:
        """kill -9."""
        process.kill()
        process.wait(10)

    def stop(self, process: Forked) -> int:
        process.terminate()
        return process.wait(30)

    def close(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    @property
    def log(self) -> str:
        path = self.directory / "serve.log"
        return path.read_text() if path.exists() else ""

    def read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        if not (self.directory / "desk.sqlite").exists():
            return []
        db = open_database(self.directory / "desk.sqlite", readonly=True)
        try:
            return [tuple(row) for row in db.execute(query, values).fetchall()]
        finally:
            db.close()

    def texts(self, direction: str = "in") -> list[str]:
        query = "SELECT text FROM messages WHERE direction = ? ORDER BY id"
        return [row[0] for row in self.read(query, direction)]

    def account(self, name: str = "bot") -> tuple[str, str]:
        """Its state, and what is said of it."""
        rows = self.read("SELECT state, state_reason FROM accounts WHERE name = ?", name)
        return (rows[0][0], rows[0][1]) if rows else ("", "")

    def state(self, message: int) -> str:
        return str(self.read("SELECT state FROM messages WHERE id = ?", message)[0][0])

    def conversation(self) -> int:
        """The newest one."""
        return int(self.read("SELECT max(id) FROM conversations")[0][0])

    def eventually(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, f"still not true after {PATIENCE} s\n{self.log}"
            time.sleep(0.03)
