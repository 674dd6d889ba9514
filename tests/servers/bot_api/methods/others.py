"""Sending what is neither text nor a file, and copying what is there."""

from __future__ import annotations

import copy
import random

from tests.servers.bot_api import errors, media
from tests.servers.bot_api.calls import Context, handles
from tests.servers.bot_api.entities import units
from tests.servers.bot_api.methods import access, posting
from tests.servers.bot_api.methods.files import caption_content
from tests.servers.bot_api.world import Chat, Json, Stored
from tests.servers.bot_api.writer import origin_of

_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note",
    "upload_video_note",
}  # fmt: skip
_NOT_COPIED = {
    "message_id", "from", "sender_chat", "chat", "date", "reply_to_message", "quote", "edit_date",
    "message_thread_id", "is_topic_message", "media_group_id", "business_connection_id",
    "reply_markup", "external_reply", "sender_business_bot",
}  # fmt: skip


@handles("sendLocation")
def send_location(context: Context) -> Json:
    names = ("horizontal_accuracy", "live_period", "heading", "proximity_alert_radius")
    details = {name: context[name] for name in names if context.get(name) is not None}
    content = media.location(context["latitude"], context["longitude"], **details)
    return posting.post(context, content).json


@handles("sendVenue")
def send_venue(context: Context) -> Json:
    content = media.venue(
        context["latitude"], context["longitude"], context["title"], context["address"]
    )
    return posting.post(context, content).json


@handles("sendContact")
def send_contact(context: Context) -> Json:
    names = ("phone_number", "first_name", "last_name", "vcard")
    contact = {name: context[name] for name in names if context.get(name)}
    return posting.post(context, {"contact": contact}).json


@handles("sendPoll")
def send_poll(context: Context) -> Json:
    options = [each["text"] for each in context["options"]]
    if not 1 <= len(options) <= 12:
        raise errors.bad_request("poll must have at least 1 option and at most 12 options")
    if not 1 <= units(context["question"]) <= 300:
        raise errors.bad_request("poll question length must not exceed 300")
    number = 6_000_000_000 + next(context.server.world.numbers)
    content = media.poll(
        number, context["question"], options, is_anonymous=context.get("is_anonymous", True),
        type=context.get("type", "regular"),
        allows_multiple_answers=context.get("allows_multiple_answers", False),
    )  # fmt: skip
    return posting.post(context, content).json


@handles("stopPoll")
def stop_poll(context: Context) -> Json:
    stored = access.message_of(
        access.chat_of(context), context["message_id"], "message with poll to stop"
    )
    if "poll" not in stored.json or stored.by_bot != context.bot.id:
        raise errors.bad_request("poll can't be stopped")
    stored.json["poll"]["is_closed"] = True
    poll: Json = stored.json["poll"]
    return poll


@handles("sendDice")
def send_dice(context: Context) -> Json:
    emoji = context.get("emoji", "🎲")
    highest = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}.get(emoji)
    if highest is None:
        raise errors.bad_request("wrong dice emoji specified")
    dice = {"emoji": emoji, "value": random.randint(1, highest)}
    return posting.post(context, {"dice": dice}).json


@handles("sendChatAction")
def send_chat_action(context: Context) -> bool:
    access.chat_of(context)
    if context["action"] not in _ACTIONS:
        raise errors.bad_request("wrong parameter action in request")
    return True


def _copied(stored: Stored) -> Json:
    return copy.deepcopy({k: v for k, v in stored.json.items() if k not in _NOT_COPIED})


def _source(context: Context, message_id: int, verb: str) -> Stored:
    world, bot = context.server.world, context.bot
    chat = access.find(world, bot, str(context["from_chat_id"]), write=False)
    stored = access.message_of(chat, message_id, f"message to {verb}")
    if stored.json.get("has_protected_content"):
        raise errors.bad_request(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return stored


@handles("copyMessage")
def copy_message(context: Context) -> Json:
    stored = _source(context, context["message_id"], "copy")
    content = _copied(stored)
    content.pop("forward_origin", None)
    if context.get("caption") is not None:
        for name in ("caption", "caption_entities"):
            content.pop(name, None)
        content |= caption_content(context)
    return {"message_id": posting.post(context, content).id}


@handles("forwardMessage")
def forward_message(context: Context) -> Json:
    stored = _source(context, context["message_id"], "forward")
    content = _copied(stored) | {"forward_origin": origin_of(stored)}
    return posting.post(context, content).json


def _several(context: Context, verb: str) -> list[Stored]:
    """Those of them that are there. Raises `Refusal` when none is."""
    found = []
    for number in context["message_ids"]:
        try:
            found.append(_source(context, number, verb))
        except errors.Refusal:
            continue
    if not found:
        raise errors.bad_request(f"there are no messages to {verb}")
    return found


@handles("copyMessages")
def copy_messages(context: Context) -> list[Json]:
    chat = access.chat_of(context)
    return [
        {"message_id": posting.post(context, _copied(each), chat=chat).id}
        for each in _several(context, "copy")
    ]


@handles("forwardMessages")
def forward_messages(context: Context) -> list[Json]:
    chat: Chat = access.chat_of(context)
    return [
        {
            "message_id": posting.post(
                context, _copied(each) | {"forward_origin": origin_of(each)}, chat=chat
            ).id
        }
        for each in _several(context, "forward")
    ]
