"""Files of messages: named, and left with Telegram until the engine fetches them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from config.i18n import _
from connectors.contract import File, Remote
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.values import counted, object_of, objects, string

MAX_NAME = 150
"""Characters of a file's name; disks take 255 bytes."""
_TYPES = {
    "photo": ("jpg", "image/jpeg"),
    "video": ("mp4", "video/mp4"),
    "video_note": ("mp4", "video/mp4"),
    "voice": ("ogg", "audio/ogg"),
    "audio": ("mp3", "audio/mpeg"),
    "animation": ("mp4", "video/mp4"),
    "document": ("bin", "application/octet-stream"),
    "sticker": ("webp", "image/webp"),
}
_SUFFIXES = {
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "image/gif": "gif",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "text/plain": "txt",
}


def read_file(
    kind: str,
    found: Mapping[str, Any],
    context: ReadingContext,
    message_id: object,
    count: int = 0,
    media_type: str = "",
) -> File | None:
    """None for one without a file_id: nothing can be fetched by it. `count`: which one of the
    message's files of this kind it is, from 0."""
    file_id = string(found.get("file_id"))
    if not file_id:
        return None
    suffix, usual = _TYPES[kind]
    media_type = media_type or _media_type(found) or usual
    name = file_name(string(found.get("file_name")))
    if not name:
        number = f"-{count + 1}" if count else ""
        suffix = _SUFFIXES.get(media_type, suffix)
        if media_type == "application/x-tgsticker":
            suffix = "tgs"
        name = f"{kind.replace('_', '-')}-{message_id}{number}.{suffix}"
    size = counted(found.get("file_size"))
    reference = {"file_id": file_id, "unique": string(found.get("file_unique_id"))}
    return File(
        name,
        media_type,
        Remote(
            json.dumps(reference, ensure_ascii=False, separators=(",", ":")),
            size,
            _refusal(size, context.file_limit),
        ),
    )


def largest(photo: object) -> Mapping[str, Any]:
    """The best of a photo's sizes; an empty one when there is none."""
    best: Mapping[str, Any] = {}
    most = -1
    for size in objects(photo):
        pixels = (counted(size.get("width")) or 0) * (counted(size.get("height")) or 0)
        if pixels >= most and size.get("file_id"):
            best, most = size, pixels
    return best


def unique(found: object) -> str:
    """What stays the same of a file; its file_id does not."""
    file = object_of(found)
    return string(file.get("file_unique_id")) or string(file.get("file_id"))


def file_name(name: str) -> str:
    """A name that cannot leave its directory; "" when nothing is left."""
    name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if not name.isprintable():
        name = "".join(char for char in name if char.isprintable())
    name = name.strip()
    if not name.strip("."):
        return ""
    if len(name) > MAX_NAME:
        stem, dot, suffix = name.rpartition(".")
        tail = f"{dot}{suffix}" if stem and len(suffix) <= 20 else ""
        name = name[: MAX_NAME - len(tail)].rstrip(" .") + tail
    return name


def _media_type(found: Mapping[str, Any]) -> str:
    told = string(found.get("mime_type")).strip().lower()
    family, slash, rest = told.partition("/")
    fits = slash and family.isalnum() and rest and len(told) <= 100 and told.isprintable()
    return told if fits and told.isascii() and " " not in told else ""


def _refusal(size: int | None, limit: int | None) -> str:
    if limit is None or size is None or size <= limit:
        return ""
    return _(
        "Telegram gives bots no files over {limit} MB, and this one has {size}: ask for it in"
        " another way, or run a Bot API server of your own (base_url in docs/telegram.md)."
    ).format(limit=limit >> 20, size=f"{size / (1 << 20):.0f} MB")
