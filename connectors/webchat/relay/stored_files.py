"""Uploaded files in the database; their contents lie beside it (`files`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from connectors.webchat.relay.records import FileRef, FileUnknown, Millis, Refused

ORPHAN_AFTER = 3_600_000
"""Milliseconds that a file may wait for the message that takes it along."""


class StorageFull(Refused):
    """The site's files take as much room as they may."""

    code = "storage-full"


def add(
    db: sqlite3.Connection,
    *,
    site: str,
    visitor: str | None,
    file: FileRef,
    most: int,
    now: Millis,
) -> None:
    """The content lies there already; `visitor` is None for one of the desk. Raises
    `StorageFull`."""
    if used(db, site=site) + file.size > most:
        raise StorageFull("There is no room for more files on this site.")
    # Who has signed in while it was on its way is called otherwise now.
    db.execute(
        "INSERT INTO files (id, site, visitor, name, type, size, at) VALUES (?1, ?2,"
        " coalesce((SELECT moved_to FROM visitors WHERE visitor = ?3), ?3), ?4, ?5, ?6, ?7)",
        (file.id, site, visitor, file.name, file.type, file.size, now),
    )


def used(db: sqlite3.Connection, *, site: str) -> int:
    """Bytes of all files of a site."""
    row = db.execute("SELECT coalesce(sum(size), 0) FROM files WHERE site = ?", (site,)).fetchone()
    return int(row[0])


def find(db: sqlite3.Connection, *, file: str) -> FileRef | None:
    """None: there is no such file, or it is about to be removed."""
    row = db.execute("SELECT * FROM files WHERE id = ? AND at > 0", (file,)).fetchone()
    return None if row is None else FileRef.of(row)


def take(
    db: sqlite3.Connection, *, site: str, visitor: str | None, file: str, now: Millis
) -> FileRef:
    """A message takes it along: a file of this visitor's, or (None) of the desk's, that none has
    taken yet. Raises `FileUnknown`."""
    row = db.execute(
        "UPDATE files SET used_at = ? WHERE id = ? AND site = ? AND visitor IS ?"
        " AND used_at IS NULL RETURNING id, name, type, size",
        (now, file, site, visitor),
    ).fetchone()
    if row is None:
        whose = "desk" if visitor is None else "visitor"
        raise FileUnknown(f"There is no such file of this {whose}; upload it again.")
    return FileRef.of(row)


def give_up(db: sqlite3.Connection, *, owner: int, seq: int | None = None) -> None:
    """The files of a message (None: of all of a visitor's) are nobody's any more: not served, and
    removed at the next sweep. To be called before the message goes."""
    db.execute(
        "UPDATE files SET used_at = NULL, at = 0 WHERE id IN (SELECT json_extract(file.value,"
        " '$.id') FROM messages, json_each(messages.files) AS file"
        " WHERE messages.owner = ?1 AND (?2 IS NULL OR messages.seq = ?2))",
        (owner, seq),
    )


def take_orphans(db: sqlite3.Connection, *, now: Millis, limit: int = 500) -> list[str]:
    """Forget files that no message took along within an hour; their ids."""
    rows = db.execute(
        "DELETE FROM files WHERE id IN"
        " (SELECT id FROM files WHERE used_at IS NULL AND at < ? LIMIT ?) RETURNING id",
        (now - ORPHAN_AFTER, limit),
    ).fetchall()
    return [row[0] for row in rows]


def take_old(db: sqlite3.Connection, *, before: Millis, limit: int = 500) -> list[str]:
    """Forget files of messages that are not kept any more; their ids."""
    rows = db.execute(
        "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE used_at < ?1 AND id NOT IN"
        " (SELECT json_extract(file.value, '$.id') FROM messages, json_each(messages.files) AS file"
        "  WHERE messages.sent_at < ?1 AND messages.files != '[]') LIMIT ?2) RETURNING id",
        (before, limit),
    ).fetchall()
    return [row[0] for row in rows]


def known(db: sqlite3.Connection, *, files: Sequence[str]) -> set[str]:
    """Which of these ids stand here."""
    found: set[str] = set()
    for start in range(0, len(files), 500):
        some = files[start : start + 500]
        marks = ",".join("?" * len(some))
        rows = db.execute(f"SELECT id FROM files WHERE id IN ({marks})", some)  # noqa: S608
        found.update(row[0] for row in rows)
    return found
