"""JSON as Telegram sends it, and what is read from it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import Any

from connectors.contract import Ignored, Inbound, Notice, Received, Remote
from connectors.telegram.reading import BusinessConnection, ReadingContext, read_update

Json = dict[str, Any]

NOW = 1_790_000_000_000
DATE = 1_789_990_000
BOT: Json = {"id": 7000001, "is_bot": True, "first_name": "Shop", "username": "shopbot"}
ANN: Json = {
    "id": 42,
    "is_bot": False,
    "first_name": "Ann",
    "last_name": "Lee",
    "username": "annlee",
    "language_code": "uk",
}
BOB: Json = {"id": 43, "is_bot": False, "first_name": "Bob"}
OWNER: Json = {"id": 777, "is_bot": False, "first_name": "Olga", "username": "olga_shop"}
ANNS_CHAT: Json = {
    "id": 42,
    "first_name": "Ann",
    "last_name": "Lee",
    "username": "annlee",
    "type": "private",
}
GROUP: Json = {"id": -1001234567890, "title": "Acme users", "type": "supergroup"}
FORUM: Json = {**GROUP, "is_forum": True}
CHANNEL: Json = {
    "id": -1009876543210,
    "title": "Acme news",
    "username": "acme_news",
    "type": "channel",
}
CLOSED = ReadingContext(BOT["id"], "shopbot")
"""As an account is set without a word in the config."""
OPEN = replace(
    CLOSED,
    groups=True,
    channels=True,
    connections={"conn": BusinessConnection(777, name="Olga", user_chat=777)},
)
_numbers = count(880_000_001)


def update(kind: str, content: Json) -> Json:
    return {"update_id": next(_numbers), kind: content}


def message(**content: Any) -> Json:
    """Of Ann's, in her chat with the bot; `sender` stands for `from`."""
    sender = content.pop("sender", ANN)
    made = {"message_id": 1001, "from": sender, "chat": ANNS_CHAT, "date": DATE, **content}
    return {name: value for name, value in made.items() if value is not None}


def read(content: Json, kind: str = "message", context: ReadingContext = OPEN) -> Received:
    return read_update(update(kind, content), context, NOW)


def inbound(content: Json, kind: str = "message", context: ReadingContext = OPEN) -> Inbound:
    found = read(content, kind, context)
    assert isinstance(found, Inbound), found
    return found


def notice(content: Json, kind: str = "message", context: ReadingContext = OPEN) -> Notice:
    found = read(content, kind, context)
    assert isinstance(found, Notice), found
    return found


def ignored(content: Json, kind: str = "message", context: ReadingContext = OPEN) -> str:
    found = read(content, kind, context)
    assert isinstance(found, Ignored), found
    return found.reason


def file(kind: str = "f", size: int | None = 1000, **more: Any) -> Json:
    made = {"file_id": f"AgAC{kind}", "file_unique_id": f"AQAD{kind}", "file_size": size, **more}
    return {name: value for name, value in made.items() if value is not None}


def remotes(item: Inbound) -> list[tuple[str, str, Json, int | None]]:
    """Name, type, reference and size of the files."""
    found = []
    for each in item.files:
        assert isinstance(each.content, Remote)
        found.append((each.name, each.type, json.loads(each.content.reference), each.content.size))
    return found
