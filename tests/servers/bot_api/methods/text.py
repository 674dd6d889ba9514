"""sendMessage."""

from __future__ import annotations

from typing import Any

from tests.servers.bot_api.calls import Context, handles
from tests.servers.bot_api.entities import formatted
from tests.servers.bot_api.methods import access, posting

TEXT_LIMIT = 4096


@handles("sendMessage")
def send_message(context: Context) -> dict[str, Any]:
    content = text_content(context)
    chat = access.chat_of(context)
    return posting.post(context, content, chat=chat).json


def text_content(context: Context) -> dict[str, Any]:
    """`text` with its entities, as sendMessage and editMessageText take it. Raises `Refusal`."""
    content = formatted(
        context["text"], context.get("parse_mode"), context.get("entities"),
        limit=TEXT_LIMIT, words="message is too long",
    )  # fmt: skip
    options = context.get("link_preview_options")
    return content | ({"link_preview_options": options} if options else {})
