"""yEnc (draft 1.3): files written into a text byte by byte, whole or in several parts.

The kept package for it is made for one news program's own needs and wants a C compiler; the
decoding itself is one line of `bytes.translate`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAX_FILES = 200

_BEGIN = re.compile(rb"^=ybegin ([^\r\n]*)\r?\n", re.M)
_PART = re.compile(rb"\A=ypart ([^\r\n]*)\r?\n")
_END = re.compile(rb"^=yend(?: ([^\r\n]*))?\r?$", re.M)
_NAME = re.compile(rb"(?:^| )name=(.*)\Z")
_WORD = re.compile(rb"(\w+)=([0-9A-Fa-f]+)")
_ESCAPED = re.compile(rb"=([\s\S])")
_SHIFT = bytes((value - 42) % 256 for value in range(256))
_UNESCAPE = {bytes([value]): bytes([(value - 64) % 256]) for value in range(256)}


@dataclass(frozen=True, slots=True)
class YencFile:
    name: str
    content: bytes
    start: int
    """Offset of its `=ybegin` line; `end` is past its `=yend` line."""
    end: int
    part: int = 0
    """From 1; 0: the file is whole."""
    total: int = 0
    size: int = 0
    """Of the whole file."""
    offset: int = 0
    """Bytes of the file before this part."""
    defect: str = ""


def yencoded(data: bytes) -> Iterator[YencFile]:
    """The files in `data`, in order. Never raises; without `=yend` a file goes to the end."""
    at = 0
    for _ in range(MAX_FILES):
        begin = _BEGIN.search(data, at)
        if begin is None:
            return
        words, name = _words(begin.group(1))
        body = begin.end()
        part = _PART.match(data[body : body + 400])
        place: dict[bytes, int] = {}
        if part is not None:
            place, _ = _words(part.group(1))
            body += part.end()
        end = _END.search(data, body)
        stop = end.start() if end else len(data)
        content = _decode(data[body:stop])
        at = end.end() if end else len(data)
        yield YencFile(
            name=name.decode("utf-8", "replace"),
            content=content,
            start=begin.start(),
            end=at,
            part=words.get(b"part", 0),
            total=words.get(b"total", 0),
            size=words.get(b"size", 0),
            offset=max(0, place.get(b"begin", 1) - 1),
            defect=_defect(content, words, end, part is not None or b"part" in words),
        )


def _decode(data: bytes) -> bytes:
    data = data.replace(b"\r", b"").replace(b"\n", b"")
    if b"=" in data:
        data = _ESCAPED.sub(lambda match: _UNESCAPE[match.group(1)], data)
    return data.translate(_SHIFT)


def _words(line: bytes) -> tuple[dict[bytes, int], bytes]:
    """`part=1 line=128 size=5 name=a b.txt`: the name is last and may hold anything."""
    name = _NAME.search(line)
    found: dict[bytes, int] = {}
    for key, value in _WORD.findall(line[: name.start()] if name else line):
        if key in (b"crc32", b"pcrc32"):
            found[key] = int(value[:16], 16) & 0xFFFFFFFF
        elif value.isdigit() and len(value) < 16:
            found[key] = int(value)
    return found, name.group(1).strip().strip(b'"') if name else b""


def _defect(
    content: bytes, words: dict[bytes, int], end: re.Match[bytes] | None, in_parts: bool
) -> str:
    if end is None:
        return "yEnc without its end"
    closing, _ = _words(end.group(1) or b"")
    size = closing.get(b"size", words.get(b"size") if not in_parts else None)
    if size is not None and size != len(content):
        return f"yEnc of {len(content)} bytes that should be {size}"
    crc = closing.get(b"pcrc32" if in_parts else b"crc32")
    if crc is not None and crc != zlib.crc32(content):
        return "yEnc with a wrong checksum"
    return ""
