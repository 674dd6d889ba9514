"""A message of any kind: what somebody wrote, or what a chat tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from config.i18n import _
from connectors.contract import Inbound, Notice, Received
from connectors.telegram.reading import answers, forwards, media, people, service
from connectors.telegram.reading.medium import Medium
from connectors.telegram.reading.origin import Origin
from connectors.telegram.reading.place import Place, place_of
from connectors.telegram.reading.rich import read_rich
from connectors.telegram.reading.text import read_text
from connectors.telegram.reading.values import (
    PassedOver,
    moment,
    object_of,
    one_line,
    string,
    whole,
)

BUSINESS_WINDOW = 86_400_000
"""Milliseconds after a customer's message in which a Business account's bot may answer."""
_FLAGS = {
    "is_from_offline": "from_offline",
    "has_media_spoiler": "spoiler",
    "has_protected_content": "protected",
    "is_paid_post": "paid_post",
}
_USUAL = frozenset(
    {"message_id", "from", "chat", "date", "text", "entities", "business_connection_id",
     "link_preview_options", "reply_markup", "edit_date", "message_thread_id"}
)  # fmt: skip
"""Fields that no details are made of."""
_PAYLOAD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


def read_message(origin: Origin, message: Mapping[str, Any]) -> Received:
    """Raises `PassedOver` for what is rightly no message, `Unreadable`."""
    place = place_of(message, origin.context)
    key = place.key(message.get("message_id"))
    _pass_over_our_own(origin, message, place)
    edited = origin.kind.startswith("edited_")
    text = message.get("text")
    if type(text) is not str:
        if found := service.read_service(origin, message, place, key):
            if edited:
                raise PassedOver(_("what a chat told of itself, told again"))
            return found
        text = None
    elif text.startswith("/start") and place.kind == "private":
        payload = _payload(text, origin.context.bot_username)
        if payload is not None and "forward_origin" not in message:
            if edited:
                raise PassedOver(_("a /start that was edited"))
            return _started(origin, message, place, key, payload)
    return _inbound(origin, message, place, key, text, edited=edited)


def _inbound(
    origin: Origin,
    message: Mapping[str, Any],
    place: Place,
    key: str,
    text: str | None,
    *,
    edited: bool,
) -> Inbound:
    details = place.details
    defects: list[str] = []
    medium: Medium | None = None
    if text is not None:
        text, marked, content = read_text(text, message.get("entities"))
    elif "rich_message" in message:
        text, marked, content, medium = read_rich(message, origin.context)
    else:
        medium = media.read_media(message, origin.context)
        caption = message.get("caption")
        if type(caption) is str and caption:
            text, marked, content = read_text(caption, message.get("caption_entities"))
        else:
            text, marked, content = medium.text, False, ""
    files: tuple[Any, ...] | list[Any] = ()
    if marked:
        details["format"] = "markdown"
    if medium is not None:
        files = medium.files
        content = f"{content}\0{medium.fingerprint}"
        if medium.details:
            details["media"] = medium.details
    sent_at = arrived_at = moment(message.get("date"), origin.now)
    if arrived_at is None:
        arrived_at = origin.now
        defects.append("no date")
    if edited:
        edited_at = moment(message.get("edit_date"), origin.now)
        if edited_at is not None:
            arrived_at = details["edited_at"] = max(edited_at, arrived_at)
    in_reply_to, forwarded, joins = "", None, ""
    aliases: tuple[tuple[str, str], ...] = ()
    proofs = place.proofs
    if not message.keys() <= _USUAL:
        in_reply_to = answers.read_answer(message, place, details)
        forwarded = forwards.read_forward(message, origin.now, details)
        group_id = message.get("media_group_id")
        if type(group_id) is str and group_id:
            joins = f"album:{place.chat}:{group_id}"
            details["album"] = True
        if phone := media.own_phone(message, place):
            proofs, aliases = ("contact",), (("phone", phone),)
            details["media"]["own"] = True
        _flags(message, details)
    return Inbound(
        external_id=origin.external_id,
        message_key=key,
        # Another bot under the account counts its messages from 1, too.
        content_hash=sha256(f"{origin.context.bot_id}\0{content}".encode()).hexdigest(),
        sender=place.sender,
        text=text,
        arrived_at=arrived_at,
        sent_at=sent_at,
        direction=place.direction,
        to=place.to,
        in_reply_to=in_reply_to,
        chat=place.chat,
        proofs=proofs,
        aliases=aliases,
        files=files,
        forwarded=forwarded,
        edit_of=key if edited else "",
        author=place.author,
        joins=joins,
        answer_until=(
            sent_at + BUSINESS_WINDOW
            if place.kind == "business" and place.direction == "in" and sent_at is not None
            else None
        ),
        defects=defects,
        raw=origin.raw,
        details=details,
    )


def _pass_over_our_own(origin: Origin, message: Mapping[str, Any], place: Place) -> None:
    """Raises `PassedOver` for what this bot wrote, here or for a Business account, and for what
    Telegram itself copies."""
    bot_id = origin.context.bot_id
    if object_of(message.get("sender_business_bot")).get("id") == bot_id or (
        object_of(message.get("from")).get("id") == bot_id and service.is_content(message)
    ):
        raise PassedOver(_("sent by this bot itself"))
    if place.kind == "group" and message.get("is_automatic_forward") is True:
        raise PassedOver(_("a post of the group's own channel, which Telegram copied there"))


def _payload(text: str, username: str) -> str | None:
    """What comes with `/start`, as links bring it; None for words that only begin so."""
    command, _space, rest = text.partition(" ")
    _start, at, name = command.strip().partition("@")
    rest = rest.strip()
    if _start != "/start" or (at and username and name.casefold() != username.casefold()):
        return None
    if len(rest) > 64 or not _PAYLOAD.issuperset(rest):
        return None
    return rest


def _started(
    origin: Origin, message: Mapping[str, Any], place: Place, key: str, payload: str
) -> Notice:
    return Notice(
        external_id=origin.external_id,
        kind="started",
        at=origin.at(message.get("date")),
        chat=place.chat,
        who=place.sender,
        keys=(key,),
        text=payload,
        proofs=place.proofs,
        details=place.details,
    )


def _flags(message: Mapping[str, Any], details: dict[str, Any]) -> None:
    """What an agent would want to know beside the words."""
    for name, kept in _FLAGS.items():
        if message.get(name) is True:
            details[kept] = True
    via = message.get("via_bot")
    if isinstance(via, dict):
        details["via_bot"] = (
            f"@{name}" if (name := string(via.get("username"))) else (people.person_name(via))
        )
    if (stars := whole(message.get("paid_star_count"))) is not None and stars > 0:
        details["paid_stars"] = stars
    if tag := one_line(string(message.get("sender_tag"))):
        details["author_tag"] = tag
    offer = message.get("suggested_post_info")
    if isinstance(offer, dict):
        details["suggested_post"] = one_line(string(offer.get("state")))
