"""Chats and messages as the desk names them: `42`, `-100123/7`, `b777:42`; `-100123:55`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from config.i18n import _
from connectors.contract import Rejected

_CHAT = re.compile(
    r"(?:b(?P<owner>\d+):)?(?P<id>-?\d+)(?:/(?P<direct>d?)(?P<thread>\d+))?", re.ASCII
)
_KEY = re.compile(r"(?:b(?P<owner>\d+):)?(?P<id>-?\d+):(?P<message>\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chat:
    """Where messages go."""

    id: int
    thread: int | None = None
    """The topic of a group."""
    owner: str = ""
    """The Business account that the bot writes for, by its user's id."""
    direct: int | None = None
    """The topic of one person's messages to a channel: `-100123/d42`."""

    def key(self, message_id: int) -> str:
        """A message's key; no topic in it."""
        return f"{f'b{self.owner}:' if self.owner else ''}{self.id}:{message_id}"

    def moved(self, to: int) -> Chat:
        """The same chat as a supergroup."""
        return replace(self, id=to)


@dataclass(frozen=True, slots=True)
class Message:
    """One message there, as its key names it."""

    chat: Chat
    id: int


def chat_of(address: str) -> Chat:
    """Raises `Rejected`."""
    found = _CHAT.fullmatch(address.strip())
    if found is None:
        raise Rejected(_("“{chat}” is no Telegram chat.").format(chat=address))
    topic = int(found["thread"]) if found["thread"] else None
    thread, direct = (None, topic) if found["direct"] else (topic, None)
    return Chat(int(found["id"]), thread, found["owner"] or "", direct)


def message_of(key: str) -> Message:
    """Raises `Rejected`."""
    found = _KEY.fullmatch(key.strip())
    if found is None:
        raise Rejected(_("“{key}” is no message in Telegram.").format(key=key))
    return Message(Chat(int(found["id"]), None, found["owner"] or ""), int(found["message"]))
