"""Customers: what they do in their chat with a bot, and what they see there."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.servers.bot_api.world import Account, Chat, Json, Stored

if TYPE_CHECKING:
    from tests.servers.bot_api.server import BotApi


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was written; `update` is what the bot got of it, None when nothing."""

    stored: Stored
    update: Json | None = None

    @property
    def id(self) -> int:
        return self.stored.id

    @property
    def key(self) -> str:
        """`42:1001`, `-100123:55`, `b777:42:1001`."""
        return f"{self.stored.chat.key}:{self.id}"

    @property
    def json(self) -> Json:
        return copy.deepcopy(self.stored.json)


class User:
    """A person in their private chat with a bot."""

    def __init__(self, server: BotApi, account: Account, chat: Chat) -> None:
        self.server = server
        self.account = account
        self.chat = chat

    @property
    def id(self) -> int:
        return self.account.id

    def says(self, text: str, *, entities: list[Json] | None = None) -> Posted:
        content: Json = {"text": text} | ({"entities": entities} if entities else {})
        with self.server.world.lock:
            stored = self.server.world.store(self.chat, self.account, content)
        bot = next(each for each in self.server.bots.values() if each.id == self.chat.bot_id)
        return Posted(stored, bot.push({"message": stored.json}))

    def sees(self) -> list[Json]:
        return [
            copy.deepcopy(each.json) for each in self.chat.messages.values() if not each.deleted
        ]
