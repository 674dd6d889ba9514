"""Files that Telegram keeps: content by file_id, with one file_unique_id for equal contents."""

from __future__ import annotations

import base64
import hashlib
import itertools
import struct
from dataclasses import dataclass

DOWNLOAD_LIMIT = 20 << 20
UPLOAD_LIMIT = 50 << 20
PHOTO_LIMIT = 10 << 20
_FOLDERS = {
    "photo": "photos", "document": "documents", "video": "videos", "voice": "voice",
    "audio": "music", "sticker": "stickers", "animation": "animations",
    "video_note": "video_notes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredFile:
    file_id: str
    unique: str
    kind: str
    content: bytes
    size: int
    """What Telegram says it is: a test may claim more than it stores."""
    name: str
    path: str


class Files:
    """Every file of every bot. `expire` makes an id worthless, as Telegram does in time."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._numbers = itertools.count(0)

    def add(
        self, content: bytes, kind: str, name: str = "", *, size: int | None = None
    ) -> StoredFile:
        number = next(self._numbers)
        digest = hashlib.sha256(content + str(size).encode()).digest()
        unique = "AgAD" + base64.urlsafe_b64encode(digest[:9]).decode()
        file_id = (
            "BQAC" + base64.urlsafe_b64encode(struct.pack(">I", number) + digest[:20]).decode()
        )
        folder = _FOLDERS.get(kind, "documents")
        ending = name.rpartition(".")[2] if "." in name else "dat"
        path = f"{folder}/file_{number}.{ending if ending.isascii() else 'dat'}"
        made = StoredFile(
            file_id, unique, kind, content, len(content) if size is None else size, name, path
        )
        self._by_id[file_id] = self._by_path[path] = made
        return made

    def by_id(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def expire(self, file_id: str) -> None:
        """It can be neither fetched nor sent again."""
        self._by_path.pop(self._by_id.pop(file_id).path, None)
