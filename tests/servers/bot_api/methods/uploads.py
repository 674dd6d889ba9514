"""The files in a call: uploaded, attached by name, or sent again by their id."""

from __future__ import annotations

from typing import Any

from tests.servers.bot_api import errors, media
from tests.servers.bot_api.calls import Context
from tests.servers.bot_api.files import PHOTO_LIMIT, StoredFile
from tests.servers.bot_api.pictures import size_of
from tests.servers.bot_api.world import Json


def stored_file(context: Context, given: str, kind: str) -> StoredFile:
    """The file that a parameter means. Raises `Refusal`."""
    files = context.server.world.files
    if not given.startswith("attach://"):
        if given.startswith(("http://", "https://")):
            raise errors.bad_request("failed to get HTTP URL content")
        found = files.by_id(given)
        if found is None:
            raise errors.bad_request("wrong file identifier/HTTP URL specified")
        if found.kind != kind and not {found.kind, kind} <= _ALIKE:
            raise errors.bad_request(
                f"can't use file of type {found.kind.title()} as {kind.title()}"
            )
        return found
    upload = context.uploads.get(given.removeprefix("attach://"))
    if upload is None:
        raise errors.bad_request("attached file not found")
    if not upload.content:
        raise errors.bad_request("file must be non-empty")
    if kind == "photo":
        _check_photo(context, given, upload.content)
    name = "" if kind in ("photo", "voice", "video_note", "sticker") else upload.name
    return files.add(upload.content, kind, name)


_ALIKE = {"animation", "video", "document"}


def _check_photo(context: Context, given: str, content: bytes) -> None:
    if len(content) > PHOTO_LIMIT and not context.server.self_hosted:
        raise errors.bad_request(
            f'file "{given.removeprefix("attach://")}" of size {len(content)} bytes is too big '
            f"for a photo; the maximum size is {PHOTO_LIMIT} bytes"
        )
    size = size_of(content)
    if size is None:
        raise errors.bad_request("IMAGE_PROCESS_FAILED")
    if not all(size) or sum(size) > 10_000 or max(size) / min(size) > 20:
        raise errors.bad_request("PHOTO_INVALID_DIMENSIONS")


def file_content(context: Context, kind: str, given: str, details: Json) -> Json:
    """The content fields of a message with this file. Raises `Refusal`."""
    stored = stored_file(context, given, kind)
    return media.of_file(context.server.world.files, stored, _shown_as(stored, kind), **details)


def _shown_as(stored: StoredFile, kind: str) -> str:
    """Telegram looks into files: a GIF moves, and a voice message is OGG, MP3 or M4A."""
    if kind == "document" and stored.content.startswith(b"GIF8"):
        return "animation"
    if kind == "voice" and not stored.content.startswith((b"OggS", b"ID3", b"\xff\xfb")):
        return "document"
    return kind


def details_of(given: Any, kind: str) -> Json:
    """What a call says about its file beyond the file; `given` has `get`."""
    names = _DETAILS.get(kind, ())
    return {name: given.get(name) for name in names if given.get(name) is not None}


_DETAILS = {
    "audio": ("duration", "performer", "title"),
    "video": ("duration", "width", "height", "start_timestamp"),
    "animation": ("duration", "width", "height"),
    "voice": ("duration",),
    "video_note": ("duration", "length"),
    "sticker": ("emoji",),
}
