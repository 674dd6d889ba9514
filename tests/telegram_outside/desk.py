"""A desk as somebody outside sees it: a directory, an engine, the command line's JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 30.0


class OutsideDesk:
    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
            "TELEGRAM_TOKEN": "7:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        }
        self._engine: subprocess.Popen[bytes] | None = None
        (home / "config.toml").write_text(
            "[desk]\n"
            'engine = "service"\n'
            "[accounts.bot]\n"
            'channel = "telegram"\n'
            'token = "env:TELEGRAM_TOKEN"\n'
            f'base_url = "http://127.0.0.1:{port}/bot"\n'
        )

    def start(self) -> None:
        with (self.home / "engine.log").open("ab") as log:
            self._engine = subprocess.Popen(
                self._command("serve"), env=self._environment, stderr=log
            )

    def kill(self) -> None:
        if self._engine is not None:
            self._engine.kill()
            self._engine.wait()

    def run(self, *arguments: str, text: str = "") -> str:
        done = subprocess.run(
            self._command(*arguments),
            env=self._environment,
            input=text,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))

    def messages(self) -> list[dict[str, Any]]:
        return [
            message
            for conversation in self.json("conversations")
            for message in self.json("show", str(conversation["id"]))["messages"]
        ]

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "omnitui", "--home", str(self.home), *arguments]


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)
