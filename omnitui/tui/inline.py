"""Light Markdown inside one line, and links with the host they really lead to.

Ours alone: a customer's text never meets a markup parser that can do more than this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from omnitui.tui.safe_text import link_host

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


_URL = r"(?:https?|ftp)://[^\s<>\"⟨⟩]+|www\.[^\s<>\"⟨⟩]+\.[^\s<>\"⟨⟩]+"
_BARE = re.compile(_URL, re.IGNORECASE)
_FORMATTED = re.compile(
    r"```(?P<pre>[^`\n]+)```|`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\]\n]{1,300})\]\((?P<target>[^()\s]{1,2000})\)"
    rf"|(?P<url>{_URL})"
    r"|(?<![\w*])\*\*(?P<bold>(?![\s*])(?:(?!\*\*).)*(?<!\s))\*\*(?![\w*])"
    r"|(?<![\w*])\*(?P<star>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])__(?P<underline>(?![\s_])(?:(?!__).)*(?<!\s))__(?![\w_])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~~(?P<strike>(?![\s~])(?:(?!~~).)*(?<!\s))~~(?![\w~])"
    r"|(?<![\w|])\|\|(?P<spoiler>(?![\s|])(?:(?!\|\|).)*(?<!\s))\|\|(?![\w|])",
    re.IGNORECASE,
)
_EMPHASIS: dict[str, Kind] = {
    "bold": "bold",
    "star": "italic",
    "underline": "underline",
    "italic": "italic",
    "strike": "strike",
    "spoiler": "spoiler",
}
"""What stands between markers."""
_ESCAPED = re.compile(r"\\([*_~|`\[\]()])")
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
        if text:
            out.append(text)
            if kind:
                spans.append(Span(length, length + len(text), kind))
            length += len(text)

    if formatted and "\\" in line:
        line = _without_escapes(line)
    for found in (_FORMATTED if formatted else _LINK).finditer(line):
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

    A backslash before what would be none is one that somebody typed: `C:\\_old`.
    """
    escapes = [found.start() for found in _ESCAPED.finditer(line)]
    bare = _ESCAPED.sub(r"\1", line)
    markers = set(_markers(bare, 0))
    out: list[str] = []
    last = 0
    for number, at in enumerate(escapes):
        if at - number in markers:
            out += [line[last:at], _STAND_INS[line[at + 1]]]
            last = at + 2
    return "".join([*out, line[last:]])


def _markers(line: str, offset: int) -> Iterable[int]:
    """Where in a line there are characters that are read as markup."""
    for found in _FORMATTED.finditer(line):
        name = found.lastgroup
        if name is None or name == "url":
            continue
        content = found.span("label" if name in ("label", "target") else name)
        yield from range(offset + found.start(), offset + content[0])
        yield from range(offset + content[1], offset + found.end())
        if name in _EMPHASIS:
            yield from _markers(found[name], offset + content[0])


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
    """`inline` with every occurrence of `needle` (in any case) marked as found."""
    if not needle:
        return inline
    spans = list(inline.spans)
    for match in re.finditer(re.escape(needle), inline.text, re.IGNORECASE):
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
