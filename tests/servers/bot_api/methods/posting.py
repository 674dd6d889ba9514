"""Putting a bot's message into a chat."""

from __future__ import annotations

from typing import Any

from tests.servers.bot_api import errors
from tests.servers.bot_api.calls import Context
from tests.servers.bot_api.methods import access
from tests.servers.bot_api.world import Chat, Stored


def paced(context: Context, chat: Chat, count: int = 1) -> None:
    """Raises `Refusal` 429 where limits are on."""
    if context.server.pace is not None:
        context.server.pace.check(chat.id, count)


def post(
    context: Context, content: dict[str, Any], *, chat: Chat | None = None, count: int = 1
) -> Stored:
    """A message of this bot with everything that all sending methods have in common. `count`
    0: the limits have been looked at. Raises `Refusal`."""
    chat = chat or access.chat_of(context)
    extra = access.thread_of(context, chat) | access.reply_of(context, chat)
    extra |= markup_of(context)
    if context.get("protect_content"):
        extra["has_protected_content"] = True
    if context.get("message_effect_id"):
        extra["effect_id"] = context["message_effect_id"]
    if count:
        paced(context, chat, count)
    author = context.bot.account
    if chat.connection:
        connection = context.server.world.connections[chat.connection]
        author, extra = connection.owner, extra | {"sender_business_bot": author.json()}
    stored = context.server.world.store(
        chat,
        author,
        extra | content,
        silent=bool(context.get("disable_notification")),
        by_bot=context.bot.id,
    )
    if chat.connection and context.server.echoes_business:
        context.bot.push({"business_message": stored.json})
    return stored


def markup_of(context: Context) -> dict[str, Any]:
    """An inline keyboard stays with the message; the others are the client's."""
    markup = context.get("reply_markup")
    if not markup or "inline_keyboard" not in markup:
        return {}
    for row in markup["inline_keyboard"]:
        for button in row:
            if len(button.get("callback_data", "").encode()) > 64:
                raise errors.bad_request("BUTTON_DATA_INVALID")
            if not set(button) - {"text", "style", "icon_custom_emoji_id"}:
                raise errors.bad_request("text buttons are unallowed in the inline keyboard")
    return {"reply_markup": markup}
