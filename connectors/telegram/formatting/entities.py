"""Telegram's formatting entities in one canonical form.

Telegram counts offsets in UTF-16 code units and delivers entities nested, touching, cut at one
another and around whitespace, in ways that look the same on a screen. `normalised` brings all
that look the same to one form (https://core.telegram.org/bots/api#messageentity):

- of styles (bold, italic, …) and links, what touches or is parted by a line end only is one;
- code and links do not lie in one another, code has no styles inside;
- no entity begins or ends with whitespace, quotes are whole lines;
- kinds that Telegram finds by itself (mentions, hashtags, plain URLs, …) are left out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from urllib.parse import quote

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
VERBATIM = ("pre", "code")
LINKS = ("text_link", "text_mention")
QUOTES = ("blockquote", "expandable_blockquote")
KINDS = frozenset((*STYLES, *VERBATIM, *LINKS, *QUOTES))

LANGUAGE = re.compile(r"[\w+#./:-]{1,64}")
_TARGET = re.compile(r"(?:https?|tg|ton|tonsite)://[^\s]", re.I)
"""What Telegram takes as the target of a link."""
_UNSAFE_IN_TARGET = re.compile(r"[\s()<>\\`\u2060\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Entity:
    """As in the Bot API: `offset` and `length` in UTF-16 code units."""

    type: str
    offset: int
    length: int
    value: str = ""
    """text_link: the URL; text_mention: the user's id; pre: the language, if any."""

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text as Telegram takes it: no markup in it, entities beside it."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """An entity over `text[start:end]`, in Python's characters."""

    kind: str
    start: int
    end: int
    value: str = ""


def utf16_length(text: str) -> int:
    """UTF-16 code units of a text."""
    return len(text) + sum(character > "\uffff" for character in text)


def units(text: str) -> list[int]:
    """The UTF-16 offset of every character, and of the end."""
    return [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]


def needs_markup(entities: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there is formatting that `to_markdown` would write."""
    return any(each.get("type") in KINDS for each in entities)


def spans(text: str, entities: Iterable[Mapping[str, Any]]) -> list[Span]:
    """The Bot API's entities that carry formatting, as they come."""
    offsets = units(text)
    found = []
    for each in entities:
        kind, offset, length = each.get("type"), each.get("offset"), each.get("length")
        if kind not in KINDS or not isinstance(offset, int) or not isinstance(length, int):
            continue
        start = bisect_left(offsets, max(offset, 0))
        end = min(bisect_left(offsets, max(offset + length, 0)), len(text))
        if start < end:
            found.append(Span(str(kind), start, end, _value(each)))
    return found


def entities_of(text: str, found: Iterable[Span]) -> tuple[Entity, ...]:
    """Spans as entities, outer ones first where they begin together."""
    offsets = units(text)
    ordered = sorted(found, key=lambda span: (span.start, -span.end, _RANK[span.kind]))
    return tuple(
        Entity(span.kind, offsets[span.start], offsets[span.end] - offsets[span.start], span.value)
        for span in ordered
    )


def link_target(url: str) -> str:
    """A URL as it stands in `[…](…)` and goes to Telegram; empty: not one that Telegram takes."""
    url = url.strip()
    if not _TARGET.match(url):
        return ""
    return _UNSAFE_IN_TARGET.sub(lambda m: quote(m[0].encode("utf-8", "replace")), url)


def normalised(text: str, found: Iterable[Span]) -> list[Span]:
    """The canonical form; never raises, linear but for deep overlaps."""
    valid = [span for span in found if span.start < span.end]
    quotes = _quotes(text, [span for span in valid if span.kind in QUOTES])
    edges = {edge for span in quotes for edge in (span.start, span.end)}
    verbatim = _layer(text, _apart([span for span in valid if span.kind in VERBATIM], edges), edges)
    links = _layer(text, _outside(_apart([s for s in valid if s.kind in LINKS], set()), verbatim))
    styles = [
        span
        for kind in STYLES
        for span in _layer(text, _outside(_union([s for s in valid if s.kind == kind]), verbatim))
    ]
    return [*quotes, *verbatim, *links, *styles]


def _value(entity: Mapping[str, Any]) -> str:
    match entity.get("type"):
        case "text_link":
            return str(entity.get("url") or "")
        case "text_mention":
            user = entity.get("user")
            return str(user.get("id") or "") if isinstance(user, Mapping) else ""
        case "pre":
            return str(entity.get("language") or "")
    return ""


def _quotes(text: str, found: list[Span]) -> list[Span]:
    """Whole lines, apart from one another."""
    quotes: list[Span] = []
    for span in sorted(found, key=lambda span: span.start):
        trimmed = _trimmed(text, span)
        if trimmed is None:
            continue
        start = text.rfind("\n", 0, trimmed.start) + 1
        end = text.find("\n", trimmed.end)
        end = len(text) if end < 0 else end
        if quotes and start < quotes[-1].end:
            last = quotes[-1]
            quotes[-1] = Span(last.kind, last.start, max(end, last.end))
            continue
        quotes.append(Span(span.kind, start, end))
    return quotes


def _apart(found: list[Span], edges: set[int]) -> list[Span]:
    """Code or links: what begins first counts, the rest of others goes on after it; cut at the
    `edges`. Values are brought to the form in which Markdown carries them."""
    cuts = sorted(edges)
    apart: list[Span] = []
    at = 0
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        value = span.value
        if span.kind == "text_link":
            value = link_target(value)
        elif span.kind == "pre" and not LANGUAGE.fullmatch(value):
            value = ""
        start = max(span.start, at)
        if start >= span.end or (span.kind in LINKS and not value):
            continue
        if span.kind == "text_mention" and not (value.isascii() and value.isdigit()):
            continue
        at = span.end
        for cut in cuts[bisect_left(cuts, start + 1) : bisect_left(cuts, span.end)]:
            apart.append(Span(span.kind, start, cut, value))
            start = cut
        apart.append(Span(span.kind, start, span.end, value))
    return apart


def _union(found: list[Span]) -> list[Span]:
    united: list[Span] = []
    for span in sorted(found, key=lambda span: span.start):
        if united and span.start <= united[-1].end:
            last = united[-1]
            united[-1] = Span(last.kind, last.start, max(last.end, span.end), last.value)
        else:
            united.append(span)
    return united


def _outside(found: list[Span], holes: list[Span]) -> list[Span]:
    """`found` without what lies in `holes`; both in order and apart."""
    left: list[Span] = []
    first = 0
    for span in found:
        while first < len(holes) and holes[first].end <= span.start:
            first += 1
        start, at = span.start, first
        while at < len(holes) and holes[at].start < span.end:
            if start < holes[at].start:
                left.append(Span(span.kind, start, holes[at].start, span.value))
            start = holes[at].end
            at += 1
        if start < span.end:
            left.append(Span(span.kind, start, span.end, span.value))
    return left


def _layer(text: str, found: list[Span], edges: set[int] | None = None) -> list[Span]:
    """Spans of one layer, trimmed; neighbours that say the same are one. With `edges` those stay
    apart that are parted by one, or by a line end."""
    layer: list[Span] = []
    for span in found:
        last = layer[-1] if layer else None
        if (
            last is not None
            and last.end == span.start
            and span.start not in (edges or ())
            and (last.kind, last.value) == (span.kind, span.value)
        ):
            layer[-1] = Span(last.kind, last.start, span.end, last.value)
        else:
            layer.append(span)
    joined: list[Span] = []
    for each in layer:
        trimmed = _trimmed_block(text, each) if each.kind == "pre" else _trimmed(text, each)
        if trimmed is None:
            continue
        last = joined[-1] if joined else None
        if (
            edges is None
            and last is not None
            and (last.kind, last.value) == (trimmed.kind, trimmed.value)
            and parted_by_line_end(text, last.end, trimmed.start)
        ):
            joined[-1] = Span(last.kind, last.start, trimmed.end, last.value)
        else:
            joined.append(trimmed)
    return joined


def parted_by_line_end(text: str, start: int, end: int) -> bool:
    gap = text[start:end]
    return "\n" in gap and not gap.strip()


def _trimmed(text: str, span: Span) -> Span | None:
    inner = text[span.start : span.end]
    start = span.start + len(inner) - len(inner.lstrip())
    end = span.end - (len(inner) - len(inner.rstrip()))
    return Span(span.kind, start, end, span.value) if start < end else None


def _trimmed_block(text: str, span: Span) -> Span | None:
    """A block of whole lines keeps its indent."""
    inner = text[span.start : span.end]
    if not inner.strip():
        return None
    start = span.start + len(inner) - len(inner.lstrip("\n"))
    end = span.end - (len(inner) - len(inner.rstrip("\n")))
    block = Span(span.kind, start, end, span.value)
    return block if is_block(text, block) else _trimmed(text, span)


def is_block(text: str, span: Span) -> bool:
    """Whether it is of whole lines."""
    return (span.start == 0 or text[span.start - 1] == "\n") and (
        span.end == len(text) or text[span.end] == "\n"
    )


_RANK = {kind: rank for rank, kind in enumerate((*QUOTES, *LINKS, *STYLES, *VERBATIM))}
