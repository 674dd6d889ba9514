"""A desk as somebody outside sees it: a directory, an engine, the command line's JSON."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omnitui.cli.main import main
from tests.servers.command import omnitui_at, start_omnitui
from tests.servers.forked import Forked

PATIENCE = 30.0


class OutsideDesk:
    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self._engine: Forked | None = None
        token = home / "token"
        token.write_text("7:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        token.chmod(0o600)
        (home / "config.toml").write_text(
            "[desk]\n"
            'engine = "service"\n'
            "[accounts.bot]\n"
            'channel = "telegram"\n'
            f'token = "file:{token}"\n'
            f'base_url = "http://127.0.0.1:{port}/bot"\n'
        )

    def start(self) -> None:
        with (self.home / "engine.log").open("ab") as log:
            self._engine = start_omnitui(self.home, "serve", log=log)

    def kill(self) -> None:
        if self._engine is not None:
            self._engine.kill()
            self._engine.wait(PATIENCE)

    def run(self, *arguments: str, text: str = "") -> str:
        done = omnitui_at(self.home, *arguments, stdin=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What the command line tells; in this process, since it is asked again and again."""
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            assert main(["--home", str(self.home), *arguments, "--json"]) == 0
        return json.loads(told.getvalue())

    def messages(self) -> list[dict[str, Any]]:
        return [
            message
            for conversation in self.json("conversations")
            for message in self.json("show", str(conversation["id"]))["messages"]
        ]


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)
