"""Sending files, alone and as albums, and getting them."""

from __future__ import annotations

from typing import Any

from tests.servers.bot_api import errors
from tests.servers.bot_api.calls import Context, handles
from tests.servers.bot_api.entities import formatted
from tests.servers.bot_api.files import DOWNLOAD_LIMIT
from tests.servers.bot_api.media import file_fields
from tests.servers.bot_api.methods import access, posting, uploads
from tests.servers.bot_api.world import Json

CAPTION_LIMIT = 1024
_WITHOUT_CAPTION = {"video_note", "sticker"}
_FIELDS = {
    "sendPhoto": "photo", "sendAudio": "audio", "sendDocument": "document", "sendVideo": "video",
    "sendAnimation": "animation", "sendVoice": "voice", "sendVideoNote": "video_note",
    "sendSticker": "sticker",
}  # fmt: skip


@handles(*_FIELDS)
def send_file(context: Context) -> Json:
    kind = _FIELDS[context.call.method]
    caption = {} if kind in _WITHOUT_CAPTION else caption_content(context)
    chat = access.chat_of(context)
    content = uploads.file_content(context, kind, context[kind], uploads.details_of(context, kind))
    return posting.post(context, content | caption, chat=chat).json


def caption_content(given: Any) -> Json:
    """`caption`, its entities and what goes with them. Raises `Refusal`."""
    found = formatted(
        given.get("caption") or "", given.get("parse_mode"), given.get("caption_entities"),
        limit=CAPTION_LIMIT, words="message caption is too long", field="caption",
        may_be_empty=True,
    )  # fmt: skip
    if given.get("show_caption_above_media"):
        found["show_caption_above_media"] = True
    if given.get("has_spoiler"):
        found["has_media_spoiler"] = True
    return found


@handles("sendMediaGroup")
def send_media_group(context: Context) -> list[Json]:
    items = context["media"]
    if not items:
        raise errors.bad_request("there are no messages to send")
    if len(items) > 10:
        raise errors.bad_request("too many messages to send as an album")
    if len(items) < 2:
        raise errors.bad_request("media group must include 2-10 items")
    chat = access.chat_of(context)
    contents = [
        uploads.file_content(
            context, each["type"], each["media"], uploads.details_of(each, each["type"])
        )
        | caption_content(each)
        for each in items
    ]
    if len({_family(each) for each in contents}) > 1:
        raise errors.bad_request("can't use the media of the specified type in the album")
    posting.paced(context, chat, len(contents))
    group = str(13_500_000_000_000 + next(context.server.world.numbers))
    album = {"media_group_id": group}
    return [posting.post(context, content | album, chat=chat, count=0).json for content in contents]


def _family(content: Json) -> str:
    """Pictures and videos mix in an album, documents and songs keep to themselves."""
    for kind in ("audio", "document"):
        if kind in content:
            return kind
    return "picture"


@handles("getFile")
def get_file(context: Context) -> Json:
    stored = context.server.world.files.by_id(context["file_id"])
    if stored is None:
        raise errors.bad_request("wrong file_id or the file is temporarily unavailable")
    if stored.size > DOWNLOAD_LIMIT and not context.server.unlimited_downloads:
        raise errors.bad_request("file is too big")
    path = stored.path
    if (directory := context.server.local_files) is not None:
        target = directory / path.replace("/", "-")
        target.write_bytes(stored.content)
        path = str(target.absolute())
    return file_fields(stored) | {"file_path": path}


@handles("uploadStickerFile")
def upload_sticker_file(context: Context) -> Json:
    return file_fields(uploads.stored_file(context, context["sticker"], "sticker"))
