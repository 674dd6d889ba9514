"""A customer in their own chat with a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.posted import Posted
from tests.servers.bot_api.sender import Sender
from tests.servers.bot_api.world import Account, Json

if TYPE_CHECKING:
    from tests.servers.bot_api.groups import Room


class User(Sender):
    """`at` is the same person with another bot, `in_group` in a group."""

    author: Account

    @property
    def id(self) -> int:
        return self.author.id

    @property
    def address(self) -> str:
        return str(self.id)

    def at(self, bot: Bot) -> User:
        return self.server.user(id=self.id, bot=bot)

    def in_group(self, room: Room, thread: int | None = None) -> Sender:
        """The person in a group, or in one of its topics."""
        assert room.chat.members.get(self.id, "left") not in ("left", "kicked")
        return Sender(self.server, room.chat, self.author, thread=thread)

    def starts(self, payload: str = "") -> Posted:
        """Presses Start, or opens `t.me/bot?start=payload`."""
        return self.says(f"/start {payload}".rstrip())

    def blocks(self) -> Json | None:
        return self._becomes("kicked")

    def unblocks(self) -> Json | None:
        return self._becomes("member")

    def deactivates(self) -> None:
        """The account is deleted: no bot is told, sending fails from now on."""
        self.author.deactivated = True

    def changes(self, **fields: str) -> None:
        """Another `first_name`, `username`, `language_code`, …: seen with the next message."""
        for name, value in fields.items():
            setattr(self.author, name, value)

    def _opens(self) -> None:
        if self.chat.blocked:
            self.unblocks()
        self.chat.started = True

    def _becomes(self, status: str) -> Json | None:
        with self.server.world.lock:
            bot = next(self.audience())
            before = "kicked" if self.chat.blocked else "member"
            self.chat.blocked = status == "kicked"
            return self.tell("my_chat_member", member_update(self, bot.account, before, status))


def member_update(who: Sender, about: Account, before: str, after: str) -> Json:
    """A ChatMemberUpdated: what `about` is in the chat now, by that person's doing."""
    assert who.author is not None
    return {
        "chat": who.chat.json(),
        "from": who.author.json(),
        "date": int(who.server.world.now()),
        "old_chat_member": member(about, before),
        "new_chat_member": member(about, after),
    }


def member(account: Account, status: str) -> Json:
    """A ChatMember."""
    found: Json = {"status": status, "user": account.json()}
    if status == "kicked":
        found["until_date"] = 0
    if status == "creator":
        found["is_anonymous"] = False
    if status == "administrator":
        found |= dict.fromkeys(_RIGHTS, True) | {"can_be_edited": False, "is_anonymous": False}
    return found


_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_post_messages", "can_edit_messages",
    "can_pin_messages",
)  # fmt: skip
