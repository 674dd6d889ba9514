"""One call of the Bot API for one step of a message. Each raises `TelegramError`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, cast

from telegram import (
    Bot,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    User,
)
from telegram import Message as Posted

from connectors.telegram.formatting import Formatted
from connectors.telegram.sending.addresses import Chat
from connectors.telegram.sending.media import Album, Kind, Upload
from connectors.telegram.sending.plan import links

DIGEST = 180.0
"""Seconds for the answer to an upload: Telegram looks into pictures and videos first."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a message goes out, beyond what is in it."""

    connection: str | None = None
    """business_connection_id."""
    silent: bool = False
    answers: int | None = None
    """The message that it answers, in the same chat."""

    def going_on(self) -> Manner:
        """Of the parts after the first: that one shows what is answered."""
        return Manner(self.connection, self.silent)

    def arguments(self, chat: Chat) -> dict[str, Any]:
        reply = None
        if self.answers is not None:
            reply = ReplyParameters(self.answers, allow_sending_without_reply=True)
        return {
            "chat_id": chat.id,
            "message_thread_id": chat.thread,
            "direct_messages_topic_id": chat.direct,
            "business_connection_id": self.connection,
            "disable_notification": True if self.silent else None,
            "reply_parameters": reply,
        }


def entities_of(text: Formatted) -> list[MessageEntity]:
    return [
        MessageEntity(
            each.type,
            each.offset,
            each.length,
            url=each.value if each.type == "text_link" else None,
            language=(each.value or None) if each.type == "pre" else None,
            user=User(int(each.value), "", False) if each.type == "text_mention" else None,
        )
        for each in text.entities
    ]


def preview(text: Formatted) -> LinkPreviewOptions | None:
    """Small under one link; none at all under several, of which Telegram would take the first."""
    match links(text):
        case 0:
            return None
        case 1:
            return LinkPreviewOptions(prefer_small_media=True)
    return LinkPreviewOptions(is_disabled=True)


async def send_text(bot: Bot, chat: Chat, text: Formatted, manner: Manner) -> list[Posted]:
    """sendMessage."""
    return [
        await bot.send_message(
            text=text.text,
            entities=entities_of(text),
            link_preview_options=preview(text),
            **manner.arguments(chat),
        )
    ]


async def send_album(
    bot: Bot, chat: Chat, album: Album, text: Formatted | None, manner: Manner, as_kind: Kind | None
) -> list[Posted]:
    """sendMediaGroup, or sendPhoto and the like for one file. `as_kind`: what all of its files are
    sent as, whatever they are. Raises `Rejected` when one cannot be read any more."""
    with ExitStack() as stack:
        if len(album.media) == 1:
            return [await _send_file(bot, chat, album, text, manner, as_kind, stack)]
        media = [
            _INPUTS[as_kind or each.kind](media=Upload(each.file, stack, attach=True))
            for each in album.media
        ]
        return list(
            await bot.send_media_group(media=media, read_timeout=DIGEST, **manner.arguments(chat))
        )


async def _send_file(
    bot: Bot,
    chat: Chat,
    album: Album,
    text: Formatted | None,
    manner: Manner,
    as_kind: Kind | None,
    stack: ExitStack,
) -> Posted:
    kind = as_kind or album.kind
    upload = Upload(album.media[0].file, stack, attach=False)
    arguments: dict[str, Any] = {
        kind: upload,
        "read_timeout": DIGEST,
        **manner.arguments(chat),
    }
    if text is not None:
        arguments |= {"caption": text.text, "caption_entities": entities_of(text)}
    if kind == "document":
        # As it was attached, not as what Telegram would make of it.
        arguments["disable_content_type_detection"] = True
    if kind == "video":
        arguments["supports_streaming"] = True
    return cast("Posted", await getattr(bot, f"send_{kind}")(**arguments))


async def edit_text(
    bot: Bot, chat: Chat, message_id: int, text: Formatted, connection: str | None
) -> None:
    """editMessageText."""
    await bot.edit_message_text(
        text.text,
        chat_id=chat.id,
        message_id=message_id,
        entities=entities_of(text),
        link_preview_options=preview(text),
        business_connection_id=connection,
    )


async def edit_caption(
    bot: Bot, chat: Chat, message_id: int, text: Formatted, connection: str | None
) -> None:
    """editMessageCaption; an empty text takes it away."""
    await bot.edit_message_caption(
        chat_id=chat.id,
        message_id=message_id,
        caption=text.text or None,
        caption_entities=entities_of(text),
        business_connection_id=connection,
    )


async def delete(bot: Bot, chat: Chat, message_ids: Sequence[int], connection: str | None) -> None:
    """deleteMessage, for a Business account deleteBusinessMessages."""
    if connection is not None:
        await bot.delete_business_messages(connection, message_ids)
    else:
        for each in message_ids:
            await bot.delete_message(chat.id, each)


_INPUTS: dict[Kind, Any] = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "audio": InputMediaAudio,
    "document": InputMediaDocument,
}
