"""A real tmux around a program: keys go in by name, the pane comes out as text."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers.process import require


class Tmux:
    """One session of a tmux server of its own, without the person's own settings."""

    def __init__(
        self,
        directory: Path,
        argv: Sequence[str],
        size: tuple[int, int] = (80, 24),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        require("tmux", package="tmux")
        self._socket = directory / f"tmux-{os.getpid()}-{time.monotonic_ns()}"
        settings = {"LANG": "C.UTF-8", "COLORTERM": "truecolor", **(environ or {})}
        columns, rows = size
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
            *(part for pair in settings.items() for part in ("-e", "=".join(pair))),
            shlex.join(argv),
        )  # fmt: skip

    def press(self, *keys: str) -> None:
        """By tmux's names: `Enter`, `C-s`, `F2`, `j`."""
        for key in keys:
            self._tmux("send-keys", "--", key)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", "--", text)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def text(self) -> str:
        found = self._try("capture-pane", "-p")
        return found.stdout if found.returncode == 0 else "(it has ended)"

    @property
    def pid(self) -> int:
        """Of the program in the pane."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def sees(self, text: str) -> None:
        self.until(lambda: text in self.text, text)

    def until(self, true: Callable[[], object], what: str = "", seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what} never came; the screen shows:\n{self.text}"
            time.sleep(0.05)

    def close(self) -> None:
        self._try("kill-server")

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _tmux(self, *arguments: str) -> str:
        found = self._try(*arguments)
        assert found.returncode == 0, found.stderr
        return found.stdout

    def _try(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {n: v for n, v in os.environ.items() if n not in ("TMUX", "NO_COLOR")}
        return subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments],
            capture_output=True, text=True, timeout=20, env=environ,
        )  # fmt: skip
