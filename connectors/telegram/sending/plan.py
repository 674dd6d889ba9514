"""What one message of the desk becomes in Telegram: the same every time it is made, since a
later try goes on after the parts that are out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from config.i18n import _
from connectors.contract import File, Outgoing, Rejected
from connectors.telegram.formatting import Formatted, split, to_entities, utf16_length
from connectors.telegram.sending.media import Album, Media, albums, looked_at

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
"""UTF-16 code units (Bot API, sendMessage and sendPhoto)."""

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.I)


@dataclass(frozen=True, slots=True)
class Step:
    """One call: a text, or files, one of which may carry a text."""

    text: Formatted | None
    album: Album | None = None

    @property
    def parts(self) -> int:
        """Messages that it makes."""
        return len(self.album.media) if self.album else 1


async def plan(message: Outgoing, file_limit: int) -> list[Step]:
    """Raises `Rejected` for what can never go out, before any of it does."""
    text = to_entities(message.text)
    files: list[Album] = []
    if message.files:
        files = albums(await asyncio.to_thread(_looked_at, message.files, file_limit))
    if not text.text.strip():
        if not files:
            raise Rejected(_("There is nothing to send: the message is empty."))
        return [Step(None, album) for album in files]
    if len(message.files) == 1 and utf16_length(text.text) <= CAPTION_LIMIT:
        return [Step(text, files[0])]
    return [
        *(Step(part) for part in split(text, TEXT_LIMIT)),
        *(Step(None, album) for album in files),
    ]


def _looked_at(files: Sequence[File], limit: int) -> list[Media]:
    return [looked_at(file, limit) for file in files]


def links(text: Formatted) -> int:
    """Different addresses that Telegram could show a preview of."""
    found = {match[0] for match in _ADDRESS.finditer(text.text)}
    return len(found | {each.value for each in text.entities if each.type == "text_link"})
