"""Contents that nobody refers to any more: rows go at once, files after the transaction.

A file is deleted inside a transaction of its own that has seen no row for it, so that whoever
stores the same content meanwhile either keeps it or writes it anew.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from contextlib import suppress

from store.blobs import Blobs, for_database
from store.driver import Connection
from store.errors import NotFound

_HEADER = re.compile(rb"[!-9;-~]+:[ \t\r\n]")
_MESSAGE_ID = re.compile(rb"(?mi)^message-id:\s*<([A-Za-z0-9.@+=$%_-]+)>\s*$")
_PEEK = 16 * 1024


def give_up(db: Connection, hashes: Mapping[str, str]) -> int:
    """Drop those of the contents that no row names; how many. Inside a transaction.

    Args:
        hashes: and the key of the mail that was received in these bytes, where it is known.
    """
    dropped = 0
    for digest, key in hashes.items():
        row = db.execute("SELECT encoding FROM blobs WHERE hash = ?", (digest,)).fetchone()
        if row is None or in_use(db, digest, key):
            continue
        db.execute("DELETE FROM blobs WHERE hash = ?", (digest,))
        if row[0] == "file":
            doom(db, digest)
        dropped += 1
    return dropped


def doom(db: Connection, digest: str) -> None:
    """Have a file deleted that no row names."""
    db.execute("INSERT OR IGNORE INTO doomed_files (hash) VALUES (?)", (digest,))


def in_use(db: Connection, digest: str, key: str = "") -> bool:
    """Whether an attachment, a message or a ledger row names it."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM attachments WHERE blob = ?1)"
        " OR EXISTS (SELECT 1 FROM ledger WHERE raw = ?1 AND raw <> '')",
        (digest,),
    ).fetchone()
    return bool(row[0]) or _is_a_mail(db, digest, key)


def _is_a_mail(db: Connection, digest: str, key: str) -> bool:
    """Whether a stored mail was received in these bytes. There is no index of those: it is found
    by its key, which the same bytes always have, else by the Message-ID in them; by looking
    through all where they have a header and no Message-ID of the usual form."""
    if not key:
        head = _head(db, digest)
        if not _HEADER.match(head):
            return False
        found = _MESSAGE_ID.search(head.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0])
        if found is None:
            everywhere = "SELECT 1 FROM messages WHERE raw = ? LIMIT 1"
            return db.execute(everywhere, (digest,)).fetchone() is not None
        key = found[1].decode()
    row = db.execute(
        # The condition of the index, word for word: it is not used without.
        "SELECT 1 FROM messages WHERE external_id = ? AND external_id <> '' AND raw = ? LIMIT 1",
        (key, digest),
    ).fetchone()
    return row is not None


def _head(db: Connection, digest: str) -> bytes:
    row = db.execute("SELECT encoding, data FROM blobs WHERE hash = ?", (digest,)).fetchone()
    encoding, data = row
    if encoding == "file":
        with (
            suppress(OSError, NotFound),
            for_database(db).file(digest).open("rb") as file,
        ):
            return file.read(_PEEK)
        return b""
    if encoding == "zlib":
        with suppress(zlib.error):
            return zlib.decompressobj().decompress(data, _PEEK)
        return b""
    return bytes(data)[:_PEEK]


def doomed(db: Connection, limit: int) -> list[str]:
    """Files that are to be deleted."""
    return [row[0] for row in db.execute("SELECT hash FROM doomed_files LIMIT +?", (limit,))]


def delete_files(db: Connection, blobs: Blobs, limit: int = 20) -> int:
    """Delete the next doomed files; how many were looked at. Inside a transaction."""
    hashes = doomed(db, limit)
    for digest in hashes:
        if not db.execute("SELECT 1 FROM blobs WHERE hash = ?", (digest,)).fetchone():
            with suppress(FileNotFoundError, NotFound):
                blobs.file(digest).unlink()
        db.execute("DELETE FROM doomed_files WHERE hash = ?", (digest,))
    return len(hashes)
