"""The bot's own place in a chat (my_chat_member): blocked by a person, added to a group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.i18n import _
from connectors.contract import Address, Notice, NoticeKind
from connectors.telegram.reading import people
from connectors.telegram.reading.origin import Origin
from connectors.telegram.reading.place import PLATFORM, chat_kind
from connectors.telegram.reading.values import PassedOver, object_of

_INSIDE = frozenset({"creator", "administrator", "member"})


def own(origin: Origin, change: Mapping[str, Any]) -> Notice:
    """Raises `PassedOver` where nothing changed for the desk."""
    chat = object_of(change.get("chat"))
    chat_id = people.id_of(chat)
    user = object_of(change.get("from"))
    before = _is_inside(object_of(change.get("old_chat_member")))
    after = _is_inside(object_of(change.get("new_chat_member")))
    if chat_kind(chat, chat_id) == "private":
        who = people.person(user if user.get("id") == chat_id else chat)
        status = object_of(change.get("old_chat_member")).get("status")
        if after and status != "kicked":
            raise PassedOver(_("a chat was opened with the bot, nothing else changed"))
        return _notice(origin, change, "unblocked" if after else "blocked", who, chat_id, user)
    if before == after:
        raise PassedOver(_("the bot's rights in a group or channel changed"))
    return _notice(origin, change, "event", people.group(chat), chat_id, user)


def _notice(
    origin: Origin,
    change: Mapping[str, Any],
    kind: NoticeKind,
    who: Address,
    chat_id: int,
    user: Mapping[str, Any],
) -> Notice:
    if kind != "event":
        return Notice(
            origin.external_id, kind, origin.at(change.get("date")), str(chat_id), who,
            proofs=PLATFORM, details=people.about(user),
        )  # fmt: skip
    inside = _is_inside(object_of(change.get("new_chat_member")))
    return Notice(
        origin.external_id,
        "event",
        origin.at(change.get("date")),
        str(chat_id),
        who,
        author=people.person_name(user),
        text=who.name,
        details={"event": "bot_added" if inside else "bot_removed"},
    )


def _is_inside(member: Mapping[str, Any]) -> bool:
    status = member.get("status")
    return status in _INSIDE or (status == "restricted" and member.get("is_member") is True)
