"""Groups with members and topics, and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.people import User, member_update
from tests.servers.bot_api.posted import Posted
from tests.servers.bot_api.sender import Sender
from tests.servers.bot_api.world import Chat, Json

if TYPE_CHECKING:
    from tests.servers.bot_api.server import BotApi


class Room:
    """What groups and channels have in common."""

    def __init__(self, server: BotApi, chat: Chat) -> None:
        self.server = server
        self.chat = chat

    @property
    def id(self) -> int:
        return self.chat.id

    def bot_is(self, status: str, by: User, *, bot: Bot | None = None) -> Json | None:
        """The bot becomes member, administrator, left or kicked; it is told."""
        bot = bot or self.server.bot
        with self.server.world.lock:
            before = self.chat.members.get(bot.id, "left")
            self.chat.members[bot.id] = status
            who = Sender(self.server, self.chat, by.author)
            joins = before in ("left", "kicked") and status not in ("left", "kicked")
            if joins and self.chat.type != "channel":
                who.posts({"new_chat_members": [bot.account.json()]})
            return bot.push({"my_chat_member": member_update(who, bot.account, before, status)})


class Group(Room):
    """`ann.in_group(group)` writes in it."""

    def member(self, user: User, thread: int | None = None) -> Sender:
        return user.in_group(self, thread)

    def service(self, by: User, thread: int | None = None, **content: Any) -> Posted:
        """Any service message: `new_chat_title="…"`, `video_chat_started={}`, …"""
        return Sender(self.server, self.chat, by.author, thread=thread).posts(content)

    def adds(self, user: User, by: User | None = None) -> Posted:
        posted = self.service(by or user, new_chat_members=[user.author.json()])
        self._becomes(user, by or user, "member")
        return posted

    def removes(self, user: User, by: User | None = None) -> Posted:
        posted = self.service(by or user, left_chat_member=user.author.json())
        self._becomes(user, by or user, "left")
        return posted

    def _becomes(self, user: User, by: User, status: str) -> None:
        """Administrators are told of it, where they asked for chat_member."""
        before = self.chat.members.get(user.id, "left")
        self.chat.members[user.id] = status
        who = Sender(self.server, self.chat, by.author)
        who.tell("chat_member", member_update(who, user.author, before, status))

    def renames(self, title: str, by: User) -> Posted:
        self.chat.title = title
        return self.service(by, new_chat_title=title)

    def opens_topic(self, name: str, by: User) -> int:
        """The number of its thread."""
        self.chat.is_forum = True
        posted = self.service(by, forum_topic_created={"name": name, "icon_color": 7322096})
        self.chat.topics[posted.id] = name
        return posted.id

    def migrates(self, by: User) -> Group:
        """The basic group becomes a supergroup with another id: both chats say so."""
        with self.server.world.lock:
            new = self.server.group(self.chat.title, type="supergroup")
            new.chat.members = dict(self.chat.members)
            self.service(by, migrate_to_chat_id=new.id)
            self.chat.migrated_to = new.id
            Sender(self.server, new.chat, by.author).posts({"migrate_from_chat_id": self.id})
        return new


class Channel(Room, Sender):
    """A channel; it writes as itself."""

    def __init__(self, server: BotApi, chat: Chat) -> None:
        Sender.__init__(self, server, chat, None)

    def counts(self, which: Posted, **reactions: int) -> Json | None:
        """How many reacted how: channels do not tell who. Keywords are emoji."""
        return self.tell(
            "message_reaction_count",
            {
                "chat": self.chat.json(),
                "message_id": which.id,
                "date": int(self.server.world.now()),
                "reactions": [
                    {"type": {"type": "emoji", "emoji": emoji}, "total_count": count}
                    for emoji, count in reactions.items()
                ],
            },
        )
