"""What has to be known beside an update to understand it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.telegram.reading.people import person_name
from connectors.telegram.reading.values import object_of, whole

DOWNLOAD_LIMIT = 20 << 20
"""Bytes of a file that Telegram's own server lets a bot download (Bot API, getFile)."""


@dataclass(frozen=True, slots=True)
class BusinessConnection:
    """A Business account that lets the bot answer in its private chats."""

    owner: int
    """User id of the account's owner; 0 where the server does not tell it."""
    enabled: bool = True
    can_reply: bool = True
    name: str = ""
    user_chat: int | None = None
    """The owner's private chat with the bot."""


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """One bot, and what its account is set to take."""

    bot_id: int
    bot_username: str = ""
    """Without @."""
    prefix: str = ""
    """What the ledger's keys begin with, where this is not the account's first bot."""
    groups: bool = False
    channels: bool = False
    business: bool = True
    file_limit: int | None = DOWNLOAD_LIMIT
    """Bytes; None: a Bot API server of one's own has no limit."""
    connections: Mapping[str, BusinessConnection] = field(default_factory=dict)
    """By their ids, for all that the updates name (`connection_needed`)."""


def read_connection(found: object) -> tuple[str, BusinessConnection] | None:
    """The id of a BusinessConnection object, of an update or from getBusinessConnection, and
    what it says; None when it is none."""
    connection: Mapping[str, Any] = object_of(found)
    user = object_of(connection.get("user"))
    identity, owner = connection.get("id"), whole(user.get("id"))
    if not isinstance(identity, str) or not identity or owner is None:
        return None
    # Before Bot API 9.0 the right stood on its own. Not told at all, trying it will show.
    told = [found for found in (connection.get("rights"), connection.get("can_reply"))
            if found is not None]  # fmt: skip
    can_reply = not told or any(object_of(each).get("can_reply") or each is True for each in told)
    return identity, BusinessConnection(
        owner=owner,
        enabled=connection.get("is_enabled") is not False,
        can_reply=can_reply,
        name=person_name(user),
        user_chat=whole(connection.get("user_chat_id")),
    )
