"""The `:` line's history, kept between sessions in the agent's own state directory."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

KEPT = 500


class History:
    """Lines typed before, the oldest first; a missing or unwritable file is no trouble."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            try:
                with self._path.open(encoding="utf-8", errors="replace") as file:
                    self._lines = [line.rstrip("\n") for line in file if line.strip()][-KEPT:]
            except OSError:
                self._lines = []
        return self._lines

    def add(self, line: str) -> None:
        """Remember a line; the file is rewritten whole, so that a crash leaves one or the other."""
        line = line.strip()
        if not line or "\n" in line:
            return
        kept = [known for known in self.lines if known != line]
        self._lines = [*kept[-KEPT + 1 :], line]
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.writelines(f"{known}\n" for known in self._lines)
            fresh.replace(self._path)
