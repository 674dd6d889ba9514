"""Users and chats of the Bot API as people and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.i18n import _
from connectors.contract import Address
from connectors.telegram.reading.values import Unreadable, one_line, string, whole


def person_name(user: Mapping[str, Any]) -> str:
    """`First Last`; where there is nothing to see in it, the username, then the id."""
    first, last = user.get("first_name"), user.get("last_name")
    if type(last) is str and last:
        first = f"{first} {last}" if type(first) is str else last
    if type(first) is str and (name := one_line(first)):
        return name
    return one_line(string(user.get("username"))) or _id_text(user)


def chat_name(chat: Mapping[str, Any]) -> str:
    """A group's or channel's title, a private chat's person."""
    title = chat.get("title")
    if type(title) is str and (name := one_line(title)):
        return name
    return person_name(chat)


def person(user: Mapping[str, Any]) -> Address:
    """Raises `Unreadable` for one without an id."""
    return Address(str(id_of(user)), person_name(user))


def group(chat: Mapping[str, Any]) -> Address:
    """Raises `Unreadable` for one without an id."""
    return Address(str(id_of(chat)), chat_name(chat))


def id_of(found: Mapping[str, Any]) -> int:
    """Raises `Unreadable`."""
    identity = whole(found.get("id"))
    if identity is None:
        raise Unreadable(_("a user or chat without an id"))
    return identity


def about(user: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept with a message of theirs."""
    known: dict[str, Any] = {}
    if name := one_line(string(user.get("username"))):
        known["username"] = name
    if language := one_line(string(user.get("language_code"))):
        known["language"] = language
    return known


def _id_text(found: Mapping[str, Any]) -> str:
    identity = whole(found.get("id"))
    return "" if identity is None else str(identity)
