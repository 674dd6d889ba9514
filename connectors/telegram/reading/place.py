"""In which chat something happened, who the customer is there, and whether we want to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from config.i18n import _
from connectors.contract import Address
from connectors.telegram.reading import people
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.values import (
    PassedOver,
    Unreadable,
    object_of,
    one_line,
    string,
    whole,
)

PLATFORM = ("platform",)
"""Telegram itself vouches for the ids of its users."""
_MANY = frozenset({"group", "supergroup"})


@dataclass(slots=True)
class Place:
    """One chat as a message, or what happened in it, shows it."""

    chat: str
    """As in `Inbound.chat`."""
    keys: str
    """What the keys of its messages begin with, up to the colon."""
    sender: Address
    kind: Literal["private", "group", "channel", "business"] = "private"
    author: str = ""
    direction: Literal["in", "out"] = "in"
    to: tuple[Address, ...] = ()
    proofs: tuple[str, ...] = ()
    ours: int = 0
    """User id of those whose messages are ours here."""
    as_chat: bool = False
    """Whether what is written here as a chat is ours, too: a channel's answers."""
    details: dict[str, Any] = field(default_factory=dict)

    def key(self, message_id: object) -> str:
        """The `message_key` of a message here. Raises `Unreadable` for no number."""
        number = whole(message_id)
        if number is None:
            raise Unreadable(_("a message without a message_id"))
        return f"{self.keys}:{number}"

    @property
    def customer(self) -> Address:
        """Who the chat is with, whoever wrote."""
        return self.to[0] if self.to else self.sender


def place_of(message: Mapping[str, Any], context: ReadingContext) -> Place:
    """Where a message was written. Raises `PassedOver` where the account does not listen, and
    for what this bot wrote itself; `Unreadable`."""
    chat = object_of(message.get("chat"))
    chat_id = people.id_of(chat)
    author = object_of(message.get("from"))
    if connection := message.get("business_connection_id"):
        return _business(message, chat, chat_id, author, string(connection), context)
    kind = chat_kind(chat, chat_id)
    if kind == "private":
        # The chat is the person, for both of them show the same names.
        user = author if "id" in author else chat
        return Place(
            _topic(message, str(chat_id)),
            str(chat_id),
            people.person(user),
            proofs=PLATFORM,
            ours=context.bot_id,
            details=people.about(user),
            direction=_own(author, context),
        )
    check_wanted(kind, context)
    if chat.get("is_direct_messages") is True:
        return _direct(message, chat, chat_id, author, context)
    details = people.about(chat)
    if (author_id := whole(author.get("id"))) is not None:
        details["author_id"] = str(author_id)
    return Place(
        _topic(message, str(chat_id)),
        str(chat_id),
        people.group(chat),
        kind=kind,
        author=_author(message, author),
        ours=context.bot_id,
        details=details,
        direction=_own(author, context),
    )


def chat_kind(chat: Mapping[str, Any], chat_id: int) -> Literal["private", "group", "channel"]:
    kind = chat.get("type")
    if kind == "private":
        return "private"
    if chat.get("is_direct_messages") is True:
        return "channel"  # the people who write to a channel
    if kind in _MANY:
        return "group"
    if kind == "channel":
        return "channel"
    return "private" if chat_id > 0 else "group"


def check_wanted(kind: str, context: ReadingContext) -> None:
    """Raises `PassedOver` where the account does not listen."""
    if kind == "group" and not context.groups:
        raise PassedOver(_("groups are off (groups = true takes their messages)"))
    if kind == "channel" and not context.channels:
        raise PassedOver(_("channels are off (channels = true takes their posts)"))
    if kind == "business" and not context.business:
        raise PassedOver(_("Business accounts are off (business = true takes their messages)"))


def _own(author: Mapping[str, Any], context: ReadingContext) -> Literal["in", "out"]:
    return "out" if whole(author.get("id")) == context.bot_id else "in"


def _topic(message: Mapping[str, Any], chat: str) -> str:
    """Threads of answers have ids, too: only a forum's topics are chats of their own."""
    if message.get("is_topic_message") is not True:
        return chat
    thread = whole(message.get("message_thread_id"))
    return chat if thread is None else f"{chat}/{thread}"


def _author(message: Mapping[str, Any], user: Mapping[str, Any]) -> str:
    """Who wrote in a group or channel: `from` is a stand-in where a chat did."""
    signature = one_line(string(message.get("author_signature")))
    if isinstance(chat := message.get("sender_chat"), dict):
        return signature or people.chat_name(chat)
    return signature or (people.person_name(user) if user else "")


def _direct(
    message: Mapping[str, Any],
    chat: Mapping[str, Any],
    chat_id: int,
    author: Mapping[str, Any],
    context: ReadingContext,
) -> Place:
    """Messages to a channel: each person who writes there has a topic."""
    topic = object_of(message.get("direct_messages_topic"))
    topic_id = whole(topic.get("topic_id"))
    customer = object_of(topic.get("user")) or author
    place = f"{chat_id}/d{topic_id}" if topic_id is not None else str(chat_id)
    if "sender_chat" in message or author.get("id") == context.bot_id:
        return Place(
            place,
            str(chat_id),
            people.group(chat),
            kind="channel",
            author=_author(message, author),
            direction="out",
            to=(people.person(customer),) if topic.get("user") else (),
            ours=context.bot_id,
            as_chat=True,
        )
    return Place(
        place,
        str(chat_id),
        people.person(customer),
        kind="channel",
        proofs=PLATFORM,
        ours=context.bot_id,
        as_chat=True,
        details=people.about(customer),
    )


def _business(
    message: Mapping[str, Any],
    chat: Mapping[str, Any],
    chat_id: int,
    author: Mapping[str, Any],
    connection_id: str,
    context: ReadingContext,
) -> Place:
    check_wanted("business", context)
    connection = context.connections.get(connection_id)
    author_id = whole(author.get("id"))
    if connection is not None:
        owner = connection.owner
    elif author_id is not None and author_id != chat_id:
        owner = author_id  # in a chat of two it is one or the other
    else:
        raise Unreadable(_("a Business account that Telegram has not told of yet"))
    # In a chat of two who is not the customer is the owner, also one whose id is not told.
    own = author_id == owner or (not owner and author_id not in (None, chat_id))
    keys = f"b{owner}:{chat_id}"
    facts: dict[str, Any] = {"connection": connection_id, "owner": str(owner)}
    if connection is not None and connection.name:
        facts["name"] = connection.name
    if connection is not None and not connection.can_reply:
        facts["can_reply"] = False
    customer = people.group(chat)
    if not own:
        user = author if author else chat
        return Place(
            keys,
            keys,
            Address(str(chat_id), people.person_name(user)),
            kind="business",
            proofs=PLATFORM,
            ours=owner,
            details={**people.about(user), "business": facts},
        )
    helper = message.get("sender_business_bot")
    if isinstance(helper, dict):
        facts["bot"] = people.person_name(helper)
    return Place(
        keys,
        keys,
        people.person(author),
        kind="business",
        direction="out",
        to=(customer,),
        ours=owner,
        details={"business": facts},
    )
