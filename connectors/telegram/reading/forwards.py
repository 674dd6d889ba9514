"""Whose message a forwarded one was (MessageOrigin, and its fields before Bot API 7.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import Address, Forwarded, Millis
from connectors.telegram.reading import people
from connectors.telegram.reading.values import moment, object_of, one_line, string, whole


def read_forward(
    message: Mapping[str, Any], now: Millis, details: dict[str, Any]
) -> Forwarded | None:
    """Put `forward` into `details` too, for those who hide who they are have no address."""
    origin = message.get("forward_origin")
    if not isinstance(origin, dict):
        origin = _before_7_0(message)
    sender = sender_of(origin) if origin else None
    if sender is None:
        return None
    sent_at = moment(origin.get("date"), now)
    told: dict[str, Any] = {"kind": string(origin.get("type")), "name": sender.name}
    if sender.address:
        told["address"] = sender.address
    if sent_at is not None:
        told["sent_at"] = sent_at
    if signature := one_line(string(origin.get("author_signature"))):
        told["signature"] = signature
    chat, message_id = object_of(origin.get("chat")), whole(origin.get("message_id"))
    if message_id is not None and (username := string(chat.get("username"))).isidentifier():
        told["url"] = f"https://t.me/{username}/{message_id}"
    details["forward"] = told
    return Forwarded(sender, sent_at)


def sender_of(origin: Mapping[str, Any]) -> Address | None:
    """Without an address for one who hides it."""
    for name in ("sender_user", "sender_chat", "chat"):
        found = origin.get(name)
        if isinstance(found, dict):
            identity = whole(found.get("id"))
            return Address("" if identity is None else str(identity), people.chat_name(found))
    if name := one_line(string(origin.get("sender_user_name"))):
        return Address("", name)
    return Address("") if origin else None


def _before_7_0(message: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(user := message.get("forward_from"), dict):
        found = {"type": "user", "sender_user": user}
    elif isinstance(chat := message.get("forward_from_chat"), dict):
        found = {
            "type": "channel" if chat.get("type") == "channel" else "chat",
            "chat": chat,
            "message_id": message.get("forward_from_message_id"),
            "author_signature": message.get("forward_signature"),
        }
    elif "forward_sender_name" in message:
        found = {"type": "hidden_user", "sender_user_name": message["forward_sender_name"]}
    return {**found, "date": message.get("forward_date")} if found else {}
