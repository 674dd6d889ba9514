"""After rows were erased: their words in the search index, in files and in the log go, too.

SQLite overwrites what is deleted (`secure_delete`), but three things hold words a while longer:
segments of the index until they are merged (a contentless index cannot look up what to take out),
files of large contents, and the write-ahead log with earlier pages. Each step is short; all of
them may be done again.
"""

from __future__ import annotations

from typing import Literal

from store import contents
from store.blobs import for_database
from store.database import LOCK_TIMEOUT
from store.driver import Connection, sqlite3

PAGES = 50
"""Pages of the index that one step merges: some 10 ms, most of it the commit."""

SMALL = 8_000_000
"""Bytes of a database that is written anew after an erasing: some 100 ms."""

_BUSY = (5, 6)
"""SQLITE_BUSY, SQLITE_LOCKED."""

Index = Literal["message_search", "customer_search"]
INDEXES: tuple[Index, ...] = ("message_search", "customer_search")


def merge_index(db: Connection, index: Index, *, begin: bool) -> bool:
    """Merge some more of an index, so that what was taken out is not in it any more; whether
    there is more to do. `begin` with the first step. Inside a transaction.
    (sqlite.org/fts5.html#the_merge_command)"""
    before = db.total_changes
    db.execute(
        f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)", (-PAGES if begin else PAGES,)
    )
    return db.total_changes - before > 1


def delete_files(db: Connection) -> bool:
    """Delete some of the files that no row names; whether there may be more. Inside a
    transaction."""
    return contents.delete_files(db, for_database(db)) > 0


def compact(db: Connection, most: int | None = SMALL) -> bool:
    """Write the database anew, without what its pages hold beside their rows: SQLite overwrites
    what is deleted, yet may leave copies of rows that it moved from page to page. Others cannot
    write meanwhile.

    Args:
        most: bytes up to which it is done; None: however large it is.

    Returns:
        False while others write: try again. Not inside a transaction.
    """
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    if most is not None and pages * db.execute("PRAGMA page_size").fetchone()[0] > most:
        return True
    db.execute("PRAGMA busy_timeout = 0")
    # A large copy is no matter for the memory.
    db.execute(f"PRAGMA temp_store = {'MEMORY' if most is not None else 'FILE'}")
    try:
        db.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if (getattr(error, "sqlite_errorcode", 0) & 0xFF) not in _BUSY:
            raise
        return False
    finally:
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute(f"PRAGMA busy_timeout = {int(LOCK_TIMEOUT * 1000)}")
    return True


def empty_log(db: Connection) -> bool:
    """Bring the write-ahead log into the database and cut it off; False while others read what is
    in it: try again. Not inside a transaction."""
    # Nobody is to wait for us who waits for somebody.
    db.execute("PRAGMA busy_timeout = 0")
    try:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        busy, _pages, _moved = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(LOCK_TIMEOUT * 1000)}")
    return not busy
