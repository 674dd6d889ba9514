"""One line of light Markdown, read. Never raises; linear."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from connectors.telegram.formatting.dialect import (
    DELIMITERS,
    ESCAPABLE,
    FENCE,
    JOINT,
    KIND_OF_RUN,
    LITERAL,
    MARKS,
    MENTION,
    can_close,
    can_open,
    clean,
    in_word,
    runs,
)
from connectors.telegram.formatting.entities import Span, link_target
from connectors.telegram.formatting.links import Links

_NEXT = re.compile(rf"(?P<literal>{LITERAL.pattern})|[\\*_~|`\[{JOINT}]", re.I)
_BACKTICKS = re.compile(r"`+")
_ROW = re.compile(r"[*_~|]+")
_INLINE_LANGUAGE = re.compile(rf"([\w+#./:-]{{0,64}}){JOINT}")
_TAIL = "*_~|.,;:!?'\")]}»”’…"


@dataclass(slots=True)
class _Token:
    kind: Literal["text", "joint", "mark", "span", "link"]
    text: str = ""
    """What stands there; of a mark the delimiter itself."""
    value: str = ""
    entity: str = ""
    label: Line | None = None
    role: Literal["", "open", "close"] = ""
    joints: list[bool] = field(default_factory=lambda: [False, False])
    partner: int = -1

    @property
    def is_markup(self) -> bool:
        return self.kind in ("span", "link") or bool(self.role)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    spans: tuple[Span, ...]
    before: frozenset[int] = frozenset()
    """Starts of code that goes on from an earlier line: a joint stands before it."""
    after: frozenset[int] = frozenset()
    """Ends of code that goes on in a later line."""


def parse(line: str, *, in_link: bool = False) -> Line:
    """`in_link`: as the label of a link, which holds neither links nor code."""
    found = _Scanner(line, in_link).tokens()
    _match(found)
    return _drawn(found)


class _Scanner:
    def __init__(self, line: str, in_link: bool) -> None:
        self.line = line
        self.in_link = in_link
        self.links = Links(line)
        self.found: list[_Token] = []
        self.escaped: set[str] = set()
        self._backticks: dict[int, list[int]] | None = None

    def tokens(self) -> list[_Token]:
        line = self.line
        at = 0
        while (special := _NEXT.search(line, at)) is not None:
            self.text(line[at : special.start()])
            at = special.start()
            if special["literal"]:
                kept = special[0].rstrip(_TAIL)
                # An address that is nothing but its beginning is none.
                taken = len(kept) or len(special[0])
                self.text(line[at : at + taken])
                at += taken
                continue
            at = self._readers[line[at]](self, at)
        self.text(line[at:])
        return self.found

    def text(self, text: str) -> None:
        if text:
            self.found.append(_Token("text", text))

    def joint(self, at: int) -> int:
        line = self.line
        if line[at + 1 : at + 2] == "\\" and line[at + 2 : at + 3] in ESCAPABLE and line[at + 2 :]:
            end = self.run_end(at + 2)
            self.text(line[at + 2 : end])
            return end
        self.found.append(_Token("joint", JOINT))
        return at + 1

    def backslash(self, at: int) -> int:
        end = self.escape_end(at)
        if end:
            self.text(self.line[at + 1 : end])
            return end
        self.text("\\")
        return at + 1

    def escape_end(self, at: int) -> int:
        """Where the escaped characters end; 0: this backslash is only one."""
        line = self.line
        left = line[at - 1 : at] if at else ""
        character = line[at + 1 : at + 2]
        if character in DELIMITERS and character:
            end = self.run_end(at + 1)
            row = _ROW.match(line, at + 1)
            right = line[row.end() : row.end() + 1] if row else ""
            run = line[at + 1 : end]
            if run not in KIND_OF_RUN:
                return 0
            if clean(left) and can_open(left, right):
                self.escaped.add(run)
                return end
            return end if run in self.escaped and can_close(left, right) else 0
        if not clean(left):
            return 0
        if character == "`":
            end = self.run_end(at + 1)
            closes = self.closing(end - at - 1, end) >= 0
            return end if closes or (at == 0 and FENCE.fullmatch(line, 1)) else 0
        if character == "[":
            return at + 2 if self.links.at(at + 1) else 0
        starts_quote = at == 0 and (line == "\\>" or line.startswith(("\\> ", "\\>! ")))
        return at + 2 if starts_quote else 0

    def backtick(self, at: int) -> int:
        end = self.run_end(at)
        size = end - at
        left = self.line[at - 1 : at] if at else ""
        if left != "\\" and not in_word(left) and (close := self.closing(size, end)) >= 0:
            span = _code(size, self.line[end:close])
            if span is not None:
                self.found.append(span)
                return close + size
        self.text(self.line[at:end])
        return end

    def closing(self, size: int, at: int) -> int:
        """Where the next row of just so many backticks is, or -1."""
        if self._backticks is None:
            self._backticks = defaultdict(list)
            for row in _BACKTICKS.finditer(self.line):
                self._backticks[len(row[0])].append(row.start())
        starts = self._backticks.get(size, [])
        index = bisect_right(starts, at - 1)
        return starts[index] if index < len(starts) else -1

    def bracket(self, at: int) -> int:
        link = None if self.in_link else self.links.at(at)
        if link is None:
            self.text("[")
            return at + 1
        label, target = parse(link.label, in_link=True), link.target
        if not label.text.strip():
            self.text(self.line[at : link.end])
        elif link_target(target):
            self.found.append(_Token("link", label.text, value=link_target(target), label=label))
        else:  # mailto:, tel:: no links in Telegram, which finds the address by itself
            self.found.append(_Token("link", label.text, label=label))
            address = target.partition(":")[2]
            if label.text.strip() not in (address, target):
                self.text(f" ({address})")
        return link.end

    def row(self, at: int) -> int:
        line = self.line
        row = _ROW.match(line, at)
        end = row.end() if row else at + 1
        left, right = line[at - 1 : at] if at else "", line[end : end + 1]
        opens, closes = can_open(left, right), can_close(left, right)
        for run in runs(line[at:end]):
            if run not in KIND_OF_RUN or not (opens or closes):
                self.text(run)
                continue
            self.found.append(_Token("mark", run, value=f"{opens:d}{closes:d}"))
        return end

    def run_end(self, at: int) -> int:
        """The end of the row of one character; only marks come in rows."""
        line = self.line
        end = at + 1
        if line[at] in DELIMITERS or line[at] == "`":
            while end < len(line) and line[end] == line[at]:
                end += 1
        return end

    _readers: ClassVar[dict[str, Callable[[_Scanner, int], int]]] = {
        JOINT: joint,
        "\\": backslash,
        "`": backtick,
        "[": bracket,
        **dict.fromkeys("*_~|", row),
    }


def _code(size: int, inner: str) -> _Token | None:
    if not inner or inner[0].isspace() or inner[-1].isspace():
        return None
    value = ""
    if size < 3:
        inner = inner.removeprefix(JOINT)
    elif (language := _INLINE_LANGUAGE.match(inner)) is not None:
        value, inner = language[1], inner[language.end() :]
    inner = inner.removesuffix(JOINT)
    if not inner.strip():
        return None
    return _Token("span", inner, value=value, entity="code" if size < 3 else "pre")


def _match(found: list[_Token]) -> None:
    """Say of every mark whether it opens or closes; a mark without partner is text."""
    open_marks: list[int] = []
    counts: dict[str, int] = defaultdict(int)
    for index, token in enumerate(found):
        if token.kind != "mark":
            continue
        mark = token.text
        if token.value[1] == "1" and counts[mark]:
            while True:
                opener = open_marks.pop()
                counts[found[opener].text] -= 1
                if found[opener].text == mark:
                    break
            found[opener].role, found[opener].partner = "open", index
            token.role, token.partner = "close", opener
        elif token.value[0] == "1":
            open_marks.append(index)
            counts[mark] += 1


def _drawn(found: list[_Token]) -> Line:
    out: list[str] = []
    spans: list[Span] = []
    before: set[int] = set()
    after: set[int] = set()
    starts: dict[int, int] = {}
    length = 0
    last = len(found) - 1
    for index, token in enumerate(found):
        previous = found[index - 1] if index else None
        following = found[index + 1] if index < last else None
        if token.kind == "joint":
            if (previous and previous.is_markup) or (following and following.is_markup):
                continue
        elif token.role == "open":
            starts[index] = length
            continue
        elif token.role == "close":
            start = starts[token.partner]
            spans += [Span(kind, start, length) for kind in KIND_OF_RUN[token.text]]
            continue
        elif token.kind == "span":
            end = length + len(token.text)
            spans.append(Span(token.entity, length, end, token.value))
            if previous and previous.kind == "joint":
                before.add(length)
            if following and following.kind == "joint":
                after.add(end)
        elif token.kind == "link" and token.label is not None:
            end = length + len(token.text)
            if token.value.lower().startswith(MENTION) and token.value[len(MENTION) :].isdigit():
                spans.append(Span("text_mention", length, end, token.value[len(MENTION) :]))
            elif token.value:
                spans.append(Span("text_link", length, end, token.value))
            spans += [
                Span(span.kind, length + span.start, length + span.end, span.value)
                for span in token.label.spans
                if span.kind in MARKS
            ]
        out.append(token.text)
        length += len(token.text)
    return Line("".join(out), tuple(spans), frozenset(before), frozenset(after))
