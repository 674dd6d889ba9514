"""A business account that has a bot answer for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.people import User
from tests.servers.bot_api.sender import Sender
from tests.servers.bot_api.world import Chat, Connection, Json

if TYPE_CHECKING:
    from tests.servers.bot_api.server import BotApi


class Business:
    """`owner` runs a business; `customer(ann)` is Ann in her chat with it, `answers(ann)` is the
    owner there, who writes with Telegram's own program."""

    def __init__(self, server: BotApi, connection: Connection, owner: User, bot: Bot) -> None:
        self.server = server
        self.connection = connection
        self.owner = owner
        self.bot = bot

    @property
    def id(self) -> str:
        """The business_connection_id."""
        return self.connection.id

    def connects(self, **changes: Any) -> Json | None:
        """The bot is told of the connection; `is_enabled=False` ends it, `can_reply=False`
        lets it read only."""
        for name, value in changes.items():
            setattr(self.connection, name, value)
        return self.bot.push({"business_connection": self.connection.json()})

    def customer(self, user: User) -> Sender:
        return Sender(self.server, self.chat(user), user.author)

    def answers(self, user: User) -> Sender:
        return Sender(self.server, self.chat(user), self.owner.author)

    def chat(self, user: User) -> Chat:
        """The chat of a customer and the owner, as the bot sees it."""
        with self.server.world.lock:
            chats = self.connection.chats
            if user.id not in chats:
                numbers = self.server.world.message_numbers(self.owner.id)
                chats[user.id] = Chat(
                    user.id, "private", numbers, user=user.author,
                    connection=self.connection.id, owner_id=self.owner.id,
                )  # fmt: skip
            return chats[user.id]
