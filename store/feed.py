"""What other processes did, as soon as they committed it.

inotify on the write-ahead log wakes; `PRAGMA data_version` tells whether somebody
committed; then the events after the last seen are read. A commit becomes visible a moment
after its last write (the log is synced in between), hence the looks that follow a wake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from store import events
from store.database import open_database
from store.driver import Connection, sqlite3
from store.errors import from_sqlite
from store.model import Event

if TYPE_CHECKING:
    from asyncinotify import Inotify

    from store.database import Store

SOON = 0.0005
"""Seconds until the first look after a wake; each further one takes twice as long."""

IDLE = 1.0
"""Seconds between looks while nothing wakes."""

POLL = 0.05
"""Seconds between looks where there is no inotify."""

PAGE = 1000

URGENT = 0.04
"""Seconds between looks for what cannot wait, while the rest is gathered."""

RARELY = 0.15
"""The same where that is gathered for long: the machine is crowded."""

Urgent = Callable[[], tuple[int | None, int | None] | None]
"""The conversation and the customer whose events are not waited with; None: there are none."""


class ChangeFeed:
    """`async with ChangeFeed(path, store) as feed: async for events in feed: …`

    Yields the events since it was entered (or after `after`) in order, in lists, however
    they came: from this process too. None is left out, none comes twice.
    """

    def __init__(
        self,
        path: Path,
        store: Store,
        *,
        after: int | None = None,
        committed: Callable[[], None] | None = None,
        urgent: Urgent = lambda: None,
    ) -> None:
        """`committed` is called at every commit, also of what leaves no event (typing)."""
        self.pause = 0.0
        """Seconds from one reading to the next at least, unless something urgent happens; whoever
        reads the feed may change it at any time."""
        self._urgent = urgent
        self._read_at = -3600.0
        self._committed = committed
        self._path = Path(path)
        self._store = store
        self._last = after
        self._version = -1
        self._more = False
        self._wake = asyncio.Event()
        self._heard = asyncio.Event()
        """The wake was taken note of."""
        self._peek: Connection | None = None
        self._inotify: Inotify | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ChangeFeed:
        self._inotify = self._watch()
        if self._inotify is not None:
            self._watcher = asyncio.create_task(self._listen(self._inotify), name="store watch")
        try:
            self._peek = await asyncio.to_thread(open_database, self._path, readonly=True)
            # A look at the log's header, in this thread: it must not wait for a lock.
            self._peek.execute("PRAGMA busy_timeout = 0")
            if self._last is None:
                self._last = await self._store.read(events.last_id)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        if self._inotify is not None:
            self._inotify.close()
        if self._peek is not None:
            self._peek.close()
        self._watcher = self._inotify = self._peek = None

    def __aiter__(self) -> ChangeFeed:
        return self

    async def __anext__(self) -> list[Event]:
        while True:
            if not self._more:
                await self._changed()
                if self._committed is not None:
                    self._committed()
                await self._gather()
            found = await self._store.read(events.after, self._last or 0, PAGE)
            self._read_at = monotonic()
            self._more = len(found) == PAGE
            if found:
                self._last = found[-1].id
                return found

    async def _gather(self) -> None:
        """Let more come together, as long as is paused between two readings."""
        while (left := self._read_at + self.pause - monotonic()) > 0:
            if self._is_urgent():
                return
            await asyncio.sleep(min(left, max(URGENT, self.pause / 20), RARELY))

    def _is_urgent(self) -> bool:
        """Whether something happened that cannot wait: a look at the newest rows of the log, in
        this thread, since a hop to another would cost more than it."""
        wanted = self._urgent()
        if wanted is None or self._peek is None:
            return False
        try:
            return events.concern(self._peek, self._last or 0, *wanted)
        except (sqlite3.OperationalError, MemoryError):
            return False
        except sqlite3.Error as error:
            raise from_sqlite(error, str(self._path)) from error

    async def _changed(self) -> None:
        """Return when somebody has committed since the last look."""
        pause = IDLE
        while not self._look():
            try:
                async with asyncio.timeout(pause if self._watcher else POLL):
                    await self._wake.wait()
            except TimeoutError:
                pause = min(pause * 2, IDLE)
            else:
                pause = SOON
            self._wake.clear()
            self._heard.set()

    def _look(self) -> bool:
        assert self._peek is not None
        try:
            version = int(self._peek.execute("PRAGMA data_version").fetchone()[0])
        except (sqlite3.OperationalError, MemoryError):  # the log is being recovered: look again
            return False
        except sqlite3.Error as error:
            raise from_sqlite(error, str(self._path)) from error
        changed = version != self._version
        self._version = version
        return changed

    def _watch(self) -> Inotify | None:
        """Watch the directory: the log itself may be made anew. None where that is not
        possible (another system, no watch left)."""
        try:
            from asyncinotify import Inotify, Mask
        except (ImportError, OSError, AttributeError):
            return None
        try:
            inotify = Inotify()
            inotify.add_watch(self._path.parent, Mask.MODIFY | Mask.CREATE | Mask.MOVED_TO)
        except OSError:
            return None
        return inotify

    async def _listen(self, inotify: Inotify) -> None:
        name = f"{self._path.name}-wal"
        async for event in inotify:
            if event.name is None or event.name.name == name:
                self._heard.clear()
                self._wake.set()
                # The kernel makes one of the equal events that come meanwhile; and nobody has to
                # be woken who has not come back from the last time.
                await asyncio.sleep(0.001)
                while self._wake.is_set():
                    self._heard.clear()
                    await self._heard.wait()
