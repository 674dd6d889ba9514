"""What a practice customer says or does, as the channel that is posed as would bring it."""

from __future__ import annotations

import hashlib
from typing import Any

from connectors.contract import Address, File, Inbound, Notice, Received, Remote
from connectors.practice.media import VOICE_SECONDS
from connectors.practice.street import Utterance, message_key

PROOFS = {"email": ("dmarc",), "telegram": ("contact",), "webchat": ("jwt",)}
_PLACE = (50.4501, 30.5234)


def arrival(channel: str, desk_address: str, spoken: Utterance) -> Received:
    if spoken.act == "reaction":
        return _notice(spoken, "reaction", keys=(spoken.about,))
    if spoken.act == "starts":
        return _notice(spoken, "started", text=spoken.text)
    person = spoken.person
    key = message_key(channel, spoken.number)
    mail = channel == "email"
    address = person.email if mail else person.chat
    details: dict[str, Any] = {"language": person.language}
    text, joins = spoken.text, ""
    files: tuple[File, ...] = ()
    if spoken.act != "says":
        text, files, joins = _chatty(spoken, details)
    return Inbound(
        external_id=str(spoken.number),
        message_key=key if mail else _chat_key(spoken, spoken.number),
        content_hash=hashlib.sha256(f"{key}\n{text}".encode()).hexdigest(),
        sender=Address(address, person.name),
        text=text,
        arrived_at=spoken.at,
        sent_at=spoken.at,
        subject=spoken.subject if mail else "",
        to=(Address(desk_address),) if mail and desk_address else (),
        in_reply_to=spoken.in_reply_to if mail else spoken.about,
        references=spoken.references if mail else (),
        chat="" if mail else person.chat,
        proofs=PROOFS[channel] if spoken.signed_in else (),
        # The practice customers are signed in, so each channel proves the others.
        aliases=(
            ("email", person.email),
            ("telegram", person.chat),
            ("webchat", person.chat),
        )
        if spoken.signed_in
        else (),
        files=files,
        edit_of=_chat_key(spoken, spoken.edits) if spoken.edits else "",
        joins=joins,
        details=details,
    )


def _chatty(spoken: Utterance, details: dict[str, Any]) -> tuple[str, tuple[File, ...], str]:
    """Text, files and album of what is not just said."""
    chat, number = spoken.person.chat, spoken.number
    if spoken.act == "photo":
        details["media"] = {"kind": "photo", "width": 320, "height": 240}
        joins = "" if spoken.text else f"album:{chat}"
        return spoken.text, (_file(f"photo-{number}.png", "image/png", "photo", number),), joins
    if spoken.act == "voice":
        details["media"] = {"kind": "voice", "duration": VOICE_SECONDS}
        return "", (_file(f"voice-{number}.wav", "audio/wav", "voice", number),), ""
    if spoken.act == "sticker":
        details["media"] = {"kind": "sticker", "emoji": spoken.text, "set_name": "HotCherry"}
    elif spoken.act == "venue":
        latitude, longitude = _PLACE
        details["media"] = {
            "kind": "venue",
            "latitude": latitude,
            "longitude": longitude,
            "title": spoken.text,
            "address": "Kyiv",
        }
        link = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
        return f"{spoken.text}\nKyiv\n{link}#map=16/{latitude}/{longitude}", (), ""
    return spoken.text, (), ""


def _file(name: str, kind: str, what: str, number: int) -> File:
    return File(name, kind, Remote(f"{what}/{number}"))


def _notice(spoken: Utterance, kind: Any, **more: Any) -> Notice:
    person = spoken.person
    details: dict[str, Any] = {"language": person.language}
    if kind == "reaction":
        details["reactions"] = [spoken.text]
    return Notice(
        external_id=str(spoken.number),
        kind=kind,
        at=spoken.at,
        chat=person.chat,
        who=Address(person.chat, person.name),
        proofs=("platform",),
        details=details,
        **more,
    )


def _chat_key(spoken: Utterance, number: int) -> str:
    return f"{spoken.person.chat}:{number}"
