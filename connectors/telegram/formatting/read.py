"""Light Markdown → text and entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.telegram.formatting.dialect import FENCE, FOLDED_QUOTE, NEW_QUOTE, QUOTE
from connectors.telegram.formatting.entities import (
    Formatted,
    Span,
    entities_of,
    normalised,
    parted_by_line_end,
)
from connectors.telegram.formatting.inline import parse

_QUOTES = (FOLDED_QUOTE, NEW_QUOTE, QUOTE)


def to_entities(markdown: str) -> Formatted:
    """What `markdown` says, as Telegram takes it. Anything is light Markdown: never raises."""
    drawn = _Drawn()
    _blocks(markdown.split("\n"), drawn, quotes=True)
    return _finished(drawn)


@dataclass(slots=True)
class _Drawn:
    lines: list[str] = field(default_factory=list)
    length: int = 0
    """Of the lines with a line end after each."""
    spans: list[Span] = field(default_factory=list)
    before: set[int] = field(default_factory=set)
    after: set[int] = field(default_factory=set)

    def put(self, text: str) -> None:
        self.lines.append(text)
        self.length += len(text) + 1


def _blocks(lines: Sequence[str], drawn: _Drawn, *, quotes: bool) -> None:
    at = 0
    hopeless = 1 << 30
    while at < len(lines):
        end = at
        if lines[at].startswith("```"):
            end, hopeless = _fence(lines, at, hopeless, drawn)
        elif quotes and lines[at].startswith(_QUOTES):
            end = _quote(lines, at, drawn)
        if end == at:
            _inline(lines[at], drawn)
            end += 1
        at = end


def _quote(lines: Sequence[str], at: int, drawn: _Drawn) -> int:
    prefix = next(each for each in _QUOTES if lines[at].startswith(each))
    inner = [lines[at][len(prefix) :]]
    at += 1
    while at < len(lines) and (lines[at].startswith(QUOTE) or lines[at] == ">"):
        inner.append(lines[at][len(QUOTE) :])
        at += 1
    start = drawn.length
    _blocks(inner, drawn, quotes=False)
    kind = "expandable_blockquote" if prefix == FOLDED_QUOTE else "blockquote"
    drawn.spans.append(Span(kind, start, drawn.length - 1))
    return at


def _fence(lines: Sequence[str], at: int, hopeless: int, drawn: _Drawn) -> tuple[int, int]:
    """The line after the block that opens at `at`, or `at` when none does. `hopeless`: no
    later line has so many backticks at its end."""
    opening = FENCE.fullmatch(lines[at])
    if opening is None or len(opening[1]) >= hopeless:
        return at, hopeless
    size = len(opening[1])
    for end in range(at + 1, len(lines)):
        line = lines[end].rstrip()
        if not line.endswith("```"):
            continue
        rest = line.rstrip("`")
        if len(line) - len(rest) < size:
            continue
        content = [*lines[at + 1 : end], *([rest] if rest else [])]
        if not any(each.strip() for each in content):
            return at, hopeless
        start = drawn.length
        for each in content:
            drawn.put(each)
        drawn.spans.append(Span("pre", start, drawn.length - 1, opening[2]))
        return end + 1, hopeless
    return at, size


def _inline(line: str, drawn: _Drawn) -> None:
    parsed = parse(line)
    base = drawn.length
    drawn.spans += [
        Span(span.kind, base + span.start, base + span.end, span.value) for span in parsed.spans
    ]
    drawn.before |= {base + start for start in parsed.before}
    drawn.after |= {base + end for end in parsed.after}
    drawn.put(parsed.text)


def _finished(drawn: _Drawn) -> Formatted:
    text = "\n".join(drawn.lines)
    found: list[Span] = []
    last = -1
    for span in drawn.spans:
        if span.kind in ("code", "pre"):
            earlier = found[last] if last >= 0 else None
            if (
                earlier is not None
                and (earlier.kind, earlier.value) == (span.kind, span.value)
                and earlier.end in drawn.after
                and span.start in drawn.before
                and parted_by_line_end(text, earlier.end, span.start)
            ):
                found[last] = Span(span.kind, earlier.start, span.end, span.value)
                continue
            last = len(found)
        found.append(span)
    return Formatted(text, entities_of(text, normalised(text, found)))
