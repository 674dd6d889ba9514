"""What a message shows of a file, a place or a poll: the part of it that customers and bots
make alike."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from typing import Any

from tests.servers.bot_api.files import Files, StoredFile
from tests.servers.bot_api.pictures import size_of
from tests.servers.bot_api.world import Json

KINDS = (
    "photo", "document", "audio", "video", "voice", "animation", "video_note", "sticker",
)  # fmt: skip
_ENDINGS = {
    "photo": "jpg", "audio": "mp3", "video": "mp4", "voice": "oga", "animation": "mp4",
    "video_note": "mp4", "sticker": "webp",
}  # fmt: skip
_TYPES = {
    "audio": "audio/mpeg", "video": "video/mp4", "voice": "audio/ogg", "animation": "video/mp4",
}  # fmt: skip


def file_fields(stored: StoredFile) -> Json:
    return {"file_id": stored.file_id, "file_unique_id": stored.unique, "file_size": stored.size}


def of_file(files: Files, stored: StoredFile, kind: str, **details: Any) -> Json:
    """The content fields of a message with this file; `details` as in the API (`duration`,
    `performer`, `emoji`, …), those that are None left out."""
    given = {name: value for name, value in details.items() if value is not None}
    fields = file_fields(stored)
    match kind:
        case "photo":
            return {"photo": _sizes(files, stored)}
        case "sticker":
            width, height = given.pop("width", 512), given.pop("height", 512)
            flags = {"type": "regular", "is_animated": False, "is_video": False}
            return {"sticker": fields | flags | {"width": width, "height": height} | given}
        case "video_note":
            return {"video_note": fields | {"length": 240, "duration": 1} | given}
        case "voice":
            return {"voice": fields | {"duration": 1, "mime_type": "audio/ogg"} | given}
    fields |= _name(stored, kind)
    match kind:
        case "audio":
            return {"audio": fields | {"duration": 1} | given}
        case "video":
            return {"video": fields | {"width": 320, "height": 240, "duration": 1} | given}
        case "animation":
            shown = fields | {"width": 320, "height": 240, "duration": 1} | given
            # Older clients know it as a document: Telegram sends both.
            return {"animation": shown, "document": dict(fields)}
    return {"document": fields | given}


def _name(stored: StoredFile, kind: str) -> Json:
    guessed = mimetypes.guess_type(stored.name)[0]
    mime = guessed or _TYPES.get(kind, "application/octet-stream")
    return ({"file_name": stored.name} if stored.name else {}) | {"mime_type": mime}


def _sizes(files: Files, stored: StoredFile) -> list[Json]:
    """Thumbnail first, the largest last."""
    width, height = size_of(stored.content) or (1280, 960)
    sizes = []
    if max(width, height) > 90:
        small = files.add(stored.content[:64], "photo", "thumb.jpg")
        factor = 90 / max(width, height)
        shown = {"width": max(1, int(width * factor)), "height": max(1, int(height * factor))}
        sizes.append(file_fields(small) | shown)
    return [*sizes, file_fields(stored) | {"width": width, "height": height}]


def default_name(kind: str, number: int) -> str:
    """As Telegram names a file that came without a name."""
    return f"file_{number}.{_ENDINGS.get(kind, 'bin')}"


def location(latitude: float, longitude: float, **details: Any) -> Json:
    return {"location": {"latitude": latitude, "longitude": longitude} | details}


def venue(latitude: float, longitude: float, title: str, address: str, **details: Any) -> Json:
    """A venue has its location twice."""
    place = location(latitude, longitude)
    return place | {"venue": place | {"title": title, "address": address} | details}


def poll(number: int, question: str, options: Sequence[str], **details: Any) -> Json:
    made: Json = {
        "id": str(number),
        "question": question,
        "options": [
            {"persistent_id": str(index), "text": text, "voter_count": 0}
            for index, text in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }
    return {"poll": made | details}
