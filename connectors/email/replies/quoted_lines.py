"""Which lines of a mail are new and which are quoted: marked with `>`, marked by HTML, or
standing below a line that introduces a quote.
"""

# ruff: noqa: SIM905 - tables of words in many scripts
from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.email.replies.attribution import (
    LAST_WORDS,
    attribution,
    ends_broken_intro,
    ends_with_verb,
    has_verb,
    is_attribution,
)
from connectors.email.replies.header_block import header_block, label_kind
from connectors.email.replies.markers import DASHES, is_title, reply_above, separator

MAX_TRIES = 500
"""Lines that look like the start of a quote and are none, after which no more are tried."""

NEW, BLANK, QUOTE, SIGNATURE = "n", "b", "q", "s"
"""The kinds of lines."""

_FIRST = frozenset(">" + DASHES)
_LAST = frozenset(":：>*_")
_LAST_WORDS = LAST_WORDS | frozenset(
    "line line. zeile zeile. ligne línea linha regel рядком рядком. строкой строкой. linii".split()
)
# `>>> Ann Example <ann@example.org> 3/4/2025 10:00 AM >>>`
_GROUPWISE = re.compile(r">>> \S.{0,200}\d{1,2}[:.]\d{2}.{0,12} >>>\s*")
_RULE = re.compile(r"[\s>]*(?:[-_=*~—–·‐―─]\s?){3,}\s*")
# Other signs of a quote than `>`: only below a line that introduces one.
_PREFIX = re.compile(r" {0,4}([|»│]|[A-Z][\w.]{0,11}>|[a-z]{1,3}>)")


def classify(lines: Sequence[str], marks: Sequence[str] | None) -> tuple[str, bool]:
    """The kind of each line, and whether anything introduced a quote."""
    kinds: list[str] = []
    count = len(lines)
    at = 0
    tries = 0
    since = 0  # the first line that an attribution may reach back to
    introduced = False
    prefix = ""  # what this mail's quotes begin with, when not `>`
    while at < count:
        line = lines[at]
        mark = marks[at] if marks else ""
        if not mark and line[:1] == ">" and line[-1:] != ":":
            if kinds and kinds[-1] == QUOTE:
                kinds.append(QUOTE)
                at += 1
            else:
                block = _only_block(lines, at)
                if block:
                    # A header block marked as quote, and below it the text that is not.
                    _drop_above(lines, kinds)
                    kinds += [QUOTE] * (count - len(kinds))
                    return "".join(kinds), True
                kinds.append(QUOTE)
                at += 1
            since = at
            continue
        if mark == "c":
            _drop_above(lines, kinds)
            kinds += [QUOTE] * (count - len(kinds))
            return "".join(kinds), True
        if mark:
            if mark == "s":
                # The delimiter stands just outside what the program marked.
                last = len(kinds) - 1
                while last >= 0 and kinds[last] == BLANK:
                    last -= 1
                if last >= 0 and kinds[last] == NEW and lines[last].strip() in ("--", "—"):
                    kinds[last] = SIGNATURE
            else:
                introduced = True
                if (not kinds or kinds[-1] != QUOTE) and _only_marked_block(lines, marks, at):
                    # Gmail marks the header block of what is forwarded, not the mail below.
                    _drop_above(lines, kinds)
                    kinds += [QUOTE] * (count - len(kinds))
                    return "".join(kinds), True
            kinds.append(QUOTE if mark == "q" else SIGNATURE)
            at += 1
            since = at
            continue
        stripped = line.strip()
        if not stripped:
            kinds.append(BLANK)
            at += 1
            continue
        if prefix and line.lstrip().startswith(prefix):
            kinds.append(QUOTE)
            at += 1
            since = at
            continue
        if (
            stripped[0] not in _FIRST
            and stripped[-1] not in _LAST
            and stripped.find(":", 0, 40) < 0
            and stripped.find("：", 0, 40) < 0
            and (not kinds or kinds[-1] != QUOTE)
            and stripped[stripped.rfind(" ") + 1 :].lower() not in _LAST_WORDS
        ):
            # Nothing about it says quote: nearly every line of nearly every mail.
            kinds.append(NEW)
            at += 1
            continue
        if (
            stripped[0] == ">"
            and _is_quoted(line)
            and not (
                at > since and stripped.endswith(":") and ends_broken_intro(stripped, lines[at - 1])
            )
        ):
            kinds.append(QUOTE)
            at += 1
            since = at
            if stripped[-1] == ":" and has_verb(stripped):
                introduced = True
                prefix = prefix or _prefix_at(lines, _next(lines, at))
            continue
        if kinds and kinds[-1] == QUOTE and _is_wrapped_quote(lines, at):
            kinds.append(QUOTE)
            at += 1
            continue
        if tries < MAX_TRIES and reply_above(stripped):
            introduced = True
            if tries < MAX_TRIES and NEW in kinds:
                kinds += [QUOTE] * (count - at)
                break
            tries += 1
            kinds.append(QUOTE)
            at += 1
            since = at
            continue
        intro = _intro(lines, marks, at, since, stripped) if tries < MAX_TRIES else None
        if intro is None:
            tries += 1
            kinds.append(NEW)
            at += 1
            continue
        introduced = True
        begin, length = intro
        while len(kinds) > begin:
            kinds.pop()
        _drop_above(lines, kinds)
        at = _past_attribution(lines, marks, begin + length)
        kinds += [QUOTE] * (at - len(kinds))
        following = _next(lines, at)
        if following < count and not _quoted_at(lines, marks, following):
            prefix = _prefix_at(lines, following)
        if following >= count or not (prefix or _quoted_at(lines, marks, following)):
            kinds += [QUOTE] * (count - at)
            break
        kinds += [QUOTE] * (following - at)
        at = since = following
    return "".join(kinds), introduced


def _past_attribution(lines: Sequence[str], marks: Sequence[str] | None, at: int) -> int:
    """Where the quote itself begins: some programs write "Original Message" and "On … wrote:"."""
    begin = _next(lines, at)
    for end in range(begin, min(begin + 3, len(lines))):
        line = lines[end].strip()
        if not line or line[0] == ">":
            break
        if line[-1] in ":：":
            after = _next(lines, end + 1)
            quoted = after < len(lines) and _quoted_at(lines, marks, after)
            if quoted and attribution(lines, end, begin, quoted=True) == begin:
                return end + 1
    return at


def _drop_above(lines: Sequence[str], kinds: list[str]) -> None:
    """The rule, title or addresses that stand above a header block belong to it."""
    last = len(kinds)
    while last:
        if kinds[last - 1] != BLANK:
            line = lines[last - 1]
            if not (
                _RULE.fullmatch(line)
                or is_title(line)
                or (line.rstrip().endswith(";") and label_kind(line) in ("to", "cc", "subject"))
            ):
                break
        last -= 1
    if any(kinds[index] != BLANK for index in range(last, len(kinds))):
        del kinds[last:]


def _is_quoted(line: str) -> bool:
    """`>` lines, but not `>>> print(1)` of a pasted session or `->`."""
    return len(line) - len(line.lstrip()) <= 3


def _only_block(lines: Sequence[str], at: int) -> int:
    """Length of the marked lines from `at` when they are a header block and nothing else,
    with text below; else 0."""
    if lines[at][:4] == ">>> " and _GROUPWISE.fullmatch(lines[at]):
        below = _next(lines, at + 1)
        return int(below < len(lines) and lines[below][:1] != ">")
    if label_kind(lines[at]) not in ("from", "date", "subject"):
        return 0
    end = at
    while end < len(lines) and lines[end][:1] == ">" and end - at < 12:
        end += 1
    below = _next(lines, end)
    if (
        below >= len(lines)
        or lines[below][:1] == ">"
        or any(not label_kind(line) and line.strip("> \t") for line in lines[at:end])
    ):
        return 0
    return end - at if header_block(lines[at:end], 0) else 0


def _only_marked_block(lines: Sequence[str], marks: Sequence[str] | None, at: int) -> bool:
    """Is what HTML marks as quote from `at` on a header block and nothing else?"""
    first = lines[at].strip()
    if not first or not (first[0] in _FIRST or label_kind(first) or first[-1] in ":："):
        return False
    length = separator(lines, at) or header_block(lines, at)
    end = at
    while marks and end < len(lines) and marks[end] == "q" and end - at <= length:
        end += 1
    return length > 1 and end - at <= length


def _is_wrapped_quote(lines: Sequence[str], at: int) -> bool:
    """The end of a long quoted line that some program broke off without its `>`."""
    before = lines[at - 1].rstrip()
    return (
        len(before) >= 72
        and before.lstrip()[:1] == ">"
        and before[-1] not in ".?!:;)"
        and len(lines[at]) < 60
        and at + 1 < len(lines)
        and lines[at + 1].lstrip()[:1] == ">"
    )


def _quoted_at(lines: Sequence[str], marks: Sequence[str] | None, at: int) -> bool:
    return lines[at].lstrip()[:1] == ">" or bool(marks and marks[at] == "q")


def _prefix_at(lines: Sequence[str], at: int) -> str:
    """`|`, `»` or `Ann>` when the lines from `at` are quoted with it; else empty."""
    if at >= len(lines):
        return ""
    match = _PREFIX.match(lines[at])
    if match is None:
        return ""
    prefix = match.group(1)
    after = at + 1
    if lines[at].rstrip().endswith("|") or (
        after < len(lines)
        and lines[after].strip()
        and not lines[after].lstrip().startswith((prefix, ">"))
    ):
        return ""
    return prefix


def _next(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _intro(
    lines: Sequence[str], marks: Sequence[str] | None, at: int, since: int, stripped: str
) -> tuple[int, int] | None:
    """First line and number of lines of an introduction to a quote around line `at`."""
    if stripped[0] in _FIRST or stripped[-1] in ":：":
        length = separator(lines, at)
        if length:
            return at, length
    colon = stripped.find(":", 0, 40)
    kind = label_kind(stripped) if colon > 0 or "：" in stripped[:30] else ""
    if kind == "from":
        length = header_block(lines, at)
        if length:
            return at, length
    elif kind in ("date", "subject", "to"):
        # Thunderbird and some web mailers begin with Subject or Date.
        length = header_block(lines, at)
        if length >= 3:
            return at, length
    head, gap, _ = stripped.partition(":  ")
    if gap and "@" in head and is_attribution(f"{head}:"):
        # Yahoo's app writes the old text on the same line.
        return at, 1
    following = -1
    # Written from right to left the colon may stand first.
    if stripped[-1] in ":：" or stripped[0] == ":" or stripped.endswith((":*", ": *", ":_", "：*")):
        following = _next(lines, at + 1)
        quoted = following < len(lines) and (
            _quoted_at(lines, marks, following) or bool(_prefix_at(lines, following))
        )
    elif at + 1 < len(lines) and (stripped[-1] == ">" or ends_with_verb(stripped)):
        # "On … wrote" without its colon.
        following = _next(lines, at + 1)
        quoted = following < len(lines) and _quoted_at(lines, marks, following)
        if following - at > 2 or (not quoted and stripped[-1] == ">"):
            return None
    else:
        return None
    begin = attribution(lines, at, since, quoted=quoted)
    return (begin, at - begin + 1) if begin >= 0 else None
