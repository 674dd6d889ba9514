"""Service messages: what a chat tells of itself, as events (Bot API, Message).

The event's name is the API's field; its text is what there is to show with it: a title, names,
an amount. Screens word the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from config.i18n import _
from connectors.contract import Notice
from connectors.telegram.reading import people
from connectors.telegram.reading.media import CONTENT, kind_of
from connectors.telegram.reading.money import money
from connectors.telegram.reading.origin import Origin
from connectors.telegram.reading.place import Place
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

MAX_TEXT = 500
_Words = Callable[[Any], str]


def is_content(message: Mapping[str, Any]) -> bool:
    """Whether somebody sent something: words or media."""
    return not CONTENT.isdisjoint(message)


def read_service(
    origin: Origin, message: Mapping[str, Any], place: Place, key: str
) -> Notice | None:
    """None for a message that somebody wrote. Raises `PassedOver` for what another update
    tells, too."""
    if is_content(message):
        return None
    for name in message:
        if name == "pinned_message":
            return _pinned(origin, message, place)
        if name == "migrate_to_chat_id":
            return _moved(origin, message, place)
        if name == "migrate_from_chat_id":
            raise PassedOver(_("the group's new id, which it told under the old one already"))
        if name in EVENTS:
            _pass_over_double(name, message, origin.context.bot_id)
            return _notice(
                origin, message, place, "event", (key,), cut(EVENTS[name](message[name]), MAX_TEXT),
                {**place.details, "event": name, **_more(name, message[name])},
            )  # fmt: skip
    return None


def _notice(
    origin: Origin,
    message: Mapping[str, Any],
    place: Place,
    kind: Any,
    keys: tuple[str, ...],
    text: str,
    details: dict[str, Any],
) -> Notice:
    return Notice(
        external_id=origin.external_id,
        kind=kind,
        at=origin.at(message.get("date")),
        chat=place.chat,
        who=place.customer,
        author=place.author or (place.sender.name if place.direction == "out" else ""),
        direction=place.direction,
        keys=keys,
        text=text,
        proofs=place.proofs,
        details=details,
    )


def _pinned(origin: Origin, message: Mapping[str, Any], place: Place) -> Notice:
    pinned = object_of(message.get("pinned_message"))
    words = string(pinned.get("text")) or string(pinned.get("caption"))
    details = {**place.details, "event": "pinned_message"}
    if kind := kind_of(pinned):
        details["kind"] = kind
    return _notice(
        origin, message, place, "pinned", (place.key(pinned.get("message_id")),),
        cut(one_line(words), 200), details,
    )  # fmt: skip


def _moved(origin: Origin, message: Mapping[str, Any], place: Place) -> Notice:
    new = whole(message.get("migrate_to_chat_id"))
    if new is None:
        raise Unreadable(_("a group that moved nowhere"))
    return _notice(
        origin, message, place, "moved", (), place.sender.name, {**place.details, "to": str(new)}
    )


def _pass_over_double(name: str, message: Mapping[str, Any], bot_id: int) -> None:
    """The bot's own coming and going is told by my_chat_member."""
    if name == "new_chat_members":
        ids = {user.get("id") for user in objects(message[name])}
    elif name == "left_chat_member":
        ids = {object_of(message[name]).get("id")}
    else:
        return
    if ids == {bot_id}:
        raise PassedOver(_("the bot came to the chat or left it, as another update tells"))


def _more(name: str, value: Any) -> dict[str, Any]:
    """Facts that programs use, beside the text for people."""
    if name in ("successful_payment", "refunded_payment"):
        found = object_of(value)
        facts = {
            each: string(found.get(each))
            for each in (
                "invoice_payload",
                "telegram_payment_charge_id",
                "provider_payment_charge_id",
            )
            if found.get(each)
        }
        return {"payment": {**money(found), **facts}}
    if name == "web_app_data":
        return {"data": string(object_of(value).get("data"))}
    if name == "users_shared":
        return {"users": [whole(user.get("user_id")) for user in objects(
            object_of(value).get("users"))][:100]}  # fmt: skip
    if name == "chat_shared":
        return {"shared_chat": whole(object_of(value).get("chat_id"))}
    return {}


def _nothing(_value: Any) -> str:
    return ""


def _itself(value: Any) -> str:
    return one_line(string(value))


def _user(value: Any) -> str:
    return people.person_name(object_of(value))


def _users(value: Any) -> str:
    return ", ".join(people.person_name(user) for user in objects(value)[:20])


def _field(name: str, words: _Words = _itself) -> _Words:
    return lambda value: words(object_of(value).get(name))


def _number(name: str) -> _Words:
    def words(value: Any) -> str:
        found = counted(object_of(value).get(name))
        return "" if found is None else str(found)

    return words


def _price(value: Any) -> str:
    return str(money(object_of(value)).get("price", ""))


def _web_app_data(value: Any) -> str:
    found = object_of(value)
    lines = (one_line(string(found.get("button_text"))), string(found.get("data")))
    return "\n".join(line for line in lines if line)


def _shared_users(value: Any) -> str:
    return ", ".join(
        people.person_name({**user, "id": user.get("user_id")})
        for user in objects(object_of(value).get("users"))[:20]
    )


def _shared_chat(value: Any) -> str:
    chat = object_of(value)
    return people.chat_name({**chat, "id": chat.get("chat_id")})


def _gift(value: Any) -> str:
    found = object_of(value)
    emoji = one_line(string(object_of(object_of(found.get("gift")).get("sticker")).get("emoji")))
    return "\n".join(line for line in (emoji, string(found.get("text"))) if line)


def _unique_gift(value: Any) -> str:
    gift = object_of(object_of(value).get("gift"))
    name, number = one_line(string(gift.get("base_name"))), counted(gift.get("number"))
    return name if number is None else f"{name} #{number}"


def _tasks(value: Any) -> str:
    return ", ".join(
        one_line(string(task.get("text"))) for task in objects(object_of(value).get("tasks"))[:30]
    )


def _tasks_done(value: Any) -> str:
    """The tasks themselves are in the checklist's message, if it is there."""
    found = object_of(value)
    listed = objects(
        object_of(object_of(found.get("checklist_message")).get("checklist")).get("tasks")
    )
    names = {task.get("id"): one_line(string(task.get("text"))) for task in listed}
    words = []
    for mark, name in (("x", "marked_as_done_task_ids"), (" ", "marked_as_not_done_task_ids")):
        ids = found.get(name)
        for each in ids if isinstance(ids, list | tuple) else ():
            number = whole(each)
            if number is not None:
                words.append(f"[{mark}] {names.get(number) or number}")
    return ", ".join(words[:30])


def _proximity(value: Any) -> str:
    found = object_of(value)
    distance = counted(found.get("distance"))
    return f"{_user(found.get('traveler'))} – {_user(found.get('watcher'))}: {distance or 0} m"


EVENTS: Mapping[str, _Words] = {
    "new_chat_members": _users,
    "left_chat_member": _user,
    "chat_owner_left": _field("new_owner", lambda user: _user(user) if user else ""),
    "chat_owner_changed": _field("new_owner", _user),
    "new_chat_title": _itself,
    "new_chat_photo": _nothing,
    "delete_chat_photo": _nothing,
    "group_chat_created": _nothing,
    "supergroup_chat_created": _nothing,
    "channel_chat_created": _nothing,
    "message_auto_delete_timer_changed": _number("message_auto_delete_time"),
    "successful_payment": _price,
    "refunded_payment": _price,
    "users_shared": _shared_users,
    "chat_shared": _shared_chat,
    "gift": _gift,
    "unique_gift": _unique_gift,
    "gift_upgrade_sent": _gift,
    "connected_website": _itself,
    "write_access_allowed": _field("web_app_name"),
    "passport_data": _nothing,
    "proximity_alert_triggered": _proximity,
    "boost_added": _number("boost_count"),
    "chat_background_set": _nothing,
    "checklist_tasks_done": _tasks_done,
    "checklist_tasks_added": _tasks,
    "direct_message_price_changed": _number("direct_message_star_count"),
    "forum_topic_created": _field("name"),
    "forum_topic_edited": _field("name"),
    "forum_topic_closed": _nothing,
    "forum_topic_reopened": _nothing,
    "general_forum_topic_hidden": _nothing,
    "general_forum_topic_unhidden": _nothing,
    "giveaway_created": _number("prize_star_count"),
    "giveaway_completed": _number("winner_count"),
    "managed_bot_created": _field("bot", _user),
    "paid_message_price_changed": _number("paid_message_star_count"),
    "poll_option_added": _field("option_text"),
    "poll_option_deleted": _field("option_text"),
    "suggested_post_approved": _nothing,
    "suggested_post_approval_failed": _nothing,
    "suggested_post_declined": _field("comment"),
    "suggested_post_paid": _nothing,
    "suggested_post_refunded": _field("reason"),
    "video_chat_scheduled": _nothing,
    "video_chat_started": _nothing,
    "video_chat_ended": _number("duration"),
    "video_chat_participants_invited": _field("users", _users),
    "web_app_data": _web_app_data,
}
"""Every service message that is an event, and its words; see also `read_service`."""
