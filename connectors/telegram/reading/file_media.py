"""Media that are files: pictures, recordings, stickers, documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.telegram.reading import files
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.medium import Medium, of_words
from connectors.telegram.reading.values import counted, object_of, objects, one_line, string

_Reader = Callable[[Any, ReadingContext, object], Medium]


def plain(kind: str) -> _Reader:
    """Media that are a file and no more."""

    def read(found: Any, context: ReadingContext, message_id: object) -> Medium:
        found = object_of(found)
        details: dict[str, Any] = {"kind": kind}
        for name in ("duration", "width", "height"):
            if (value := counted(found.get(name))) is not None:
                details[name] = value
        for name in ("title", "performer"):
            if words := one_line(string(found.get(name))):
                details[name] = words
        file = files.read_file(kind, found, context, message_id)
        return Medium(details).add(file, files.unique(found))

    return read


def photo(found: Any, context: ReadingContext, message_id: object) -> Medium:
    """PhotoSize: the largest of them."""
    size = files.largest(found)
    details: dict[str, Any] = {"kind": "photo"}
    for name in ("width", "height"):
        if (value := counted(size.get(name))) is not None:
            details[name] = value
    file = files.read_file("photo", size, context, message_id)
    return Medium(details).add(file, files.unique(size))


def live_photo(found: Any, context: ReadingContext, message_id: object) -> Medium:
    """A picture, and the seconds around it as a video."""
    found = object_of(found)
    medium = photo(found.get("photo"), context, message_id)
    medium.details["moving"] = True
    video = files.read_file("video", found, context, message_id)
    return medium.add(video, files.unique(found))


def sticker(found: Any, context: ReadingContext, message_id: object) -> Medium:
    """Sticker: its emoji stands for it."""
    found = object_of(found)
    emoji, set_name = one_line(string(found.get("emoji"))), one_line(string(found.get("set_name")))
    details: dict[str, Any] = {"kind": "sticker", "emoji": emoji}
    if set_name:
        details["set_name"] = set_name
    if custom := string(found.get("custom_emoji_id")):
        details["custom_emoji_id"] = custom
    media_type = ""
    if found.get("is_animated") is True:
        details["animated"], media_type = True, "application/x-tgsticker"
    elif found.get("is_video") is True:
        details["video"], media_type = True, "video/webm"
    file = files.read_file("sticker", found, context, message_id, media_type=media_type)
    return Medium(details, text=emoji).add(file, files.unique(found))


def game(found: Any, context: ReadingContext, message_id: object) -> Medium:
    """Game: its title and description, and a picture of it."""
    found = object_of(found)
    title = one_line(string(found.get("title")))
    medium = of_words(
        {"kind": "game", "title": title},
        [title, string(found.get("description")), string(found.get("text"))],
    )
    picture = files.read_file("photo", files.largest(found.get("photo")), context, message_id)
    return medium.add(picture, "")


def paid_media(found: Any, context: ReadingContext, message_id: object) -> Medium:
    """What was bought, or made by the bot's owner, is there; else a blurred preview."""
    found = object_of(found)
    medium = Medium({"kind": "paid_media"})
    if (stars := counted(found.get("star_count"))) is not None:
        medium.details["stars"] = stars
    items = objects(found.get("paid_media"))
    medium.details["items"] = len(items)
    for at, item in enumerate(items):
        for name, kind in (("live_photo", "video"), ("video", "video"), ("photo", "photo")):
            if name not in item:
                continue
            one = files.largest(item[name]) if name == "photo" else object_of(item[name])
            file = files.read_file(kind, one, context, message_id, at)
            medium = medium.add(file, files.unique(one))
            break
    return medium
