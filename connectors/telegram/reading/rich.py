"""Rich messages (Bot API 10.1, RichMessage): blocks of formatted text, tables, media.

Brought to a text with entities, as other messages have them, so that both look the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import File
from connectors.telegram.reading import files
from connectors.telegram.reading.context import ReadingContext
from connectors.telegram.reading.media import read_media
from connectors.telegram.reading.medium import Medium
from connectors.telegram.reading.text import read_text
from connectors.telegram.reading.values import counted, object_of, objects, one_line, string

MAX_DEPTH = 40
_STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "code"})
_FILES = {
    "animation": "animation",
    "audio": "audio",
    "photo": "photo",
    "video": "video",
    "voice_note": "voice",
}


def read_rich(
    message: Mapping[str, Any], context: ReadingContext
) -> tuple[str, bool, str, Medium | None]:
    """As `read_text`; and the message's media, if it has any."""
    page = _Page(context, message.get("message_id"))
    page.blocks(object_of(message.get("rich_message")).get("blocks"), 0)
    text = "".join(page.pieces)
    stripped = text.rstrip()
    text, marked, content = read_text(stripped, page.entities)
    if not page.files and text:
        return text, marked, content, None
    if not page.files:
        return text, marked, content, read_media({"rich_message": True}, context)
    medium = Medium({"kind": page.kind}, files=page.files, fingerprint="\0".join(page.unique))
    return text, marked, content, medium


class _Page:
    """The text so far, and how far it is in UTF-16 code units."""

    def __init__(self, context: ReadingContext, message_id: object) -> None:
        self.pieces: list[str] = []
        self.entities: list[dict[str, Any]] = []
        self.files: list[File] = []
        self.unique: list[str] = []
        self.kind = ""
        self._at = 0
        self._context = context
        self._message_id = message_id

    def write(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self._at += len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2

    def break_line(self) -> None:
        """Begin a new line, unless at the beginning of one."""
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.write("\n")

    def styled(self, kind: str, start: int, **more: Any) -> None:
        if self._at > start:
            entity = {"type": kind, "offset": start, "length": self._at - start, **more}
            self.entities.append(entity)

    def blocks(self, found: object, depth: int) -> None:
        for block in objects(found):
            self.break_line()
            self.block(block, depth + 1)

    def block(self, block: Mapping[str, Any], depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        kind, start = block.get("type"), self._at
        if kind == "divider":
            self.write("———")
        elif kind == "list":
            for item in objects(block.get("items")):
                self._item(item, depth)
        elif kind == "table":
            self._table(block, depth)
        elif kind == "map":
            medium = read_media({"location": block.get("location")}, self._context)
            self.write(medium.text)
        elif kind == "mathematical_expression":
            self.write(string(block.get("expression")))
            self.styled("code", start)
        elif isinstance(kind, str) and kind in _FILES:
            self._file(kind, block)
        else:
            self.words(block.get("summary"), depth)
            if "summary" in block:
                self.styled("bold", start)
            self.words(block.get("text"), depth)
            self.blocks(block.get("blocks"), depth)
        if kind == "heading":
            self.styled("bold", start)
        elif kind == "pre":
            self.styled("pre", start, language=string(block.get("language")))
        self._caption(block, depth)
        if kind in ("blockquote", "pullquote"):
            self.styled("blockquote", start)

    def words(self, found: object, depth: int) -> None:
        """RichText: a string, a list of RichText, or an object around one."""
        if depth > MAX_DEPTH:
            return
        if isinstance(found, str):
            self.write(found)
        elif isinstance(found, list | tuple):
            for each in found:
                self.words(each, depth + 1)
        elif isinstance(found, dict):
            kind, start = found.get("type"), self._at
            if kind == "custom_emoji":
                self.write(string(found.get("alternative_text")))
            elif kind == "mathematical_expression":
                self.write(string(found.get("expression")))
                self.styled("code", start)
            else:
                self.words(found.get("text"), depth + 1)
            if isinstance(kind, str) and kind in _STYLES:
                self.styled(kind, start)
            elif kind == "url":
                self.styled("text_link", start, url=string(found.get("url")))
            elif kind == "text_mention":
                self.styled("text_mention", start, user=object_of(found.get("user")))

    def _item(self, item: Mapping[str, Any], depth: int) -> None:
        self.break_line()
        if item.get("has_checkbox") is True:
            self.write("- [x] " if item.get("is_checked") is True else "- [ ] ")
        else:
            label = one_line(string(item.get("label")))
            self.write("- " if label in ("", "•") else f"{label} ")
        for at, block in enumerate(objects(item.get("blocks"))):
            if at:
                self.break_line()
            self.block(block, depth + 1)

    def _table(self, block: Mapping[str, Any], depth: int) -> None:
        rows = block.get("cells")
        for row in rows if isinstance(rows, list | tuple) else ():
            self.break_line()
            for at, cell in enumerate(objects(row)):
                if at:
                    self.write(" | ")
                start = self._at
                self.words(cell.get("text"), depth + 1)
                if cell.get("is_header") is True:
                    self.styled("bold", start)

    def _caption(self, block: Mapping[str, Any], depth: int) -> None:
        caption = block.get("caption")
        told = caption if isinstance(caption, dict) and "text" in caption else {"text": caption}
        if isinstance(caption, dict) and "type" in caption:
            told = {"text": caption}
        for found in (told.get("text"), told.get("credit"), block.get("credit")):
            if found:
                self.break_line()
                self.words(found, depth + 1)

    def _file(self, kind: str, block: Mapping[str, Any]) -> None:
        ours = _FILES[kind]
        found = files.largest(block.get(kind)) if kind == "photo" else object_of(block.get(kind))
        count = sum(1 for each in self.files if each.name.startswith(ours.replace("_", "-")))
        file = files.read_file(ours, found, self._context, self._message_id, count)
        if file is None:
            return
        self.kind = self.kind or ours
        self.files.append(file)
        self.unique.append(files.unique(found))
        if (seconds := counted(found.get("duration"))) is not None:
            self.unique.append(str(seconds))
