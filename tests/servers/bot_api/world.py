"""What Telegram knows: people, chats, their messages, files and business connections."""

from __future__ import annotations

import copy
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers.bot_api.files import Files

Json = dict[str, Any]
ChatType = Literal["private", "group", "supergroup", "channel"]
SERVICE_ID = 777000
"""Telegram's own account."""


@dataclass(eq=False)
class Account:
    """A person or a bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False
    deactivated: bool = False
    phone: str = ""

    def json(self) -> Json:
        found: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if value := getattr(self, name):
                found[name] = value
        return found


@dataclass(eq=False)
class Stored:
    """One message. `json` is what the Bot API shows of it."""

    chat: Chat
    json: Json
    at: float
    author: Account | None
    silent: bool = False
    deleted: bool = False
    by_bot: int | None = None
    """The bot that sent it."""
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    versions: list[Json] = field(default_factory=list)
    """Earlier contents, the oldest first."""

    @property
    def id(self) -> int:
        number: int = self.json["message_id"]
        return number

    @property
    def text(self) -> str:
        """Its text or its caption."""
        return str(self.json.get("text") or self.json.get("caption") or "")

    def without_reply(self) -> Json:
        """As it stands inside another message."""
        kept = copy.deepcopy(self.json)
        for name in ("reply_to_message", "pinned_message"):
            kept.pop(name, None)
        return kept


@dataclass(eq=False)
class Chat:
    """A private chat is one of a bot and a person: two bots have two, with the same id."""

    id: int
    type: ChatType
    numbers: Iterator[int]
    """Of its messages. Private chats and basic groups share their bot's."""
    title: str = ""
    username: str = ""
    user: Account | None = None
    is_forum: bool = False
    messages: dict[int, Stored] = field(default_factory=dict)
    members: dict[int, str] = field(default_factory=dict)
    """Account id → creator, administrator, member, restricted, left or kicked."""
    topics: dict[int, str] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    bot_id: int | None = None
    """Private: whose chat it is."""
    started: bool = True
    """Private: the person has opened the chat at least once."""
    blocked: bool = False
    migrated_to: int | None = None
    erased: bool = False
    connection: str = ""
    """Business: the connection that it is seen through."""
    owner_id: int = 0
    """Business: whose chat it is."""
    last_inbound: float | None = None

    def json(self) -> Json:
        found: Json = {"id": self.id, "type": self.type}
        if self.user is not None:
            account = self.user.json()
            found |= {
                name: account[name]
                for name in ("first_name", "last_name", "username")
                if name in account
            }
        if self.title:
            found["title"] = self.title
        if self.username:
            found["username"] = self.username
        if self.is_forum:
            found["is_forum"] = True
        return found

    @property
    def key(self) -> str:
        return f"b{self.owner_id}:{self.id}" if self.connection else str(self.id)

    def alive(self, message_id: int) -> Stored | None:
        found = self.messages.get(message_id)
        return None if found is None or found.deleted else found


@dataclass(eq=False)
class Connection:
    """A business account that lets a bot answer for it."""

    id: str
    owner: Account
    bot_id: int
    date: int
    is_enabled: bool = True
    can_reply: bool = True
    chats: dict[int, Chat] = field(default_factory=dict)

    def json(self) -> Json:
        rights = {"can_reply": True, "can_read_messages": True} if self.can_reply else {}
        if self.can_reply:
            rights |= {"can_delete_sent_messages": True, "can_delete_all_messages": True}
        return {
            "id": self.id,
            "user": self.owner.json(),
            "user_chat_id": self.owner.id,
            "date": self.date,
            "rights": rights,
            "is_enabled": self.is_enabled,
        }


class World:
    """All of it, behind one lock: tests and the server's thread both change it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.ahead = 0.0
        """Seconds that this world's clock is ahead of the real one."""
        self.accounts: dict[int, Account] = {}
        self.chats: dict[int, Chat] = {}
        """Groups and channels."""
        self.private: dict[tuple[int, int], Chat] = {}
        """(bot, person) → their chat."""
        self.connections: dict[str, Connection] = {}
        self.files = Files()
        self.polls: dict[str, tuple[Stored, dict[int, list[int]]]] = {}
        """Poll id → its message, and who voted for what."""
        self.callbacks: dict[str, Json | None] = {}
        """Callback query id → the answer that the bot gave."""
        self.numbers = itertools.count(1)
        self._by_bot: dict[int, Iterator[int]] = {}

    def now(self) -> float:
        return time.time() + self.ahead

    def message_numbers(self, bot_id: int) -> Iterator[int]:
        """The numbers that a bot's private chats and basic groups share."""
        return self._by_bot.setdefault(bot_id, itertools.count(1))

    def private_chat(self, bot_id: int, account: Account, *, started: bool = True) -> Chat:
        key = (bot_id, account.id)
        if key not in self.private:
            self.private[key] = Chat(
                account.id, "private", self.message_numbers(bot_id), user=account,
                bot_id=bot_id, started=started,
            )  # fmt: skip
        return self.private[key]

    def store(
        self,
        chat: Chat,
        author: Account | None,
        content: Json,
        *,
        silent: bool = False,
        by_bot: int | None = None,
    ) -> Stored:
        """A new message; its `from`, `chat`, `date` and number are added here."""
        at = self.now()
        message: Json = {"message_id": next(chat.numbers)}
        if author is not None and chat.type != "channel":
            message["from"] = author.json()
        if chat.type == "channel":
            message["sender_chat"] = chat.json()
        message |= {"chat": chat.json(), "date": int(at)}
        if chat.connection:
            message["business_connection_id"] = chat.connection
        stored = Stored(chat, message | content, at, author, silent, by_bot=by_bot)
        chat.messages[stored.id] = stored
        return stored

    def change(self, stored: Stored, change: Callable[[Json], None]) -> None:
        """Another content for a message, the earlier one kept."""
        stored.versions.append(copy.deepcopy(stored.json))
        change(stored.json)
