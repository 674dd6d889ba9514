"""What the sender newly wrote, apart from quotes and signature.

Works on lines. Everything stays visible unless there is evidence that it is old: hiding
a sentence that a customer wrote is worse than showing one that they quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.email.attribution import (
    LAST_WORDS,
    attribution,
    ends_broken_intro,
    ends_with_verb,
    header_block,
    is_rule,
    label_kind,
    separator,
)
from connectors.email.signature import signature_start

MAX_LINES = 20_000
"""A text with more lines is shown whole after that many."""
MAX_TRIES = 1_000
"""Lines that look like the start of a quote and are none, after which no more are tried."""

_FIRST = frozenset(">-=_*—–")
_LAST = frozenset(":：>*_")
_NEW, _BLANK, _QUOTE, _SIGNATURE = "n", "b", "q", "s"


@dataclass(frozen=True, slots=True)
class Split:
    text: str
    """Newly written, in order; quotes between answers left out."""
    quoted: str = ""
    signature: str = ""
    interleaved: bool = False
    """Answers stand between quoted lines: they read best with them."""


def split_text(text: str) -> Split:
    """Split a plain text with `\\n` line ends."""
    if not text or text.isspace():
        return Split("")
    lines = text.split("\n")
    return split_lines(lines, None)


def split_lines(lines: Sequence[str], marks: Sequence[str] | None) -> Split:
    """Split lines; `marks` is what HTML said about each ("q", "s", "c" or "")."""
    kinds = _classify(lines[:MAX_LINES], marks)
    kinds += _NEW * (len(lines) - len(kinds))
    if _NEW in kinds and _SIGNATURE not in kinds:
        kinds = _find_signatures(lines, kinds)
    if _QUOTE not in kinds and _SIGNATURE not in kinds:
        return Split(_join(lines))
    return _assemble(lines, kinds)


def _classify(lines: Sequence[str], marks: Sequence[str] | None) -> str:
    kinds: list[str] = []
    count = len(lines)
    at = 0
    tries = 0
    since = 0  # the first line that an attribution may reach back to
    while at < count:
        line = lines[at]
        mark = marks[at] if marks else ""
        if not mark and line[:1] == ">" and line[-1:] != ":":
            kinds.append(_QUOTE)
            at += 1
            since = at
            continue
        if mark == "c":
            _drop_rules(lines, kinds)
            kinds += [_QUOTE] * (count - len(kinds))
            break
        if mark:
            if mark == "s":
                # The delimiter stands just outside what the program marked.
                last = len(kinds) - 1
                while last >= 0 and kinds[last] == _BLANK:
                    last -= 1
                if last >= 0 and kinds[last] == _NEW and lines[last].strip() in ("--", "—"):
                    kinds[last] = _SIGNATURE
            kinds.append(_QUOTE if mark == "q" else _SIGNATURE)
            at += 1
            since = at
            continue
        stripped = line.strip()
        if not stripped:
            kinds.append(_BLANK)
            at += 1
            continue
        if (
            stripped[0] not in _FIRST
            and stripped[-1] not in _LAST
            and stripped.find(":", 0, 40) < 0
            and stripped.find("：", 0, 40) < 0
            and (not kinds or kinds[-1] != _QUOTE)
            and stripped[stripped.rfind(" ") + 1 :].lower() not in LAST_WORDS
        ):
            # Nothing about it says quote: nearly every line of nearly every mail.
            kinds.append(_NEW)
            at += 1
            continue
        if (
            stripped[0] == ">"
            and _is_quoted(line)
            and not (
                at > since and stripped.endswith(":") and ends_broken_intro(stripped, lines[at - 1])
            )
        ):
            kinds.append(_QUOTE)
            at += 1
            since = at
            continue
        if kinds and kinds[-1] == _QUOTE and _is_wrapped_quote(lines, at):
            kinds.append(_QUOTE)
            at += 1
            continue
        intro = _intro(lines, marks, at, since, stripped) if tries < MAX_TRIES else None
        if intro is None:
            tries += 1
            kinds.append(_NEW)
            at += 1
            continue
        begin, length = intro
        while len(kinds) > begin:
            kinds.pop()
        _drop_rules(lines, kinds)
        at = begin + length
        kinds += [_QUOTE] * (at - len(kinds))
        following = _next(lines, at)
        if following >= count or not _quoted_at(lines, marks, following):
            kinds += [_QUOTE] * (count - at)
            break
        kinds += [_QUOTE] * (following - at)
        at = since = following
    return "".join(kinds)


def _drop_rules(lines: Sequence[str], kinds: list[str]) -> None:
    """The rule that stands above a header block belongs to it."""
    last = len(kinds)
    while last and (kinds[last - 1] == _BLANK or is_rule(lines[last - 1])):
        last -= 1
    if any(kinds[index] != _BLANK for index in range(last, len(kinds))):
        del kinds[last:]


def _is_quoted(line: str) -> bool:
    """`>` lines, but not `>>> print(1)` of a pasted session or `->`."""
    return len(line) - len(line.lstrip()) <= 3


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
    if (colon > 0 or "：" in stripped[:30]) and label_kind(stripped) == "from":
        length = header_block(lines, at)
        if length:
            return at, length
    elif colon > 0 and label_kind(stripped) in ("date", "subject", "to"):
        # Thunderbird and some web mailers begin with Subject or Date.
        length = header_block(lines, at)
        if length >= 3:
            return at, length
    following = -1
    if stripped[-1] in ":：" or stripped.endswith((":*", ": *", ":_")):
        following = _next(lines, at + 1)
        quoted = following < len(lines) and _quoted_at(lines, marks, following)
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


def _find_signatures(lines: Sequence[str], kinds: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(kinds):
        if kinds[at] == _QUOTE:
            out.append(_QUOTE)
            at += 1
            continue
        end = kinds.find(_QUOTE, at)
        end = len(kinds) if end < 0 else end
        start = signature_start(lines, at, end)
        out.append(kinds[at:start])
        out.append(_SIGNATURE * (end - start))
        at = end
    return "".join(out)


# Runs of one kind; empty lines belong to the run before them, leading ones to the first.
_RUN = re.compile(
    f"{_BLANK}*{_NEW}[{_NEW}{_BLANK}]*|{_QUOTE}[{_QUOTE}{_BLANK}]*"
    f"|{_SIGNATURE}[{_SIGNATURE}{_BLANK}]*|{_BLANK}+"
)


def _assemble(lines: Sequence[str], kinds: str) -> Split:
    new: list[str] = []
    quoted: list[str] = []
    signature: list[str] = []
    answers = 0
    for run in _RUN.finditer(kinds):
        piece = _join(lines[run.start() : run.end()])
        if not piece:
            continue
        kind = run.group().lstrip(_BLANK)[0]
        if kind == _NEW:
            new.append(piece)
            answers += bool(quoted)
        elif kind == _QUOTE:
            quoted.append(piece)
        else:
            signature.append(_signature(piece))
    after = kinds.rstrip(_BLANK + _SIGNATURE)
    return Split(
        "\n\n".join(new),
        "\n\n".join(quoted),
        "\n\n".join(signature),
        interleaved=answers > 1 or (answers == 1 and after.endswith(_QUOTE)),
    )


def _signature(text: str) -> str:
    """Without the delimiter above it."""
    first, _, rest = text.partition("\n")
    return rest.strip("\n") if first.strip() in ("--", "—", "–", "__", "___") else text


def _join(lines: Sequence[str]) -> str:
    """Lines as text: no spaces at line ends, at most two empty lines running, none outside."""
    text = "\n".join(lines).strip("\n")
    if " \n" not in text and "\n\n\n\n" not in text and "\t\n" not in text:
        return text.rstrip()
    out: list[str] = []
    blank = 0
    for line in lines:
        line = line.rstrip()
        blank = blank + 1 if not line else 0
        if blank <= 2:
            out.append(line)
    return "\n".join(out).strip("\n")
