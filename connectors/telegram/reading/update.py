"""One update understood: JSON in, one item for the desk out, whatever the JSON is."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from config.i18n import N_, _
from connectors.contract import Ignored, Millis, Quarantined, Received
from connectors.telegram.reading import happenings, membership
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.message import read_message
from connectors.telegram.reading.origin import Origin
from connectors.telegram.reading.values import PassedOver, Unreadable, cut, one_line, whole

_Reader = Callable[[Origin, Mapping[str, Any]], Received]

_READERS: dict[str, _Reader] = {
    "message": read_message,
    "edited_message": read_message,
    "channel_post": read_message,
    "edited_channel_post": read_message,
    "business_message": read_message,
    "edited_business_message": read_message,
    "business_connection": happenings.business_connection,
    "deleted_business_messages": happenings.deleted,
    "message_reaction": happenings.reaction,
    "message_reaction_count": happenings.reaction_counts,
    "my_chat_member": membership.own,
    "callback_query": happenings.button,
}
_NO_MESSAGES = {
    "guest_message": N_(
        "written to the bot as a guest, in a chat that it is not in: no answer can follow later"
    ),
    "inline_query": N_("somebody looks for something to send (inline mode): no message"),
    "chosen_inline_result": N_("somebody sent what inline mode offered: no message to us"),
    "shipping_query": N_("a payment asks for shipping costs: not for the desk"),
    "pre_checkout_query": N_("a payment asks to be confirmed: not for the desk"),
    "purchased_paid_media": N_("somebody paid for media of the bot: not for the desk"),
    "poll": N_("votes in a poll that another program sent with this bot"),
    "poll_answer": N_("a vote in a poll that another program sent with this bot"),
    "chat_member": N_("somebody else came to a group or left it"),
    "chat_join_request": N_("somebody asks to join a group: its administrators decide"),
    "chat_boost": N_("somebody boosted a group or channel"),
    "removed_chat_boost": N_("a boost of a group or channel ended"),
    "managed_bot": N_("about a bot that this one manages: not for the desk"),
}
KINDS = (*_READERS, *_NO_MESSAGES)
"""Every kind of update in Bot API 10.1."""

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def read_update(
    update: Mapping[str, Any], context: ReadingContext, now: Millis | None = None
) -> Received:
    """What an update says; its `external_id` is the update's id. Never raises for any JSON.

    Args:
        update: As getUpdates gives it, or a webhook.
        now: UTC milliseconds, for what Telegram tells no date of; without it the clock's.
    """
    raw, update = _raw(update)
    external_id = _external_id(update, raw, context)
    if now is None:
        now = int(time.time() * 1000)
    try:
        return _read(update, Origin("", external_id, raw, context, now))
    except PassedOver as reason:
        return Ignored(external_id, str(reason))
    except Unreadable as reason:
        return Quarantined(external_id, str(reason), raw)
    except Exception as error:  # an update may be anything: kept, not lost
        return Quarantined(external_id, f"{type(error).__name__}: {error}"[:300], raw)


def connection_needed(update: Mapping[str, Any], context: ReadingContext) -> str:
    """The id of a Business connection that has to be known before this update is read (by
    getBusinessConnection) and is not; "" for none."""
    if not context.business:
        return ""
    for kind in ("business_message", "edited_business_message", "deleted_business_messages"):
        content = update.get(kind)
        if isinstance(content, dict):
            found = content.get("business_connection_id")
            if isinstance(found, str) and found not in context.connections:
                return found
    return ""


def _read(update: Mapping[str, Any], origin: Origin) -> Received:
    for kind in update:
        if kind in _READERS:
            content = update[kind]
            if not isinstance(content, dict):
                raise Unreadable(_("{kind} is no object").format(kind=kind))
            origin.kind = kind
            return _READERS[kind](origin, content)
        if kind in _NO_MESSAGES:
            raise PassedOver(_(_NO_MESSAGES[kind]))
    kinds = [kind for kind in update if kind != "update_id"]
    if not kinds and update:
        raise PassedOver(_("there is nothing in it"))
    named = one_line(cut(str(kinds[0]), 60)) if kinds else "?"
    raise Unreadable(_("omnitui does not know this kind of update yet: {kind}").format(kind=named))


def _raw(update: Any) -> tuple[bytes, Mapping[str, Any]]:
    """The JSON as it is kept, and the update with nothing in it that UTF-8 has no place for."""
    try:
        text = _encode(update)
    except (RecursionError, TypeError, ValueError) as error:
        raw = f"not JSON: {type(error).__name__}".encode()
        return raw, update if isinstance(update, dict) else {}
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        # Halves of surrogate pairs: kept as their escapes, read as what cannot be shown.
        raw = json.dumps(update, separators=(",", ":")).encode()
        update = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return raw, update if isinstance(update, dict) else {}


def _external_id(update: Mapping[str, Any], raw: bytes, context: ReadingContext) -> str:
    update_id = whole(update.get("update_id"))
    if update_id is None:
        return f"{context.prefix}unreadable/{hashlib.sha256(raw).hexdigest()[:32]}"
    return f"{context.prefix}{update_id}"
