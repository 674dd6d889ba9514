"""Which SQLite the whole program uses, aiosqlite included. Import this before `sqlite3`.

SQLite 3.7.0–3.51.2 can corrupt a WAL database when two connections checkpoint and
commit at once (sqlite.org/wal.html, the WAL-reset bug), which is what several agents
and an engine do all day. The interpreter's own SQLite is taken when it is fixed, the
`pysqlite3` wheel otherwise; an unsafe one never opens a store.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from store.errors import UnsafeSqlite
from store.turn import Turn
from store.wording import _

if TYPE_CHECKING:
    import sqlite3 as sqlite3
else:
    sqlite3 = None

FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""The first fixed release, and the fixed releases of older branches."""


def is_safe(version: str) -> bool:
    """Whether this SQLite version is free of the WAL-reset bug."""
    try:
        numbers = tuple(int(part) for part in version.split("."))[:3]
    except ValueError:
        return False
    if numbers >= FIXED[0]:
        return True
    return any(numbers[:2] == fixed[:2] and numbers >= fixed for fixed in FIXED[1:])


def _choose() -> None:
    global sqlite3
    import _sqlite3

    if not is_safe(_sqlite3.sqlite_version):
        try:
            import pysqlite3  # type: ignore[import-untyped]
            from pysqlite3 import dbapi2
        except ImportError:
            pass
        else:
            sys.modules["sqlite3"] = pysqlite3
            sys.modules["sqlite3.dbapi2"] = dbapi2
    import sqlite3 as chosen

    sqlite3 = chosen


if not TYPE_CHECKING:
    _choose()

Row = sqlite3.Row


class Connection(sqlite3.Connection):
    """A connection, with what its open transaction still owes the search index."""

    unindexed: list[tuple[int, str, str, str, str, str, str]]
    stale_customers: set[int]
    path: str
    """The database's file."""
    directory: str
    patience: float
    """Seconds a transaction waits for the write lock."""
    turn: Turn | None
    """Its place among those who write."""
    is_closed: bool
    file: tuple[int, int] | None
    """Device and inode of the file that was opened; None: not asked about."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.unindexed = []
        self.stale_customers = set()
        self.path = self.directory = ""
        self.patience = 0.0
        self.turn = None
        self.file = None
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True
        super().close()
        if self.turn is not None:
            self.turn.close()


def version() -> str:
    """The version of the SQLite in use, as "3.53.4"."""
    return sqlite3.sqlite_version


def require_safe() -> None:
    """Raise `UnsafeSqlite` unless the SQLite in use may hold a store."""
    if not is_safe(version()):
        raise UnsafeSqlite(
            _(
                "SQLite {version} can corrupt a store that several programs write: "
                "install the package pysqlite3 (pip install pysqlite3), "
                "or a Python with SQLite 3.51.3 or newer."
            ).format(version=version())
        )
