"""Which chat a call means, and whether this bot may write there."""

from __future__ import annotations

from typing import Any

from tests.servers.bot_api import errors
from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.calls import Context
from tests.servers.bot_api.world import Chat, Connection, Stored, World

ANSWER_SECONDS = 24 * 60 * 60
"""How long after a customer's message a bot may answer for a business."""
DELETE_SECONDS = 48 * 60 * 60


def chat_of(context: Context, name: str = "chat_id", *, write: bool = True) -> Chat:
    """The chat of a call, through its business connection where it names one. Raises `Refusal`."""
    if connection := context.get("business_connection_id"):
        return _business_chat(context, connection, str(context[name]))
    return find(context.server.world, context.bot, str(context[name]), write=write)


def find(world: World, bot: Bot, given: str, *, write: bool) -> Chat:
    """A chat by its id, or by @username. Raises `Refusal`."""
    chat = _named(world, bot, given)
    if chat is None:
        raise errors.bad_request("chat not found")
    if chat.type == "private":
        assert chat.user is not None
        if write and chat.user.deactivated:
            raise errors.forbidden("user is deactivated")
        if write and chat.blocked:
            raise errors.forbidden("bot was blocked by the user")
        if write and not chat.started:
            raise errors.forbidden("bot can't initiate conversation with a user")
        return chat
    if chat.migrated_to is not None:
        if write:
            raise errors.bad_request(errors.MIGRATED, migrate_to_chat_id=chat.migrated_to)
        return chat
    if chat.erased:
        raise errors.forbidden(f"the {chat.type} chat was deleted")
    status = chat.members.get(bot.id, "left")
    if status == "kicked":
        raise errors.forbidden(f"bot was kicked from the {chat.type} chat")
    if status == "left":
        raise errors.forbidden(f"bot is not a member of the {chat.type} chat")
    if write and (status == "restricted" or (chat.type == "channel" and status == "member")):
        raise errors.bad_request("not enough rights to send text messages to the chat")
    return chat


def _named(world: World, bot: Bot, given: str) -> Chat | None:
    if given.startswith("@"):
        name = given[1:].lower()
        found = (each for each in world.chats.values() if each.username.lower() == name)
        return next(found, None)
    try:
        number = int(given)
    except ValueError:
        return None
    return world.chats.get(number) or world.private.get((bot.id, number))


def connection_of(context: Context, connection_id: str) -> Connection:
    """Raises `Refusal`."""
    found = context.server.world.connections.get(connection_id)
    if found is None or found.bot_id != context.bot.id:
        raise errors.bad_request("business connection not found")
    return found


def _business_chat(context: Context, connection_id: str, given: str) -> Chat:
    connection = connection_of(context, connection_id)
    if not connection.is_enabled:
        raise errors.bad_request("BUSINESS_CONNECTION_INVALID")
    if not connection.can_reply:
        raise errors.bad_request("BUSINESS_CONNECTION_NOT_ALLOWED")
    try:
        chat = connection.chats.get(int(given))
    except ValueError:
        raise errors.bad_request("chat identifier must be a valid Integer") from None
    if chat is None:
        raise errors.bad_request("BUSINESS_PEER_INVALID")
    last = chat.last_inbound
    if last is None or context.server.world.now() - last > ANSWER_SECONDS:
        raise errors.bad_request("BUSINESS_PEER_USAGE_MISSING")
    return chat


def message_of(chat: Chat, message_id: int, words: str) -> Stored:
    """Raises `Refusal`: `message to edit not found`."""
    found = chat.alive(message_id)
    if found is None:
        raise errors.bad_request(f"{words} not found")
    return found


def thread_of(context: Context, chat: Chat) -> dict[str, Any]:
    """The topic that a message goes to, as the message shows it."""
    thread = context.get("message_thread_id")
    if not thread:
        return {}
    if thread not in chat.topics:
        raise errors.bad_request("message thread not found")
    return {"message_thread_id": thread, "is_topic_message": True}


def reply_of(context: Context, chat: Chat) -> dict[str, Any]:
    """What a reply adds to a message. Raises `Refusal`."""
    asked = context.get("reply_parameters")
    if not asked:
        return {}
    other = asked.get("chat_id")
    source = chat
    if other is not None and str(other) != str(chat.id):
        source = find(context.server.world, context.bot, str(other), write=False)
    target = source.alive(asked.get("message_id", 0))
    if target is None:
        if asked.get("allow_sending_without_reply"):
            return {}
        raise errors.bad_request("message to be replied not found")
    found: dict[str, Any] = {}
    if source is chat:
        found["reply_to_message"] = target.without_reply()
    else:
        found["external_reply"] = {
            "origin": {
                "type": "hidden_user", "date": target.json["date"],
                "sender_user_name": target.author.first_name if target.author else source.title,
            },
            "chat": source.json(),
            "message_id": target.id,
        }  # fmt: skip
    if quote := asked.get("quote"):
        text = target.text
        if quote not in text:
            raise errors.bad_request("QUOTE_TEXT_INVALID")
        position = len(text[: text.index(quote)].encode("utf-16-le")) // 2
        found["quote"] = {"text": quote, "position": position, "is_manual": True}
    return found
