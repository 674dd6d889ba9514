"""Light Markdown ↔ Telegram's text and entities.

Own code: libraries that turn Markdown into entities (telegramify-markdown and others)
read CommonMark, which takes away what people type without meaning it (spaces, list marks,
backslashes), and none of them goes back from entities so that the same text and the same
formatting come out again.
"""

from connectors.telegram.formatting.entities import (
    Entity,
    Formatted,
    needs_markup,
    utf16_length,
)
from connectors.telegram.formatting.read import to_entities
from connectors.telegram.formatting.split import split
from connectors.telegram.formatting.write import to_markdown

__all__ = [
    "Entity",
    "Formatted",
    "needs_markup",
    "split",
    "to_entities",
    "to_markdown",
    "utf16_length",
]
