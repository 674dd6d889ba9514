"""Writers take turns: who has just written does not write again before who has waited.

SQLite gives its write lock to whoever asks at the right moment. One who writes without a pause, as
the engine does in a storm of messages, asks again at once, and all others find the lock taken
whenever they look: one waited for seven seconds. So a writer first takes the turn, which is a
lock of its own (flock(2) of the store's directory), and gives it back as soon as it has the write
lock: then there is at most one who waits for SQLite, and who comes from a commit is not it.

It is a courtesy and no lock that anything depends on: where it cannot be had (a stopped process
holds it, the file system has no such locks) the writer goes on without it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import time
from collections.abc import Iterator

LONGEST = 2.0
"""Seconds that a writer waits for its turn; a turn is as long as one commit."""
SOON, LATE = 0.0005, 0.003
"""Seconds between two looks at first, and at most; the longer one has waited, the more often it
looks again."""


class Turn:
    """A connection's place in the queue of the writers of one directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._file = -1

    @contextlib.contextmanager
    def taken(self, patience: float) -> Iterator[None]:
        """It is our turn within, if it can be had in less than `patience` seconds."""
        has = self._take(min(LONGEST, patience / 2))
        try:
            yield
        finally:
            if has:
                with contextlib.suppress(OSError):
                    fcntl.flock(self._file, fcntl.LOCK_UN)

    def _take(self, patience: float) -> bool:
        begun = time.monotonic()
        pause = SOON
        try:
            if self._file < 0:
                self._file = os.open(self._directory or ".", os.O_RDONLY | os.O_CLOEXEC)
            while True:
                try:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    waited = time.monotonic() - begun
                    if waited > patience:
                        return False
                    time.sleep(random.uniform(pause / 2, pause))  # noqa: S311
                    pause = min(pause * 1.5, LATE) if waited < 0.1 else SOON
                else:
                    return True
        except OSError:
            return False

    def close(self) -> None:
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.close()
