"""The header block of a mail or a part: found, unfolded and split, however broken.

Values stay raw bytes here; `words`, `addresses`, `dates` and `parameters` read them.
Everything is bounded: a header block of a megabyte costs milliseconds.
"""

# ruff: noqa: SIM905 - a table of words
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from mmap import mmap

from connectors.email.mime import words

Data = bytes | mmap

MAX_BLOCK = 4 << 20
MAX_FIELDS = 5_000
MAX_VALUE = 64 << 10
"""Bytes of one value that is text for people; address lists may be MAX_LIST."""
MAX_LIST = 1 << 20

_FOLD = re.compile(rb"\n(?=[ \t])")
_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_CONTENT_LINE = re.compile(rb"[!-9;-~]{1,200}:[ \t]")

_KNOWN = frozenset(
    "from to cc bcc date subject sender reply-to message-id in-reply-to references received"
    " return-path mime-version delivered-to envelope-to comments keywords importance priority"
    " precedence status user-agent organization thread-index thread-topic auto-submitted"
    " errors-to return-receipt-to disposition-notification-to newsgroups feedback-id"
    " authentication-results apparently-to sensitivity encoding lines mailing-list".split()
)
_KNOWN_BEGINNINGS = (
    "x-",
    "content-",
    "list-",
    "resent-",
    "arc-",
    "dkim-",
    "received-",
    "original-",
)


class Headers:
    """Fields in order, names lower case. Lookups are by lower-case name."""

    __slots__ = ("_by_name", "_fields")

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self._fields = fields
        by_name: dict[str, list[bytes]] = {}
        for name, value in fields:
            if name in by_name:
                by_name[name].append(value)
            else:
                by_name[name] = [value]
        self._by_name = by_name

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def raw(self, name: str) -> bytes:
        """The first value, unfolded; empty when there is none."""
        values = self._by_name.get(name)
        return values[0] if values else b""

    def all(self, name: str) -> Sequence[bytes]:
        """Every value in order."""
        return self._by_name.get(name, ())

    def text(self, name: str, fallback: str = "") -> str:
        """The first value for people: decoded, one line; empty when there is none."""
        value = self.raw(name)
        return words.text(value[:MAX_VALUE], fallback) if value else ""

    def token(self, name: str) -> str:
        """The first value up to a `;`, lower case, comments dropped: for keywords."""
        value = self.raw(name)[:1000]
        if not value:
            return ""
        plain = value.decode("ascii", "replace").partition(";")[0]
        return re.sub(r"\([^)]*\)", " ", plain).strip().lower()


def is_mail(headers: Headers) -> bool:
    """Is one of them a header that mails have? Else they are lines of a text with colons."""
    return any(name in _KNOWN or name.startswith(_KNOWN_BEGINNINGS) for name, _ in headers)


def read_headers(data: Data, start: int, end: int) -> tuple[Headers, int, list[str]]:
    """The header block at `start`; returns it, where the body begins, and defects."""
    if data[start : start + 1] == b"\n":
        return Headers([]), start + 1, []
    if data[start : start + 2] == b"\r\n":
        return Headers([]), start + 2, []
    defects: list[str] = []
    limit = min(end, start + MAX_BLOCK)
    stop, body = _end_of_header(data, start, limit)
    if stop == limit < end:
        defects.append("header block longer than 4 MiB, cut")
    block = bytes(data[start:stop])
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
        if b"\r" in block:
            block = block.replace(b"\r", b"\n")
    lines = _FOLD.sub(b"", block).split(b"\n")
    fields: list[tuple[str, bytes]] = []
    if lines[0][:1] in (b" ", b"\t") and _NAME.match(lines[0].strip()):
        lines[0] = lines[0].strip()
        defects.append("the first header line begins with a space")
    for index, line in enumerate(lines):
        name, colon, value = line.partition(b":")
        if colon and name and b" " not in name and b"\t" not in name and name.isascii():
            fields.append((name.decode("ascii").lower(), value.strip()))
        elif _NAME.match(line):
            fields.append((name.strip().decode("ascii").lower(), value.strip()))
        elif not line or line.startswith((b"From ", b">From ")):
            continue
        elif _is_body(lines[index : index + 6]):
            # The empty line is missing: the body begins here.
            defects.append("no empty line between header and body")
            body = _offset_of(data, start, stop, line, lines[:index])
            break
        else:
            defects.append(f"not a header line: {line[:40]!r}")
        if len(fields) >= MAX_FIELDS:
            defects.append(f"more than {MAX_FIELDS} header fields, the rest skipped")
            break
    return Headers(fields), body, defects[:20]


def _end_of_header(data: Data, start: int, limit: int) -> tuple[int, int]:
    """Where the header block stops and the body begins: around the first empty line of
    any kind (CRLF, LF, CR or a mixture), else both at `limit`."""
    unix = data.find(b"\n\n", start, limit)
    dos = data.find(b"\n\r\n", start, limit if unix < 0 else unix)
    if dos >= 0:
        return dos, dos + 3
    if unix >= 0:
        return unix, unix + 2
    mac = data.find(b"\r\r", start, limit)
    if mac >= 0 and data.find(b"\n", start, mac) < 0:
        return mac, mac + 2
    return limit, limit


def _is_body(lines: Sequence[bytes]) -> bool:
    """True unless header fields go on right after the odd line."""
    rest = [line for line in lines[1:6] if line]
    return not rest or not all(_CONTENT_LINE.match(line) for line in rest[:2])


def _offset_of(data: Data, start: int, stop: int, line: bytes, before: Sequence[bytes]) -> int:
    """Where `line` begins in the data. Unfolded lines before it hide their breaks, so look
    for it; the first hit at or after the least possible offset is it."""
    least = start + sum(len(each) + 1 for each in before)
    at = data.find(line[:64], max(start, least - 2), stop)
    return at if at >= 0 else stop
