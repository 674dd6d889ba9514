"""What happens around messages: reactions, deletions, buttons, Business accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.i18n import _
from connectors.contract import Address, Notice
from connectors.telegram.reading import people
from connectors.telegram.reading.context import read_connection
from connectors.telegram.reading.origin import Origin
from connectors.telegram.reading.place import PLATFORM, chat_kind, check_wanted
from connectors.telegram.reading.values import (
    PassedOver,
    Unreadable,
    counted,
    cut,
    object_of,
    objects,
    one_line,
    string,
    whole,
)


def reaction(origin: Origin, change: Mapping[str, Any]) -> Notice:
    """Which emoji somebody shows at a message now."""
    chat, chat_id, key = _message(origin, change)
    actor = object_of(change.get("user") or change.get("actor_chat") or chat)
    name = people.chat_name(actor)
    actor_id = people.id_of(actor)
    details: dict[str, Any] = {
        "reactions": [_emoji(each) for each in objects(change.get("new_reaction"))]
    }
    private = chat_kind(chat, chat_id) == "private"
    if private:
        who = Address(str(actor_id), name)
    else:
        who = people.group(chat)
        details["user_id"] = str(actor_id)
    return Notice(
        origin.external_id,
        "reaction",
        origin.at(change.get("date")),
        str(chat_id),
        who,
        author="" if private else name,
        direction="out" if actor_id == origin.context.bot_id else "in",
        keys=(key,),
        proofs=PLATFORM if private else (),
        details=details,
    )


def reaction_counts(origin: Origin, change: Mapping[str, Any]) -> Notice:
    """How many show which emoji, where nobody is named."""
    chat, chat_id, key = _message(origin, change)
    counts: dict[str, int] = {}
    for each in objects(change.get("reactions")):
        number = counted(each.get("total_count"))
        if number:
            emoji = _emoji(object_of(each.get("type")))
            counts[emoji] = counts.get(emoji, 0) + number
    return Notice(
        origin.external_id,
        "reaction",
        origin.at(change.get("date")),
        str(chat_id),
        people.group(chat),
        keys=(key,),
        details={"counts": counts},
    )


def deleted(origin: Origin, change: Mapping[str, Any]) -> Notice:
    """Messages of a Business account's chat; Telegram does not say by which of the two."""
    context = origin.context
    check_wanted("business", context)
    chat = object_of(change.get("chat"))
    chat_id = people.id_of(chat)
    connection_id = string(change.get("business_connection_id"))
    connection = context.connections.get(connection_id)
    if connection is None:
        raise PassedOver(_("messages of a Business account that is not connected"))
    place = f"b{connection.owner}:{chat_id}"
    numbers = change.get("message_ids")
    keys = tuple(
        f"{place}:{number}"
        for number in (numbers if isinstance(numbers, list | tuple) else ())
        if whole(number) is not None
    )
    if not keys:
        raise Unreadable(_("deleted messages without their ids"))
    return Notice(
        origin.external_id,
        "deleted",
        origin.now,
        place,
        people.group(chat),
        keys=keys,
        details={"either": True},
    )


def business_connection(origin: Origin, change: Mapping[str, Any]) -> Notice:
    """Somebody lets the bot into their Business account, changes what it may, or takes it out."""
    check_wanted("business", origin.context)
    found = read_connection(change)
    if found is None:
        raise Unreadable(_("a Business connection without its id or owner"))
    connection_id, connection = found
    user = object_of(change.get("user"))
    chat = connection.owner if connection.user_chat is None else connection.user_chat
    event = "business_connected" if connection.enabled else "business_disconnected"
    return Notice(
        origin.external_id,
        "event",
        # Its date is the day it began; that it ended is told now.
        origin.at(change.get("date")) if connection.enabled else origin.now,
        str(chat),
        Address(str(connection.owner), connection.name),
        text=connection.name,
        proofs=PLATFORM,
        details={
            **people.about(user),
            "event": event,
            "connection": connection_id,
            "can_reply": connection.can_reply,
        },
    )


def button(_origin: Origin, query: Mapping[str, Any]) -> Notice:
    """None of the desk's messages has buttons."""
    pressed = one_line(cut(string(query.get("data")), 64))
    who = people.person_name(object_of(query.get("from")))
    raise PassedOver(
        _("{name} pressed a button that is not the desk's: {data}").format(name=who, data=pressed)
        if pressed
        else _("{name} pressed a button that is not the desk's").format(name=who)
    )


def _message(origin: Origin, change: Mapping[str, Any]) -> tuple[Mapping[str, Any], int, str]:
    chat = object_of(change.get("chat"))
    chat_id = people.id_of(chat)
    check_wanted(chat_kind(chat, chat_id), origin.context)
    message_id = whole(change.get("message_id"))
    if message_id is None:
        raise Unreadable(_("a reaction without its message"))
    return chat, chat_id, f"{chat_id}:{message_id}"


def _emoji(reaction_type: Mapping[str, Any]) -> str:
    """Emoji of one's own can only be seen in Telegram."""
    kind = reaction_type.get("type")
    if kind == "emoji":
        return one_line(string(reaction_type.get("emoji"))) or "custom"
    return "⭐" if kind == "paid" else "custom"
