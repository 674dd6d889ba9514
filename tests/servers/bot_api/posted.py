"""Messages as tests hold them: what was written, and what somebody sees in a chat."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from tests.servers.bot_api.world import Json, Stored, World

_CONTENT = (
    "text", "animation", "audio", "live_photo", "photo", "sticker", "video", "video_note", "voice",
    "checklist", "contact", "dice", "game", "poll", "venue", "location", "document", "paid_media",
    "story", "invoice", "pinned_message",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was written; `update` is what the bot got of it, None when nothing."""

    stored: Stored
    update: Json | None = None

    @property
    def id(self) -> int:
        return self.stored.id

    @property
    def chat_id(self) -> int:
        return self.stored.chat.id

    @property
    def key(self) -> str:
        """`42:1001`, `-100123:55`, `b777:42:1001`."""
        return f"{self.stored.chat.key}:{self.id}"

    @property
    def update_id(self) -> int:
        """Of the update that brought it."""
        assert self.update is not None, "no bot has heard of it"
        number: int = self.update["update_id"]
        return number

    @property
    def file_id(self) -> str:
        return file_id_of(self.stored.json)

    @property
    def json(self) -> Json:
        return copy.deepcopy(self.stored.json)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message on somebody's screen: edits applied, what was deleted is not there."""

    id: int
    key: str
    kind: str
    """`text`, `photo`, …, or the name of a service message."""
    text: str
    """The text or the caption."""
    entities: tuple[tuple[str, str], ...]
    """(type, the part of the text it covers), in the order of the message."""
    reply_to: int | None
    quote: str
    from_id: int | None
    """None: a channel."""
    by_bot: bool
    silent: bool
    edited: bool
    album: str
    """The same for all messages of an album; empty: none."""
    thread: int | None
    reactions: tuple[str, ...]
    """Everybody's, as emoji or custom emoji id."""
    buttons: tuple[str, ...]
    file: bytes | None
    file_name: str
    json: Json


def seen(world: World, stored: Stored) -> Seen:
    message = stored.json
    name = "text" if "text" in message else "caption"
    text = message.get(name, "")
    entities = message.get("entities" if name == "text" else "caption_entities", ())
    markup = message.get("reply_markup", {}).get("inline_keyboard", ())
    file_id = file_id_of(message)
    file = world.files.by_id(file_id) if file_id else None
    return Seen(
        stored.id,
        f"{stored.chat.key}:{stored.id}",
        next((kind for kind in _CONTENT if kind in message), "service"),
        text,
        tuple((each["type"], covered(text, each)) for each in entities),
        message.get("reply_to_message", {}).get("message_id"),
        message.get("quote", {}).get("text", ""),
        message.get("from", {}).get("id"),
        stored.by_bot is not None,
        stored.silent,
        "edit_date" in message,
        message.get("media_group_id", ""),
        message.get("message_thread_id"),
        tuple(
            str(each.get("emoji") or each.get("custom_emoji_id") or "⭐")
            for reactions in stored.reactions.values()
            for each in reactions
        ),
        tuple(button["text"] for row in markup for button in row),
        file.content if file else None,
        file.name if file else "",
        copy.deepcopy(message),
    )


def covered(text: str, entity: Json) -> str:
    """The part of a text that an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    start = entity["offset"] * 2
    return raw[start : start + entity["length"] * 2].decode("utf-16-le", "replace")


def file_id_of(message: Json) -> str:
    """Of a message's file, the largest size of a photo; empty: it has none."""
    for kind in ("animation", "audio", "document", "sticker", "video", "video_note", "voice"):
        if kind in message:
            return str(message[kind]["file_id"])
    return str(message["photo"][-1]["file_id"]) if "photo" in message else ""
