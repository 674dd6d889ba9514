"""Telegram's parse modes, HTML and MarkdownV2, with the errors that they are known for."""

from __future__ import annotations

import html
import re
from typing import Any, NoReturn

from tests.servers.bot_api import errors

Entity = dict[str, Any]
_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler", "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_MARKS = {
    "*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler",
    "`": "code", "```": "pre",
}  # fmt: skip
_RESERVED = set("_*[]()~`>#+-=|{}.!")


def parsed(text: str, mode: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities. Raises `Refusal`: `can't parse entities: …`."""
    if mode == "html":
        return _html(text)
    if mode == "markdownv2":
        return _MarkdownV2(text).parsed()
    if mode == "markdown":
        raise errors.bad_request("the old Markdown mode is not offered by this server")
    raise errors.bad_request("unsupported parse_mode")


def _refuse(words: str) -> NoReturn:
    raise errors.bad_request(f"can't parse entities: {words}")


def _units(parts: list[str]) -> int:
    return sum(len(part.encode("utf-16-le")) // 2 for part in parts)


def _html(text: str) -> tuple[str, list[Entity]]:
    parts: list[str] = []
    found: list[Entity] = []
    stack: list[tuple[str, str, int, int, Entity]] = []
    at = 0
    while at < len(text):
        character = text[at]
        where = len(text[:at].encode())
        if character == "&":
            reference = _REFERENCE.match(text, at)
            parts.append(html.unescape(reference[0]) if reference else "&")
            at += len(reference[0]) if reference else 1
            continue
        if character != "<":
            parts.append(character)
            at += 1
            continue
        tag = _TAG.match(text, at)
        if tag is None:
            _refuse(f"Unsupported start tag at byte offset {where}")
        at = tag.end()
        name = tag[2].lower()
        if not tag[1]:
            if name not in _TAGS:
                _refuse(f'Unsupported start tag "{name}" at byte offset {where}')
            stack.append((name, tag[3], _units(parts), where, _tag_details(name, tag[3], where)))
            continue
        if not stack:
            _refuse(f"Unexpected end tag at byte offset {where}")
        opened, _given, start, _place, details = stack.pop()
        if opened != name:
            _refuse(
                f"Unmatched end tag at byte offset {where}, "
                f'expected "</{opened}>", found "</{name}>"'
            )
        if length := _units(parts) - start:
            kind = details.pop("type", _TAGS[name])
            found.append({"type": kind, "offset": start, "length": length} | details)
    if stack:
        _refuse(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return "".join(parts), sorted(found, key=lambda each: (each["offset"], -each["length"]))


def _tag_details(name: str, given: str, where: int) -> Entity:
    attributes = dict(re.findall(r"([a-z-]+)\s*=\s*[\"']?([^\"'>]*)[\"']?", given))
    if name == "span" and attributes.get("class") != "tg-spoiler":
        _refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    if name == "a" and "href" in attributes:
        return {"url": html.unescape(attributes["href"])}
    if name == "tg-emoji":
        return {"custom_emoji_id": attributes.get("emoji-id", "0")}
    if name == "blockquote" and "expandable" in given:
        return {"type": "expandable_blockquote"}
    if name == "code" and attributes.get("class", "").startswith("language-"):
        return {"language": attributes["class"].removeprefix("language-")}
    return {}


class _MarkdownV2:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.parts: list[str] = []
        self.found: list[Entity] = []
        self.stack: list[tuple[str, int, int]] = []
        """Mark, start in UTF-16 units, byte offset in the source."""

    def parsed(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.text):
            self._step()
        if self.stack:
            mark, _start, where = self.stack[-1]
            kind = {"[": "TextUrl"}.get(mark) or _MARKS[mark].title()
            _refuse(f"Can't find end of {kind} entity at byte offset {where}")
        found = sorted(self.found, key=lambda each: (each["offset"], -each["length"]))
        return "".join(self.parts), found

    def _step(self) -> None:
        text, at = self.text, self.at
        character = text[at]
        inside = self.stack[-1][0] if self.stack else ""
        if character == "\\" and at + 1 < len(text) and 1 <= ord(text[at + 1]) <= 126:
            self.parts.append(text[at + 1])
            self.at += 2
        elif inside in ("`", "```") and not text.startswith(inside, at):
            self.parts.append(character)
            self.at += 1
        elif mark := self._mark(at, inside):
            self._toggle(mark)
        elif character == "[":
            self.stack.append(("[", _units(self.parts), self._where()))
            self.at += 1
        elif character == "]" and any(each[0] == "[" for each in self.stack):
            self._link()
        elif character == ">" and (at == 0 or text[at - 1] == "\n"):
            self._quote()
        elif character in _RESERVED:
            _refuse(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            self.parts.append(character)
            self.at += 1

    def _where(self) -> int:
        return len(self.text[: self.at].encode())

    def _mark(self, at: int, inside: str) -> str:
        for mark in ("```", "||", "__", "*", "_", "~", "`"):
            if self.text.startswith(mark, at):
                # `___` ends italic before underline.
                return "_" if mark == "__" and inside == "_" else mark
        return ""

    def _toggle(self, mark: str) -> None:
        if self.stack and self.stack[-1][0] == mark:
            _mark, start, _where = self.stack.pop()
            self._found(_MARKS[mark], start)
        else:
            self.stack.append((mark, _units(self.parts), self._where()))
            if mark == "```":
                language = re.compile(r"```(\w+)?\n?").match(self.text, self.at)
                assert language is not None
                self.at = language.end()
                return
        self.at += len(mark)

    def _found(self, kind: str, start: int, **details: str) -> None:
        if length := _units(self.parts) - start:
            self.found.append({"type": kind, "offset": start, "length": length, **details})

    def _link(self) -> None:
        mark, start, where = self.stack.pop()
        if mark != "[":
            _refuse(f"Can't find end of {_MARKS[mark].title()} entity at byte offset {where}")
        self.at += 1
        if not self.text.startswith("(", self.at):
            return
        end = re.compile(r"(?:\\.|[^\\)])*\)", re.S).match(self.text, self.at + 1)
        if end is None:
            _refuse(f"Can't find end of a URL at byte offset {self._where()}")
        url = re.sub(r"\\(.)", r"\1", end[0][:-1])
        self.at = end.end()
        self._found("text_link", start, url=url)

    def _quote(self) -> None:
        """A run of lines that begin with `>`."""
        lines = re.compile(r"(?:>[^\n]*(?:\n|$))+").match(self.text, self.at)
        assert lines is not None
        inner = "\n".join(line[1:] for line in lines[0].rstrip("\n").split("\n"))
        expandable = inner.endswith("||")
        start = _units(self.parts)
        plain, found = _MarkdownV2(inner.removesuffix("||")).parsed()
        self.parts.append(plain)
        self.found += [each | {"offset": each["offset"] + start} for each in found]
        self._found("expandable_blockquote" if expandable else "blockquote", start)
        self.at = lines.end()
        if lines[0].endswith("\n"):
            self.parts.append("\n")
