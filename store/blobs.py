"""Contents (attachments, raw messages) by their SHA-256: small ones in the database, large
ones as files beside it, written and fsynced before the row that names them."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import weakref
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from store.driver import Connection
from store.errors import NotFound, StoreDamaged, from_os
from store.shared import make_directory, share
from store.wording import _

FILE_SIZE = 64 * 1024
"""Bytes from which a content is a file (sqlite.org/intern-v-extern-blob.html)."""

_PIECE = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")
_WINDOW = 1 << 12


@dataclass(frozen=True, slots=True)
class Packed:
    """A small content, hashed and compressed: made outside of a transaction, stored in it."""

    hash: str
    size: int
    encoding: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """A large content that is in its place already; a row has to name it."""

    hash: str
    size: int


def pack(content: bytes) -> Packed:
    """Hash and compress. Raises ValueError for a content that belongs into a file."""
    if len(content) >= FILE_SIZE:
        raise ValueError(f"{len(content)} bytes belong into a file")
    digest = hashlib.sha256(content).hexdigest()
    small = _deflate(content)
    if len(small) < len(content):
        return Packed(digest, len(content), "zlib", small)
    return Packed(digest, len(content), "plain", content)


def _deflate(content: bytes) -> bytes:
    if len(content) > _WINDOW:
        return zlib.compress(content, 1)
    # Making ready for the usual window takes many times as long as packing so little.
    packer = zlib.compressobj(1, zlib.DEFLATED, _WINDOW.bit_length() - 1, 4)
    return packer.compress(content) + packer.flush()


class Blobs:
    """The contents of the store whose `blobs` directory this is."""

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)
        self.incoming = self.directory / ".incoming"
        """Where contents are gathered before they are `take`n. Whoever may write the directory
        could change them meanwhile, or lead them elsewhere: a team's engine has a place of its
        own."""

    def take(self, path: Path) -> Packed | Placed:
        """Make a content of a file in `incoming`, which is gone then. Outside of a transaction,
        so that nobody waits for a large one; `put` what comes of it.

        Raises `DiskFull`, `StoreReadOnly`.
        """
        try:
            size = path.stat().st_size
            if size < FILE_SIZE:
                packed = pack(path.read_bytes())
                path.unlink()
                return packed
            digest = _hash_file(path)
            target = self.file(digest)
            if target.exists() and target.stat().st_size == size:
                path.unlink()
                return Placed(digest, size)
            if self.incoming.parent != self.directory:
                self._write(_pieces(path), target)
                path.unlink()
                return Placed(digest, size)
            self._make_directories(target)
            share(path, writable=False)
            _sync(path)
            path.replace(target)
            _sync_directory(target.parent)
        except OSError as error:
            raise from_os(error, str(self.directory)) from error
        return Placed(digest, size)

    def put(self, db: Connection, content: bytes | Path | Packed | Placed) -> str:
        """Keep a content, inside a transaction; its hash. The same one twice is kept once.

        Raises `DiskFull`, `StoreReadOnly`; OSError when the path given cannot be read.
        """
        if isinstance(content, Packed):
            return self._put_row(db, content)
        if isinstance(content, Placed):
            # Somebody may have erased the same content since: then it is to be fetched again.
            if not self.file(content.hash).exists():
                raise _none(content.hash)
            db.execute(
                "INSERT INTO blobs (hash, size, encoding) VALUES (?, ?, 'file')"
                " ON CONFLICT DO NOTHING",
                (content.hash, content.size),
            )
            return content.hash
        if isinstance(content, Path):
            if content.stat().st_size >= FILE_SIZE:
                return self._put_file(db, _pieces(content), _hash_file(content))
            content = content.read_bytes()
        if len(content) >= FILE_SIZE:
            return self._put_file(db, [content], hashlib.sha256(content).hexdigest())
        return self._put_row(db, pack(content))

    def _put_row(self, db: Connection, packed: Packed) -> str:
        db.execute(
            "INSERT INTO blobs (hash, size, encoding, data) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (packed.hash, packed.size, packed.encoding, packed.data),
        )
        return packed.hash

    def _put_file(self, db: Connection, pieces: Iterable[bytes], digest: str) -> str:
        if self._encoding(db, digest):
            return digest
        try:
            size = self._write(pieces, self.file(digest))
        except OSError as error:
            raise from_os(error, str(self.directory)) from error
        db.execute("INSERT INTO blobs (hash, size, encoding) VALUES (?, ?, 'file')", (digest, size))
        return digest

    def begin(self, name: str) -> Path:
        """An empty file in `incoming`, to be filled and then `take`n. Raises OSError."""
        path = self.incoming / name
        self._make_directories(path)
        path.touch(exist_ok=False)
        return path

    def _make_directories(self, target: Path) -> None:
        for directory in (self.directory, target.parent):
            if not directory.exists():
                make_directory(directory)
                _sync_directory(directory.parent)

    def _write(self, pieces: Iterable[bytes], target: Path) -> int:
        self._make_directories(target)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        size = 0
        try:
            with temporary.open("xb") as file:
                for piece in pieces:
                    size += file.write(piece)
                file.flush()
                share(temporary, writable=False)
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        _sync_directory(target.parent)
        return size

    def _encoding(self, db: Connection, digest: str) -> str:
        row = db.execute("SELECT encoding FROM blobs WHERE hash = ?", (digest,)).fetchone()
        return row[0] if row else ""

    def file(self, digest: str) -> Path:
        """Where the file of a large content is. Raises `NotFound` for what is no hash: whoever
        may write the store could name any file on the machine."""
        if not _HASH.fullmatch(digest):
            raise _none(digest)
        return self.directory / digest[:2] / digest[2:]

    def read(self, db: Connection, digest: str) -> bytes:
        """Raises `NotFound`, or `StoreDamaged` when the row is there and its content isn't."""
        row = db.execute("SELECT encoding, data FROM blobs WHERE hash = ?", (digest,)).fetchone()
        if row is None:
            raise _none(digest)
        encoding, data = row
        try:
            if encoding == "file":
                with os.fdopen(_opened(self.file(digest)), "rb") as file:
                    return file.read()
            return zlib.decompress(data) if encoding == "zlib" else bytes(data)
        except (FileNotFoundError, zlib.error, TypeError) as error:
            raise _damaged(self.file(digest), digest) from error
        except OSError as error:
            raise from_os(error, str(self.file(digest))) from error

    def held(self, db: Connection, digest: str) -> bytes | Path:
        """The content, or for a large one the path of a file that stays this one while the path
        is kept, whoever moves things meanwhile. Raises like `read`."""
        if self._encoding(db, digest) != "file" or not hasattr(os, "O_PATH"):
            return self.read(db, digest)
        path = self.file(digest)
        try:
            handle = _opened(path)
        except FileNotFoundError as error:
            raise _damaged(path, digest) from error
        except OSError as error:
            raise from_os(error, str(path)) from error
        kept = _Held(f"/proc/self/fd/{handle}")
        weakref.finalize(kept, os.close, handle)
        return kept

    def open_path(self, db: Connection, digest: str) -> Path | None:
        """The file of a large content, to be read and not changed; None for a small one."""
        if self._encoding(db, digest) != "file":
            return None
        path = self.file(digest)
        return path if path.exists() else None

    def size(self, db: Connection, digest: str) -> int:
        """Bytes of the content. Raises `NotFound`."""
        row = db.execute("SELECT size FROM blobs WHERE hash = ?", (digest,)).fetchone()
        if row is None:
            raise _none(digest)
        return int(row[0])


def for_database(db: Connection) -> Blobs:
    """The contents beside the database of this connection."""
    return _in(db.directory)


@lru_cache(maxsize=4)
def _in(directory: str) -> Blobs:
    # Each batch that comes in asks, and a path is dear to make.
    return Blobs(Path(directory) / "blobs")


class _Held(type(Path())):  # type: ignore[misc]
    """The path of a file that is open as long as somebody has this."""


def _opened(path: Path) -> int:
    """A plain file and no link to one, opened for reading. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    return handle


def _none(digest: str) -> NotFound:
    return NotFound(_("There is no content {hash} in the store.").format(hash=digest))


def _damaged(path: Path, digest: str) -> StoreDamaged:
    return StoreDamaged(
        _("The content {hash} is missing or damaged: restore {path} from a backup.").format(
            hash=digest, path=path
        )
    )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
