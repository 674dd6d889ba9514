"""What is sent instead of words or with them: its facts, its files, the text it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.telegram.reading import file_media, word_media
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.medium import Medium
from connectors.telegram.reading.place import Place
from connectors.telegram.reading.values import one_line, whole

_Reader = Callable[[Any, ReadingContext, object], Medium]


def kind_of(message: Mapping[str, Any]) -> str:
    """The kind of media in a message; "" for words alone."""
    for name in _READERS:
        if name in message:
            return _KINDS.get(name, name)
    return ""


def read_media(message: Mapping[str, Any], context: ReadingContext) -> Medium:
    """What a message without a text is; `unsupported` where the API has something new."""
    for name, reader in _READERS.items():
        if name in message:
            found = reader(message[name], context, message.get("message_id"))
            found.details.setdefault("kind", _KINDS.get(name, name))
            return found
    new = sorted(one_line(str(name))[:60] for name in message if name not in AROUND)[:20]
    details: dict[str, Any] = {"kind": "unsupported"}
    if new:
        details["fields"] = new
    return Medium(details, fingerprint=",".join(new))


def own_phone(message: Mapping[str, Any], place: Place) -> str:
    """`+` and digits, where people share their own number: only then Telegram fills in who it
    belongs to. What others or bots pass on proves nothing."""
    contact = message.get("contact")
    if not isinstance(contact, dict) or not place.proofs or place.direction == "out":
        return ""
    user_id = whole(contact.get("user_id"))
    if user_id is None or str(user_id) != place.sender.address:
        return ""
    if any(name in message for name in ("forward_origin", "forward_date", "via_bot")):
        return ""
    return word_media.phone_number(contact.get("phone_number"))


_READERS: dict[str, _Reader] = {
    # First those that bring a simpler field along for older programs.
    "animation": file_media.plain("animation"),
    "live_photo": file_media.live_photo,
    "venue": word_media.venue,
    "paid_media": file_media.paid_media,
    "game": file_media.game,
    "photo": file_media.photo,
    "video": file_media.plain("video"),
    "voice": file_media.plain("voice"),
    "video_note": file_media.plain("video_note"),
    "audio": file_media.plain("audio"),
    "document": file_media.plain("document"),
    "sticker": file_media.sticker,
    "location": word_media.location,
    "contact": word_media.contact,
    "poll": word_media.poll,
    "dice": word_media.dice,
    "story": word_media.story,
    "invoice": word_media.invoice,
    "checklist": word_media.checklist,
    "giveaway": word_media.giveaway,
    "giveaway_winners": word_media.giveaway,
}
_KINDS = {"live_photo": "photo"}
CONTENT = frozenset((*_READERS, "text", "rich_message"))
"""Fields that are what somebody sent."""
AROUND = frozenset(
    {
        "message_id",
        "message_thread_id",
        "direct_messages_topic",
        "from",
        "sender_chat",
        "sender_boost_count",
        "sender_business_bot",
        "sender_tag",
        "date",
        "guest_query_id",
        "business_connection_id",
        "chat",
        "forward_origin",
        "forward_from",
        "forward_from_chat",
        "forward_from_message_id",
        "forward_signature",
        "forward_sender_name",
        "forward_date",
        "is_topic_message",
        "is_automatic_forward",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "reply_to_checklist_task_id",
        "reply_to_poll_option_id",
        "via_bot",
        "guest_bot_caller_user",
        "guest_bot_caller_chat",
        "edit_date",
        "has_protected_content",
        "is_from_offline",
        "is_paid_post",
        "media_group_id",
        "author_signature",
        "paid_star_count",
        "link_preview_options",
        "suggested_post_info",
        "effect_id",
        "caption",
        "caption_entities",
        "entities",
        "show_caption_above_media",
        "has_media_spoiler",
        "reply_markup",
        "text",
    }
)
"""Fields that say how something was sent, not what."""
