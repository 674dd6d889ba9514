"""Editing, deleting, reacting to and pinning what is there."""

from __future__ import annotations

import copy

from tests.servers.bot_api import errors
from tests.servers.bot_api.calls import Context, handles
from tests.servers.bot_api.media import KINDS
from tests.servers.bot_api.methods import access, posting, uploads
from tests.servers.bot_api.methods.files import caption_content
from tests.servers.bot_api.methods.text import text_content
from tests.servers.bot_api.world import Chat, Json, Stored

_SHOWN = {
    "text", "entities", "caption", "caption_entities", "reply_markup", "link_preview_options",
    "show_caption_above_media", "has_media_spoiler", "location", *KINDS,
}  # fmt: skip


def _to_edit(context: Context) -> Stored:
    if context.get("inline_message_id"):
        raise errors.bad_request("MESSAGE_ID_INVALID")
    for name in ("chat_id", "message_id"):
        if context.get(name) is None:
            words = (
                "chat_id is empty" if name == "chat_id" else "message identifier is not specified"
            )
            raise errors.bad_request(words)
    chat = access.chat_of(context)
    stored = access.message_of(chat, context["message_id"], "message to edit")
    if stored.by_bot != context.bot.id:
        raise errors.bad_request("message can't be edited")
    return stored


def _edited(context: Context, stored: Stored, content: Json, gone: set[str]) -> Json:
    """The message with another content; what is in `gone` and not in it is away."""
    markup = posting.markup_of(context)
    new = {k: v for k, v in stored.json.items() if k not in gone | {"reply_markup"}}
    new |= content | markup
    if {k: new.get(k) for k in _SHOWN} == {k: stored.json.get(k) for k in _SHOWN}:
        raise errors.bad_request(errors.NOT_MODIFIED)
    posting.paced(context, stored.chat)
    edited = int(context.server.world.now())

    def change(message: Json) -> None:
        message.clear()
        message.update(new)
        message["edit_date"] = edited

    context.server.world.change(stored, change)
    return copy.deepcopy(stored.json)


@handles("editMessageText")
def edit_message_text(context: Context) -> Json:
    if context.get("text") is None:
        raise errors.bad_request("message text is empty")
    content = text_content(context)
    stored = _to_edit(context)
    if "text" not in stored.json:
        raise errors.bad_request("there is no text in the message to edit")
    return _edited(context, stored, content, {"text", "entities", "link_preview_options"})


@handles("editMessageCaption")
def edit_message_caption(context: Context) -> Json:
    content = caption_content(context)
    stored = _to_edit(context)
    if not set(stored.json) & set(KINDS) - {"sticker", "video_note"}:
        raise errors.bad_request("there is no caption in the message to edit")
    gone = {"caption", "caption_entities", "show_caption_above_media"}
    return _edited(context, stored, content, gone)


@handles("editMessageMedia")
def edit_message_media(context: Context) -> Json:
    given = context["media"]
    stored = _to_edit(context)
    if not set(stored.json) & set(KINDS):
        raise errors.bad_request("there is no media in the message to edit")
    kind = given["type"]
    content = uploads.file_content(context, kind, given["media"], uploads.details_of(given, kind))
    gone = {"caption", "caption_entities", "show_caption_above_media", *KINDS}
    return _edited(context, stored, content | caption_content(given), gone)


@handles("editMessageReplyMarkup")
def edit_message_reply_markup(context: Context) -> Json:
    return _edited(context, _to_edit(context), {}, set())


@handles("deleteMessage")
def delete_message(context: Context) -> bool:
    chat = access.chat_of(context)
    stored = access.message_of(chat, context["message_id"], "message to delete")
    _delete(context, chat, stored)
    return True


@handles("deleteMessages")
def delete_messages(context: Context) -> bool:
    chat = access.chat_of(context)
    numbers = context["message_ids"]
    if len(numbers) > 100:
        raise errors.bad_request("too many message identifiers specified")
    for number in numbers:
        if stored := chat.alive(number):
            _delete(context, chat, stored)
    return True


def _delete(context: Context, chat: Chat, stored: Stored) -> None:
    own = stored.by_bot == context.bot.id
    rights = chat.members.get(context.bot.id) == "administrator"
    if not own and chat.type != "private" and not rights:
        raise errors.bad_request("message can't be deleted")
    age = context.server.world.now() - stored.at
    if age > access.DELETE_SECONDS and not (rights and chat.type in ("supergroup", "channel")):
        raise errors.bad_request("message can't be deleted for everyone")
    stored.deleted = True


@handles("deleteBusinessMessages")
def delete_business_messages(context: Context) -> bool:
    connection = access.connection_of(context, context["business_connection_id"])
    for number in context["message_ids"]:
        for chat in connection.chats.values():
            if stored := chat.alive(number):
                stored.deleted = True
    return True


@handles("setMessageReaction")
def set_message_reaction(context: Context) -> bool:
    chat = access.chat_of(context)
    stored = access.message_of(chat, context["message_id"], "message to react")
    reactions = context.get("reaction", [])
    if len(reactions) > 1:
        raise errors.bad_request("REACTIONS_TOO_MANY")
    if any(each["type"] == "emoji" and each["emoji"] not in REACTIONS for each in reactions):
        raise errors.bad_request("REACTION_INVALID")
    stored.reactions[context.bot.id] = reactions
    return True


@handles("pinChatMessage")
def pin_chat_message(context: Context) -> bool:
    chat = access.chat_of(context)
    stored = access.message_of(chat, context["message_id"], "message to pin")
    if chat.type != "private" and chat.members.get(context.bot.id) != "administrator":
        raise errors.bad_request("not enough rights to manage pinned messages in the chat")
    chat.pinned.append(stored.id)
    content = {"pinned_message": stored.without_reply()}
    context.server.world.store(chat, context.bot.account, content, by_bot=context.bot.id)
    return True


@handles("unpinChatMessage")
def unpin_chat_message(context: Context) -> bool:
    chat = access.chat_of(context)
    number = context.get("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if number not in chat.pinned:
        raise errors.bad_request("message to unpin not found")
    chat.pinned.remove(number)
    return True


@handles("unpinAllChatMessages")
def unpin_all_chat_messages(context: Context) -> bool:
    access.chat_of(context).pinned.clear()
    return True


_EMOJI = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 "
    "⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 "
    "🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)
REACTIONS = frozenset(_EMOJI.split())
"""The emoji that Telegram takes as reactions."""
