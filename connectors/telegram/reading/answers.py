"""What a message answers: another one, a part of it, one of another chat, a story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.telegram.reading import forwards, people
from connectors.telegram.reading.media import kind_of
from connectors.telegram.reading.place import Place
from connectors.telegram.reading.values import cut, object_of, one_line, string, whole

MAX_TEXT = 200
"""Characters of the answered message that are kept with the answer."""
MAX_QUOTE = 1024


def read_answer(message: Mapping[str, Any], place: Place, details: dict[str, Any]) -> str:
    """Put `reply_to` and `topic` into `details`; the key of the message that is answered."""
    key = ""
    told: dict[str, Any] = {}
    answered = message.get("reply_to_message")
    if isinstance(answered, dict):
        if _is_topic(message, answered, details):
            answered = None
        elif whole(answered.get("message_id")) is not None:
            key = _key(answered, place)
            told = _told(answered, place, key)
    if not told:
        if isinstance(elsewhere := message.get("external_reply"), dict):
            told = _elsewhere(elsewhere)
        elif isinstance(story := message.get("reply_to_story"), dict):
            told = _told_by("", people.chat_name(object_of(story.get("chat"))), "", ours=False)
            told["kind"] = "story"
    quoted = string(object_of(message.get("quote")).get("text"))
    if quoted:
        told = told or _told_by("", "", "", ours=False)
        told["quote"] = cut(quoted, MAX_QUOTE)
    if told:
        for name in ("reply_to_checklist_task_id", "reply_to_poll_option_id"):
            if name in message and isinstance(message[name], int | str):
                told[name.removeprefix("reply_to_")] = str(message[name])
        details["reply_to"] = told
    return key


def _key(answered: Mapping[str, Any], place: Place) -> str:
    """In the same chat, as a rule."""
    chat_id = whole(object_of(answered.get("chat")).get("id"))
    if place.kind == "business" or chat_id is None:
        return place.key(answered["message_id"])
    return f"{chat_id}:{answered['message_id']}"


def _is_topic(
    message: Mapping[str, Any], answered: Mapping[str, Any], details: dict[str, Any]
) -> bool:
    """Every message of a topic answers the one that opened it; nobody meant to."""
    opened = answered.get("forum_topic_created")
    if isinstance(opened, dict):
        if name := one_line(string(opened.get("name"))):
            details["topic"] = name
        return True
    return message.get("is_topic_message") is True and answered.get("message_id") == message.get(
        "message_thread_id"
    )


def _told(answered: Mapping[str, Any], place: Place, key: str) -> dict[str, Any]:
    author = object_of(answered.get("from"))
    sender_chat = answered.get("sender_chat")
    if isinstance(sender_chat, dict):
        name = people.chat_name(sender_chat)
    elif author:
        name = people.person_name(author)
    else:
        name = ""
    ours = author.get("id") == place.ours or (place.as_chat and isinstance(sender_chat, dict))
    told = _told_by(key, name, _words(answered), ours=ours)
    if kind := kind_of(answered):
        told["kind"] = kind
    return told


def _elsewhere(found: Mapping[str, Any]) -> dict[str, Any]:
    """A message of another chat or topic: Telegram tells whose, and what kind."""
    sender = forwards.sender_of(object_of(found.get("origin")))
    chat_id = whole(object_of(found.get("chat")).get("id"))
    message_id = whole(found.get("message_id"))
    key = f"{chat_id}:{message_id}" if chat_id is not None and message_id is not None else ""
    told = _told_by(key, sender.name if sender else "", "", ours=False)
    told["elsewhere"] = True
    if kind := kind_of(found):
        told["kind"] = kind
    return told


def _told_by(key: str, author: str, text: str, *, ours: bool) -> dict[str, Any]:
    return {"key": key, "author": author, "text": text, "ours": ours}


def _words(answered: Mapping[str, Any]) -> str:
    return cut(string(answered.get("text")) or string(answered.get("caption")), MAX_TEXT)
