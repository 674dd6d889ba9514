"""An article's Markdown as the light Markdown of messages, or as plain text.

Light Markdown has `**bold**`, `_italic_`, `~~strike~~`, code, links and `> ` quotes, and no more:
headings become bold lines, tables rows with bars, pictures their words. Addresses that lead
nowhere from a message (`../other.md`) leave their words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_REACHABLE = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^>]*>", re.DOTALL)
_MARKS = {"em": "_", "strong": "**", "s": "~~"}


@dataclass(frozen=True, slots=True)
class Heading:
    title: str
    level: int
    line: int
    """Of the text, from 0."""
    text_line: int
    """The first line under it."""


def headings(text: str) -> list[Heading]:
    """The headings of a Markdown text, in order; those within lists and quotes are none."""
    found = []
    tokens = _parser().parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            title = _inline(tokens[at + 1].children or [], formatted=False)
            found.append(Heading(title, int(token.tag[1:]), token.map[0], token.map[1]))
    return found


def light(text: str, *, formatted: bool = True) -> str:
    """A Markdown text for a message; `formatted`: the channel shows light Markdown."""
    return _Writer(formatted).written(_parser().parse(text))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


class _Writer:
    """Blocks to lines. `prefix` stands before each line of what is inside quotes and lists."""

    def __init__(self, formatted: bool) -> None:
        self._formatted = formatted
        self._blocks: list[str] = []
        self._lists: list[int | None] = []
        """The next number of each list that is open; None: it has bullets."""
        self._quotes = 0
        self._bullet = ""
        """Of an item whose first words are still to come."""
        self._tight = False

    def written(self, tokens: Sequence[Token]) -> str:
        row: list[str] = []
        heading = False
        for before, token in zip([None, *tokens], tokens, strict=False):
            match token.type:
                case "bullet_list_open":
                    self._lists.append(None)
                case "ordered_list_open":
                    self._lists.append(int(token.attrGet("start") or 1))
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                    self._tight = bool(self._lists)
                case "list_item_open":
                    self._begin_item()
                case "blockquote_open":
                    self._quotes += 1
                case "blockquote_close":
                    self._quotes -= 1
                case "heading_open":
                    heading = True
                case "heading_close":
                    heading = False
                case "tr_open":
                    row = []
                case "tr_close":
                    self._add(" | ".join(row), tight=self._tight)
                    self._tight = True
                case "table_close":
                    self._tight = False
                case "inline" if before is not None and before.type in ("th_open", "td_open"):
                    row.append(_inline(token.children or [], formatted=self._formatted))
                case "inline":
                    words = _inline(token.children or [], formatted=self._formatted)
                    plain = heading and self._formatted and "**" not in words
                    self._add(f"**{words}**" if plain and words else words)
                case "fence" | "code_block":
                    self._code(token)
                case "html_block":
                    self._add(_TAG.sub("", token.content).strip())
                case "hr":
                    self._add("———")
        return "\n".join(self._blocks).strip("\n")

    def _begin_item(self) -> None:
        indent = "  " * (len(self._lists) - 1)
        number = self._lists[-1]
        if number is None:
            self._bullet = f"{indent}- "
        else:
            self._bullet = f"{indent}{number}. "
            self._lists[-1] = number + 1

    def _code(self, token: Token) -> None:
        content = token.content.rstrip("\n")
        if self._formatted:
            fence = "```" if "```" not in content else "````"
            content = f"{fence}{token.info.partition(' ')[0]}\n{content}\n{fence}"
        self._add(content)

    def _add(self, words: str, *, tight: bool | None = None) -> None:
        if not words.strip():
            return
        inside = bool(self._lists) if tight is None else tight
        if self._blocks and not (inside and (self._tight or tight)):
            self._blocks.append("> " * self._quotes if self._quotes else "")
        quote = "> " * self._quotes
        hanging = "  " * len(self._lists)
        for number, line in enumerate(words.split("\n")):
            before = self._bullet if number == 0 and self._bullet else hanging
            self._blocks.append(f"{quote}{before}{line}".rstrip())
        self._bullet = ""
        self._tight = bool(self._lists)


def _inline(tokens: Sequence[Token], *, formatted: bool) -> str:
    pieces: list[str] = []
    links: list[tuple[str, int]] = []
    """Where each open link leads and where its words begin."""
    for token in tokens:
        kind, _open, _rest = token.type.partition("_")
        match token.type:
            case "text":
                pieces.append(token.content)
            case "softbreak":
                pieces.append(" ")
            case "hardbreak":
                pieces.append("\n")
            case "code_inline":
                pieces.append(f"`{token.content}`" if formatted else token.content)
            case "image":
                pieces.append(token.content)
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(pieces)))
            case "link_close" if links:
                target, begin = links.pop()
                words = "".join(pieces[begin:])
                pieces[begin:] = [_link(words, target, formatted=formatted)]
            case _ if kind in _MARKS and formatted:
                pieces.append(_MARKS[kind])
    return "".join(pieces).strip()


def _link(words: str, target: str, *, formatted: bool) -> str:
    if not _REACHABLE.match(target):
        return words
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    if not words or words in (target, bare):
        return bare
    if not target.startswith(("http://", "https://")):
        return f"{words} ({bare})"
    return f"[{words}]({target})" if formatted else f"{words} ({target})"
