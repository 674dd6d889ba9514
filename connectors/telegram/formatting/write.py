"""Text and entities → light Markdown that reads back as exactly these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.telegram.formatting.dialect import FOLDED_QUOTE, NEW_QUOTE, QUOTE
from connectors.telegram.formatting.entities import QUOTES, Span, is_block, normalised, spans
from connectors.telegram.formatting.line import write_line

_BACKTICKS = re.compile(r"`+")


def to_markdown(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """A message as Telegram brings it (offsets in UTF-16 code units) as light Markdown.

    `to_entities` makes the same text and the same formatting of it again.
    """
    found = normalised(text, spans(text, entities))
    quotes = [span for span in found if span.kind in QUOTES]
    blocks = {s.start: s for s in found if s.kind == "pre" and is_block(text, s)}
    inline = sorted(
        (span for span in found if span.kind not in QUOTES and blocks.get(span.start) is not span),
        key=lambda span: span.start,
    )
    out: list[str] = []
    upcoming = 0
    going: list[Span] = []
    quote_at = 0
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        block = blocks.get(start)
        if block is not None:
            end = block.end
            written = _block(text[start:end], block.value)
        else:
            while upcoming < len(inline) and inline[upcoming].start < end:
                going.append(inline[upcoming])
                upcoming += 1
            going = [span for span in going if span.end > start]
            written = [write_line(text, start, end, going)]
        while quote_at < len(quotes) and quotes[quote_at].end < start:
            quote_at += 1
        quote = quotes[quote_at] if quote_at < len(quotes) else None
        if quote is not None and quote.start <= start:
            follows = quote_at > 0 and quotes[quote_at - 1].end + 1 == quote.start
            written = _quoted(written, quote, first=quote.start == start, follows=follows)
        elif block is None:
            written = [_not_structure(written[0])]
        out += written
        start = end + 1
    return "\n".join(out)


def _block(content: str, language: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(row) for row in _BACKTICKS.findall(content)), default=0))
    return [fence + language, *content.split("\n"), fence]


def _quoted(lines: list[str], quote: Span, *, first: bool, follows: bool) -> list[str]:
    prefix = QUOTE
    if first and quote.kind == "expandable_blockquote":
        prefix = FOLDED_QUOTE
    elif first and follows:
        prefix = NEW_QUOTE
    return [
        (prefix if index == 0 else QUOTE) + line if line or (first and index == 0) else ">"
        for index, line in enumerate(lines)
    ]


def _not_structure(line: str) -> str:
    """A line that only looks as if a quote began with it."""
    if line == ">" or line.startswith((QUOTE, FOLDED_QUOTE)):
        return "\\" + line
    return line
