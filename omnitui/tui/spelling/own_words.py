"""The agent's own words: a file with one a line, which any editor may change."""

from __future__ import annotations

import os
from pathlib import Path

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui.text.spelled_words import as_known

MOST = 2_000_000
"""Bytes that are read of it."""


class OwnWords:
    """Words that are right whatever the dictionary says; capitals make no difference."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._words: frozenset[str] = frozenset()
        self._read_at: tuple[int, int] = (0, -1)

    def __contains__(self, word: str) -> bool:
        return word.casefold() in self._words

    def read(self) -> None:
        """Read it again if it changed; a file that cannot be read holds nothing."""
        try:
            state = self.path.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            if stamp == self._read_at:
                return
            with self.path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(MOST)
        except OSError:
            return
        self._words = frozenset(as_known(line.strip()).casefold() for line in text.splitlines())
        self._read_at = stamp

    def add(self, word: str) -> None:
        """Append a word. Raises `CommandError`."""
        if word in self:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(fd, "a", encoding="utf-8") as file:
                file.write(f"{word}\n")
        except OSError as error:
            raise CommandError(
                _("{path} cannot be written: {why}.").format(
                    path=self.path, why=error.strerror or error
                )
            ) from error
        self._words |= {word.casefold()}
