"""Contents that nobody refers to any more: rows go at once, files after the transaction.

A file is deleted inside a transaction of its own that has seen no row for it, so that whoever
stores the same content meanwhile either keeps it or writes it anew.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from contextlib import suppress

from store.blobs import Blobs, for_database
from store.driver import Connection

_HEADER = re.compile(rb"[!-9;-~]+:[ \t\r\n]")
_MESSAGE_ID = re.compile(rb"(?mi)^message-id:\s*<([A-Za-z0-9.@+=$%_-]+)>\s*$")
_PEEK = 16 * 1024


def give_up(db: Connection, hashes: Iterable[str]) -> int:
    """Drop those of the contents that no row names; how many. Inside a transaction."""
    dropped = 0
    for digest in dict.fromkeys(hashes):
        row = db.execute("SELECT encoding FROM blobs WHERE hash = ?", (digest,)).fetchone()
        if row is None or in_use(db, digest):
            continue
        db.execute("DELETE FROM blobs WHERE hash = ?", (digest,))
        if row[0] == "file":
            doom(db, digest)
        dropped += 1
    return dropped


def doom(db: Connection, digest: str) -> None:
    """Have a file deleted that no row names."""
    db.execute("INSERT OR IGNORE INTO doomed_files (hash) VALUES (?)", (digest,))


def in_use(db: Connection, digest: str) -> bool:
    """Whether an attachment, a message or a ledger row names it."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM attachments WHERE blob = ?1)"
        " OR EXISTS (SELECT 1 FROM ledger WHERE raw = ?1 AND raw <> '')",
        (digest,),
    ).fetchone()
    return bool(row[0]) or _is_a_mail(db, digest)


def _is_a_mail(db: Connection, digest: str) -> bool:
    """Whether a stored mail was received in these bytes. There is no index of those: it is found
    by its Message-ID, and by looking through all where the content has none of the usual form."""
    head = _head(db, digest)
    if not _HEADER.match(head):
        return False
    found = _MESSAGE_ID.search(head.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0])
    if found is None:
        sql, values = "SELECT 1 FROM messages WHERE raw = ? LIMIT 1", (digest,)
    else:
        sql = "SELECT 1 FROM messages WHERE raw = ? AND external_id = ? LIMIT 1"
        values = (digest, found[1].decode())  # type: ignore[assignment]
    return db.execute(sql, values).fetchone() is not None


def _head(db: Connection, digest: str) -> bytes:
    row = db.execute("SELECT encoding, data FROM blobs WHERE hash = ?", (digest,)).fetchone()
    encoding, data = row
    if encoding == "file":
        path = for_database(db).file(digest)
        with suppress(OSError), path.open("rb") as file:
            return file.read(_PEEK)
        return b""
    if encoding == "zlib":
        with suppress(zlib.error):
            return zlib.decompressobj().decompress(data, _PEEK)
        return b""
    return bytes(data)[:_PEEK]


def doomed(db: Connection, limit: int) -> list[str]:
    """Files that are to be deleted."""
    return [row[0] for row in db.execute("SELECT hash FROM doomed_files LIMIT ?", (limit,))]


def delete_files(db: Connection, blobs: Blobs, limit: int = 20) -> int:
    """Delete the next doomed files; how many were looked at. Inside a transaction."""
    hashes = doomed(db, limit)
    for digest in hashes:
        if not db.execute("SELECT 1 FROM blobs WHERE hash = ?", (digest,)).fetchone():
            with suppress(FileNotFoundError):
                blobs.file(digest).unlink()
        db.execute("DELETE FROM doomed_files WHERE hash = ?", (digest,))
    return len(hashes)
