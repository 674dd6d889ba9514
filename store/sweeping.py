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
from store.driver import Connection

PAGES = 100
"""Pages of the index that one step merges: some 20 ms."""

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


def empty_log(db: Connection) -> bool:
    """Bring the write-ahead log into the database and cut it off; False while others read what is
    in it: try again. Not inside a transaction."""
    timeout = db.execute("PRAGMA busy_timeout").fetchone()[0]
    # Nobody is to wait for us who waits for somebody.
    db.execute("PRAGMA busy_timeout = 0")
    try:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        busy, _pages, _moved = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(timeout)}")
    return not busy
