"""What a stored message is made of in its channel: one piece, or as many as an album has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract import Inbound
from omnitui.desk.chats import order
from omnitui.desk.chats.order import Version
from store.model import Message

ORIGINAL: Version = (0, "")
"""The version of what was never edited."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What has a key of its own in the channel: a message, or one picture of an album."""

    key: str
    text: str
    hash: str
    version: Version
    format: str
    media: Mapping[str, Any] | None
    files: tuple[int, ...]
    """The ids of its attachments."""


def of(message: Message, content_hash: str) -> list[Piece]:
    """In their order. `content_hash` is the stored one of the whole message."""
    details = message.details
    if album := details.get("album_parts"):
        return [_load(part) for part in album]
    return [
        Piece(
            message.external_id,
            message.text,
            content_hash,
            order.read(details.get("version")) or ORIGINAL,
            str(details.get("format") or ""),
            details.get("media"),
            tuple(file.id for file in message.attachments),
        )
    ]


def version_of(inbound: Inbound) -> Version:
    """Which state of its message an item is."""
    if not inbound.edit_of:
        return ORIGINAL
    told = inbound.details.get("edited_at")
    at = told if isinstance(told, int) else inbound.arrived_at
    return at, inbound.external_id


def piece_of(inbound: Inbound, files: Sequence[int]) -> Piece:
    """What an item is, whose files are stored."""
    return Piece(
        inbound.edit_of or inbound.message_key,
        inbound.text,
        inbound.content_hash,
        version_of(inbound),
        str(inbound.details.get("format") or ""),
        inbound.details.get("media"),
        tuple(files),
    )


def details_of(stored: Mapping[str, Any], pieces: Sequence[Piece]) -> dict[str, Any]:
    """A message's details with its pieces as they are now."""
    details = dict(stored)
    facts: dict[str, Any] = {
        "format": next((piece.format for piece in pieces if piece.format), ""),
        "media": next((piece.media for piece in pieces if piece.media), None),
        "version": None,
    }
    if len(pieces) > 1 or "album_parts" in details:
        facts["album"] = True
        facts["album_parts"] = [_dump(piece) for piece in pieces]
    elif pieces[0].version != ORIGINAL:
        facts["version"] = list(pieces[0].version)
    for name, value in facts.items():
        if value:
            details[name] = value
        else:
            details.pop(name, None)
    return details


def text_of(pieces: Sequence[Piece]) -> str:
    """What its sender wrote: the captions of an album one below the other."""
    if len(pieces) == 1:
        return pieces[0].text
    return "\n\n".join(piece.text for piece in pieces if piece.text.strip())


def _dump(piece: Piece) -> dict[str, Any]:
    saved: dict[str, Any] = {
        "key": piece.key,
        "text": piece.text,
        "hash": piece.hash,
        "format": piece.format,
        "media": piece.media,
        "files": list(piece.files),
    }
    if piece.version != ORIGINAL:
        saved["version"] = list(piece.version)
    return {name: value for name, value in saved.items() if value}


def _load(saved: Mapping[str, Any]) -> Piece:
    return Piece(
        str(saved["key"]),
        str(saved.get("text") or ""),
        str(saved.get("hash") or ""),
        order.read(saved.get("version")) or ORIGINAL,
        str(saved.get("format") or ""),
        saved.get("media"),
        tuple(int(id_) for id_ in saved.get("files") or ()),
    )
