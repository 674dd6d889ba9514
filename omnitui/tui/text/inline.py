"""Light Markdown inside one line, and links with the host they really lead to.

Ours alone: a customer's text never meets a markup parser that can do more than this.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

from omnitui.tui.text.safe_text import link_host

Kind = Literal[
    "bold",
    "italic",
    "underline",
    "strike",
    "spoiler",
    "code",
    "link",
    "host",
    "warning",
    "found",
    "image",
    "site",
    "key",
    "quiet",
    "waiting",
    "error",
]


class Put(Protocol):
    def __call__(self, text: str, kind: Kind | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Inline:
    text: str
    spans: tuple[Span, ...]


JOINT = "\ufdda"
"""Stands for U+2060 in formatted text: beside markup it parts it from a word, and is no part of
the text. Safe text never holds it."""

_URL = rf"(?:https?|ftp)://[^\s<>\"⟨⟩{JOINT}]+|www\.[^\s<>\"⟨⟩{JOINT}]+\.[^\s<>\"⟨⟩{JOINT}]+"
# Never inside a word, but in scripts that put no spaces between words.
_WORD = (
    r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
    r"\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


def _between(mark: str, name: str) -> str:
    """What stands between two rows of exactly these marks, in a group called `name`."""
    one, row = re.escape(mark[0]), re.escape(mark)
    return (
        rf"(?<![\\{one}]){row}(?P<{name}>(?![\s{one}])(?:(?!{row}).)*(?<![\s{one}])){row}(?!{one})"
    )


_MARKS: Sequence[tuple[str, str, Kind]] = (
    ("***", "both", "bold"),
    ("**", "bold", "bold"),
    ("*", "star", "italic"),
    ("___", "lined", "underline"),
    ("__", "underline", "underline"),
    ("_", "italic", "italic"),
    ("~~", "strike", "strike"),
    ("||", "spoiler", "spoiler"),
)
"""Marks, the groups of what stands between them, and what it is."""
_EMPHASIS: dict[str, Kind] = {name: kind for _mark, name, kind in _MARKS}
_ITALIC_TOO = frozenset({"both", "lined"})


@cache
def _formatted() -> re.Pattern[str]:
    """Compiled when the first formatted text is read, not before the first frame."""
    emphasis = "|".join(_between(mark, name) for mark, name, _kind in _MARKS)
    return re.compile(
        r"```(?P<pre>[^`\n]+)```|(?<![\\`])`(?P<code>(?!\s)[^`\n]+(?<!\s))`(?!`)"
        r"|\[(?P<label>[^\]\n]{1,300})\]\((?P<target>[^()\s]{1,2000})\)"
        rf"|(?P<url>(?i:{_URL}))"
        rf"|(?<!{_WORD})(?:{emphasis})(?!{_WORD})"
    )


_ROWS = frozenset(mark for mark, _name, _kind in _MARKS)
_ROW = re.compile(r"[*_~|]+")
_LABELLED = re.compile(r"\[[^\]\n]{1,300}\]\([^()\s]{1,2000}\)")
_ESCAPE = re.compile(rf"(?P<joint>{JOINT}?)\\(?P<marks>\*+|_+|~+|\|+|`+|\[|\]|>|\\)")
_BEFORE_ESCAPE = "([{<\"'«„“‘¿¡*_~|"
_STAND_INS = {mark: chr(0xFDD0 + n) for n, mark in enumerate("*_~|`[]()")}
"""For an escaped character while the line is read: safe text never holds these."""
_MARKS_BACK = {ord(stand_in): mark for mark, stand_in in _STAND_INS.items()}
_LINK = re.compile(
    r"\[(?P<label>[^\]\n]{1,300})\]\((?P<target>[^()\s]{1,2000})\)"
    rf"| ?\((?P<behind>(?:https?|ftp)://[^\s<>\"⟨⟩()]+)\)"
    rf"| ?<(?P<angle>(?:https?|ftp)://[^\s<>\"⟨⟩]+)>|{_URL}"
    r"|(?P<image>\[(?:image|cid)(?:: ?[^\]\n]{0,120})?\])",
    re.IGNORECASE,
)
LONG_URL = 72
"""Cells from which a link in a customer's text is shown without its tail: nobody reads the
tracking codes, and `open` has it whole."""
SHORT_PATH = 32
"""Cells of a path that still tells something."""
_HOST_AT_END = re.compile(
    r"(?:https?://|\bwww\.)(?P<told>(?:[\w-]+\.)+\w{2,})(?:[/:?#]\S*)?$"
    r"|(?:^|[\s/@(])(?P<like>(?:[\w-]+\.)+(?:com|net|org|info|biz|io|co|gov|edu|[^\W\d_]{2}))"
    r"(?:[/?#]\S*)?$",
    re.IGNORECASE,
)
"""A text that ends in a host: any in what is written as an address of the web, else of
two-letter domains or the common ones, since `report.pdf` is no host."""
_HOST_IN_LABEL = re.compile(r"(?:\w[\w-]*\.)+\w{2,}", re.UNICODE)
_WORTH = re.compile(r"[`\[*_~|\\]|://|www\.", re.IGNORECASE)


def parse(line: str, *, formatted: bool) -> Inline:
    """One safe line as it is shown.

    Args:
        line: Already through `safe`.
        formatted: Whether its writer meant Markdown (our replies and notes). Otherwise
            only links are marked and not a character of the text is taken away.
    """
    if not _WORTH.search(line):
        return Inline(line, ())
    out: list[str] = []
    spans: list[Span] = []
    length = last = 0

    def put(text: str, kind: Kind | None = None) -> None:
        nonlocal length
        text = text.replace(JOINT, "")
        if text:
            out.append(text)
            if kind:
                spans.append(Span(length, length + len(text), kind))
            length += len(text)

    if formatted and "\\" in line:
        line = _without_escapes(line)
    for found in (_formatted() if formatted else _LINK).finditer(line):
        put(line[last : found.start()])
        last = found.end()
        name = found.lastgroup
        if name in ("label", "target"):
            _labelled(found["label"], found["target"], put)
        elif name in ("code", "pre"):
            put(found[name], "code")
        elif name in _EMPHASIS:
            kind = _EMPHASIS[name]
            inner = parse(found[name], formatted=True)
            start = length
            put(inner.text, kind)
            if name in _ITALIC_TOO and length > start:
                spans.append(Span(start, length, "italic"))
            spans.extend(Span(start + one.start, start + one.end, one.kind) for one in inner.spans)
        elif name == "image":
            put(found[name], "image")
        elif target := name in ("behind", "angle") and found[name]:
            _behind(target, line[: found.start()], found[0].strip()[:1], put)
        else:
            url = found[0]
            kept = _without_tail(url)
            _bare(kept, put, whole=formatted)
            put(url[len(kept) :])
    put(line[last:])
    # The stand-ins are a character each: no span moves.
    return Inline("".join(out).translate(_MARKS_BACK), tuple(spans))


def _without_escapes(line: str) -> str:
    """`line` with stand-ins for the characters that a backslash keeps from being markup.

    A backslash is one only by itself, before what would begin markup or ends what was begun
    so: those of `C:\\_old` and `¯\\_(ツ)_/¯` were typed.
    """
    out: list[str] = []
    last = 0
    begun: set[str] = set()
    for found in _ESCAPE.finditer(line):
        marks = found["marks"]
        if found["joint"] or _is_escape(line, found, begun):
            out += [line[last : found.start()], *(_STAND_INS.get(mark, mark) for mark in marks)]
            last = found.end()
    return "".join([*out, line[last:]])


def _in_word(character: str) -> bool:
    return bool(character) and re.match(_WORD, character) is not None


def _is_escape(line: str, found: re.Match[str], begun: set[str]) -> bool:
    """Whether the backslash of `found` is more than a backslash. `begun`: marks that one kept
    from beginning something; grows."""
    marks, at = found["marks"], found.start("marks")
    left = line[found.start() - 1 : found.start()]
    alone = not left or left.isspace() or left in _BEFORE_ESCAPE
    if marks[0] == "[":
        return alone and _LABELLED.match(line, at) is not None
    if marks[0] == "`":
        return alone and re.search(rf"(?<!`){marks}(?!`)", line[found.end() :]) is not None
    if marks not in _ROWS:
        return False
    row = _ROW.match(line, at)
    right = line[row.end() : row.end() + 1] if row else ""
    if alone and right and not right.isspace() and not _in_word(left):
        begun.add(marks)
        return True
    return marks in begun and bool(left) and not left.isspace() and not _in_word(right)


def links(text: str) -> list[str]:
    """The URLs in a text, in order, each once: what `open` offers."""
    found = [
        match["target"] or match["behind"] or match["angle"] or _without_tail(match[0])
        for match in _LINK.finditer(text)
        if not match["image"]
    ]
    # One that was cut when the mail was read leads nowhere.
    return list(dict.fromkeys(one for one in found if not one.endswith("…")))


def highlight(inline: Inline, needle: str) -> Inline:
    """`inline` with every occurrence of `needle` (in any case) marked as found: of each of its
    lines, if it has several."""
    if not needle:
        return inline
    spans = list(inline.spans)
    wanted = "|".join(re.escape(one) for one in needle.split("\n") if one)
    for match in re.finditer(wanted, inline.text, re.IGNORECASE) if wanted else ():
        spans.append(Span(match.start(), match.end(), "found"))
    return Inline(inline.text, tuple(spans))


def _labelled(label: str, target: str, put: Put) -> None:
    if target.lower().startswith("tg:"):  # somebody of the chat, by number
        put(label, "link")
        return
    host = link_host(target)
    if not host:  # a relative link, a javascript: one: not one of ours to follow
        put(f"[{label}]({target})")
        return
    put(label, "link")
    claimed = _HOST_IN_LABEL.search(label)
    lies = claimed is not None and not _same_site(claimed[0].lower(), host)
    if lies and not host.startswith("⚠"):
        host = f"⚠ {host}"
    put(f" ⟨{host}⟩", "warning" if host.startswith("⚠") else "host")


def _behind(target: str, text: str, bracket: str, put: Put) -> None:
    """A link's target in brackets after its text, as HTML mail is written out: its host."""
    host = link_host(target)
    label = text.rpartition("  ")[2].strip()
    if not host or not label:
        put(f" {bracket}" if text.endswith(" ") else bracket)
        _bare(target, put, whole=False)
        put(")" if bracket == "(" else ">")
        return
    found = _HOST_AT_END.search(label)
    claimed = (found["told"] or found["like"]).lower() if found else host
    if not _same_site(claimed, host) and not host.startswith("⚠"):
        host = f"⚠ {host}"
    put(" ")
    put(f"⟨{host}⟩", "warning" if host.startswith("⚠") else "site")


def _bare(url: str, put: Put, *, whole: bool) -> None:
    host = link_host(url if "://" in url else f"http://{url}")
    if not whole and host:
        url = _short(url, host)
    if host.startswith("⚠"):
        put(url, "link")
        put(f" ⟨{host}⟩", "warning")
        return
    at = url.lower().find(host)
    if at < 0:
        put(url, "link")
        return
    put(url[:at], "link")
    put(url[at : at + len(host)], "host")
    put(url[at + len(host) :], "link")


def _short(url: str, host: str) -> str:
    """A long URL up to where it stops telling anything."""
    if len(url) <= LONG_URL:
        return url
    at = url.lower().find(host.removeprefix("⚠ "))
    end = at + len(host.removeprefix("⚠ ")) if at >= 0 else url.find("/", 8)
    if end <= 0:
        return url[:LONG_URL] + "…"
    path = re.split(r"[?#;]", url[end:], maxsplit=1)[0]
    telling = len(path) <= SHORT_PATH and not re.search(r"[\w-]{20,}", path)
    return url[:end] + (f"{path.rstrip('/')}/…" if telling else "/…")


def _same_site(claimed: str, host: str) -> bool:
    claimed, host = claimed.removeprefix("www."), host.removeprefix("www.")
    return claimed == host or host.endswith("." + claimed)


def _without_tail(url: str) -> str:
    """Punctuation of the sentence is not part of the URL in it."""
    kept = url.rstrip(".,;:!?'»”’…")
    while kept.endswith((")", "]")) and kept.count(kept[-1]) > kept.count(
        "(" if kept[-1] == ")" else "["
    ):
        kept = kept[:-1].rstrip(".,;:!?")
    return kept
