"""A text as lines of a pane: wrapped, links marked, and cut where the rest is folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from config.i18n import _, ngettext
from omnitui.tui.text.inline import JOINT, Inline, Kind, Span, highlight, parse
from omnitui.tui.text.safe_text import safe
from omnitui.tui.text.tables import fitted
from omnitui.tui.text.wrap import indent_of, wrap

MOST_CHARACTERS = 100_000
"""Of a text that is drawn at all; what is longer is opened outside."""

SLACK = 5
"""A rest of up to this many lines is not worth a fold."""

QUOTE_RUN = 4
"""Quoted lines between answers shown whole; of a longer run only the last ones, which the
answer is about."""

RULE = 32
"""Cells of a line of dashes at most: longer ones would wrap."""

_RULE = re.compile(r"\s*([-_=*~#+.─━—])\1*\s*")
_QUOTED = re.compile(r"\s{0,3}>")
_FENCE = "```"
_PICTURE = re.compile(r"\s*(?:\[[^\]]*\](?: ?\([^()\s]*\))?\s*)+")
"""A line of pictures, with the links that they are."""


class Piece(NamedTuple):
    """One line of a message's body."""

    text: str
    style: str
    """Component class."""
    inline: Inline | None = None
    """The marks in it, whose text is then shown instead."""
    part: str = ""
    """What a click on it folds or unfolds."""


class Flow(NamedTuple):
    """How a text is laid out."""

    cells: int
    style: str
    needle: str = ""
    formatted: bool = False
    """Its writer meant Markdown."""
    most: int | None = None
    """Lines shown before the rest is folded; None: all."""
    part: str = ""
    """What unfolds the rest."""
    key: str = ""
    """The key that does, as shown."""
    dense: bool = False
    """Without blank lines and pictures: to see what it is about, not to read it."""


def flow(text: str, how: Flow) -> Iterable[Piece]:
    """The lines of `text`, runs of blank ones as one, the rest folded past `how.most`."""
    text = text.strip("\n\r ")
    head, beyond = _head(text, how)
    if how.formatted:  # its joints are not somebody's invisible characters
        shown = JOINT.join(safe(part, newlines=True) for part in head.split("\u2060"))
    else:
        shown = safe(head, newlines=True)
    lines: Sequence[str] = [line.rstrip() for line in shown.split("\n")]
    fenced: frozenset[int] = frozenset()
    if not how.formatted:
        lines = fitted(lines, how.cells)
    elif _FENCE in shown and not how.dense:
        lines, fenced = _without_fences(lines)
    if how.dense:
        lines = [line for line in lines if line and not _PICTURE.fullmatch(line)]
    used = 0
    blank_before = False
    for number, line in enumerate(lines):
        if not line:
            # Any number of blank lines says no more than one.
            if not blank_before:
                yield Piece("", how.style)
                used += 1
            blank_before = True
            continue
        blank_before = False
        rest = len(lines) - number + beyond
        if how.most is not None and used >= how.most and rest > SLACK:
            yield _rest(rest, how)
            return
        for piece in _code(line, how) if number in fenced else _line(line, how):
            yield piece
            used += 1
    if how.most is not None and beyond:
        yield _rest(beyond, how)
    elif beyond:
        yield Piece(_("… the rest of this text is too long for the screen"), "timeline--fold")


def _head(text: str, how: Flow) -> tuple[str, int]:
    """What of a text is looked at, and how many lines there are after it.

    Of one that is folded no more than can be shown: a key must not wait for the rest.
    """
    if how.most is None:
        most = MOST_CHARACTERS
    else:
        # Room for blank lines and links whose tails are not shown.
        most = (how.most + SLACK) * how.cells * (12 if how.dense else 3)
    if len(text) <= most:
        return text, 0
    cut = text.rfind("\n", most // 2, most)
    cut = cut if cut > 0 else most
    lines = text.count("\n", cut) or 1
    # A line that never ends counts as those that it would be wrapped into.
    return text[:cut], max(lines, (len(text) - cut) // (how.cells * 20))


def _rest(count: int, how: Flow) -> Piece:
    words = ngettext("▸ {n} more line", "▸ {n} more lines", count).format(n=count)
    return fold(words, how.key, how.part)


def _line(line: str, how: Flow) -> Iterable[Piece]:
    style = "timeline--quoted" if _QUOTED.match(line) else how.style
    if how.formatted and line.startswith(("\\>", ">!")):
        line = line[1:] if line[0] == "\\" else f">{line[2:]}"
    if len(line) > RULE and _RULE.fullmatch(line):
        yield Piece(line[: min(how.cells, RULE)], "timeline--fold")
        return
    inline = highlight(parse(line, formatted=how.formatted), how.needle)
    hanging = indent_of(inline.text, how.cells // 3)
    for start, end in wrap(inline.text, how.cells, hanging):
        indent = " " * hanging if start else ""
        marked = sliced(inline, start, end, len(indent))
        yield Piece(indent + inline.text[start:end], style, marked)


def _without_fences(lines: Sequence[str]) -> tuple[Sequence[str], frozenset[int]]:
    """The lines without those that begin and end blocks of code, and which ones are code.

    What is never ended is no block.
    """
    kept: list[str] = []
    code: set[int] = set()
    ends = [at for at, line in enumerate(lines) if line.rstrip() == _FENCE]
    inside_until = -1
    for at, line in enumerate(lines):
        if at == inside_until:
            continue
        if at > inside_until and line.startswith(_FENCE) and "`" not in line[len(_FENCE) :]:
            while ends and ends[0] <= at:
                ends.pop(0)
            if ends:
                inside_until = ends[0]
                continue
        if at < inside_until:
            code.add(len(kept))
        kept.append(line)
    return kept, frozenset(code)


def _code(line: str, how: Flow) -> Iterable[Piece]:
    """A line of a block of code: nothing in it means anything."""
    inline = highlight(Inline(line, (Span(0, len(line), "code"),)), how.needle)
    for start, end in wrap(line, how.cells):
        yield Piece(line[start:end], how.style, sliced(inline, start, end, 0))


def marked(
    parts: Iterable[tuple[str, Kind | None]],
    cells: int,
    style: str,
    part: str = "",
    hanging: int = 0,
) -> Iterable[Piece]:
    """One line of ours, made of pieces with looks of their own, wrapped."""
    text, spans = "", []
    for words, kind in parts:
        if kind is not None and words:
            spans.append(Span(len(text), len(text) + len(words), kind))
        text += words
    inline = Inline(text, tuple(spans))
    for start, end in wrap(text, cells, hanging):
        indent = " " * hanging if start else ""
        shown = sliced(inline, start, end, len(indent))
        yield Piece(indent + text[start:end], style, shown, part)


def plain(text: str, cells: int, style: str, part: str = "") -> Iterable[Piece]:
    """One line of ours, wrapped, with nothing marked in it."""
    hanging = indent_of(text, cells // 3)
    for start, end in wrap(text, cells, hanging):
        yield Piece((" " * hanging if start else "") + text[start:end], style, None, part)


def fold(words: str, key: str, part: str) -> Piece:
    """What stands in the place of something folded: `▸ quoted, 42 lines  Z`."""
    if not key:
        return Piece(words, "timeline--fold", None, part)
    text = f"{words}  {key}"
    marked = Inline(text, (Span(len(words) + 2, len(text), "key"),))
    return Piece(text, "timeline--fold", marked, part)


def sliced(inline: Inline, start: int, end: int, indent: int) -> Inline | None:
    """Part of a line with the marks that are in it; None when there are none."""
    if not inline.spans:
        return None
    shift = indent - start
    kept = tuple(
        Span(max(span.start, start) + shift, min(span.end, end) + shift, span.kind)
        for span in inline.spans
        if span.start < end and span.end > start
    )
    return Inline(" " * indent + inline.text[start:end], kept) if kept else None


def answers_in_place(text: str) -> tuple[str, bool]:
    """A text with answers between quotes, of each long quote only its end.

    Returns:
        The text, and whether something was left out.
    """
    kept: list[str] = []
    run: list[str] = []
    cut = False
    for line in [*text.split("\n"), None]:
        if line is not None and _QUOTED.match(line):
            run.append(line)
            continue
        if len(run) > QUOTE_RUN:
            # What follows the last answer is nobody's question.
            left = len(run) if line is None else len(run) - QUOTE_RUN + 1
            words = ngettext("> ⋯ {n} line", "> ⋯ {n} lines", left).format(n=left)
            run = [words, *run[left:]]
            cut = True
        kept += run
        run = []
        if line is not None:
            kept.append(line)
    return "\n".join(kept), cut
