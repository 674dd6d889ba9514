"""Content-Transfer-Encoding undone (RFC 2045 §6), for bodies that keep to it and that don't."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.email.mime.headers import Data
from connectors.email.mime.yenc import yencoded

KNOWN = {
    "": "8bit", "7bit": "8bit", "8bit": "8bit", "binary": "8bit", "8-bit": "8bit",
    "7-bit": "8bit", "8 bit": "8bit", "7 bit": "8bit", "none": "8bit", "utf-8": "8bit",
    "base64": "base64", "base-64": "base64", "b": "base64",
    "quoted-printable": "qp", "quoted printable": "qp", "quotedprintable": "qp", "q": "qp",
    "x-uuencode": "uu", "uuencode": "uu", "x-uue": "uu", "uue": "uu",
    "x-yencode": "yenc", "yenc": "yenc", "x-yenc": "yenc",
}  # fmt: skip
CHUNK = 3 << 20
MAX_FILES = 500
"""Files that are looked for in one text."""

_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_INNER_SPACE = re.compile(rb"\S[ \t]+\S")
_UU_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]+)\r?$", re.MULTILINE)


def undo(data: bytes, encoding: str, *, text: bool) -> tuple[bytes, str]:
    """The content behind `encoding`, and a defect or "".

    Base64 that a text part only claims is given back as it stands."""
    kind = KNOWN.get(encoding)
    if kind == "8bit":
        return data, ""
    if kind == "qp":
        if b"= " in data or b"=\t" in data:
            data = _SOFT_BREAK.sub(b"=", data)
        return binascii.a2b_qp(data), ""
    if kind == "base64":
        if text and _is_prose(data[:400].strip()) and len(data.split(None, 9)) > 4:
            return data, "declared base64, but is plain text"
        return _base64(data)
    if kind == "uu":
        found = next(uuencoded(data), None)
        return (found.content, found.defect) if found else (data, "declared uuencode, but is not")
    if kind == "yenc":
        file = next(yencoded(data), None)
        return (file.content, file.defect) if file else (data, "declared yEnc, but is not")
    return data, f"unknown Content-Transfer-Encoding {encoding[:40]!a}"


def _is_prose(head: bytes) -> bool:
    return (b" " in head or b"\t" in head) and _INNER_SPACE.search(head) is not None


def _base64(data: bytes) -> tuple[bytes, str]:
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        digits = _NOT_BASE64.sub(b"", data)
        decoded = b"".join(_pieces(digits))
        return decoded, "damaged base64"
    # Decoding stops at padding: base64 pieces glued together go on after it.
    at = data.find(b"=")
    if at >= 0 and data[at:].strip(b"= \t\r\n"):
        digits = _NOT_BASE64.sub(b"", data)
        return b"".join(_pieces(digits)), "damaged base64"
    return decoded, ""


def _pieces(digits: bytes) -> Iterator[bytes]:
    for piece in re.split(rb"=+", digits):
        if len(piece) % 4 == 1:
            piece = piece[:-1]
        if piece:
            yield binascii.a2b_base64(piece + b"==")


def write_decoded(
    data: Data, start: int, end: int, encoding: str, write: Callable[[bytes], object]
) -> tuple[int, str]:
    """Like `undo` in steps of CHUNK bytes, for large attachments; returns size and defect."""
    kind = KNOWN.get(encoding)
    size = 0
    if kind not in ("base64", "8bit"):
        content, defect = undo(bytes(data[start:end]), encoding, text=False)
        write(content)
        return len(content), defect
    left = b""
    defect = ""
    for at in range(start, end, CHUNK):
        piece = bytes(data[at : min(end, at + CHUNK)])
        if kind == "base64":
            piece = left + _NOT_BASE64.sub(b"", piece)
            keep = len(piece) % 4 if at + CHUNK < end else 0
            left, piece = (piece[-keep:], piece[:-keep]) if keep else (b"", piece)
            piece, wrong = _base64(piece)
            defect = defect or wrong
        write(piece)
        size += len(piece)
    return size, defect


@dataclass(frozen=True, slots=True)
class UuFile:
    name: str
    content: bytes
    start: int
    """Offset of its `begin` line; `end` is past its `end` line."""
    end: int
    defect: str = ""


def uuencoded(data: bytes) -> Iterator[UuFile]:
    """Files written inline as `begin 644 name … end`, in order; each line is looked at once.

    A text that only talks of `begin 644 x` is none; a file without its `end` is one."""
    at = count = 0
    while count < MAX_FILES and (begin := _UU_BEGIN.search(data, at)) is not None:
        name = begin.group(2).decode("utf-8", "replace").strip().strip('"')
        read = _read_base64_lines if begin.group(1) else _read_uu_lines
        content, at, ended = read(data, begin.end() + 1)
        if content or ended:
            count += 1
            yield UuFile(
                name, bytes(content), begin.start(), at, "" if ended else "uuencode cut off"
            )


def _lines(data: bytes, at: int) -> Iterator[tuple[bytes, int]]:
    """Lines from `at`, each with the offset of its line end."""
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        yield data[at:end].rstrip(b"\r"), end
        at = end + 1


def _read_uu_lines(data: bytes, at: int) -> tuple[bytearray, int, bool]:
    """The content, where it ends, and whether `end` stands there."""
    content = bytearray()
    stop = min(at, len(data))
    for line, end in _lines(data, at):
        if line.rstrip() == b"end":
            return content, end, True
        if line.strip():
            count = (line[0] - 32) & 63
            length = (count * 4 + 2) // 3
            # Trailing spaces may be lost; a word of prose has another length.
            if not 32 <= line[0] <= 96 or not length - 3 <= len(line) - 1 <= length + 4:
                break
            try:
                content += binascii.a2b_uu(line[: length + 1])
            except binascii.Error:
                break
        stop = end
    return content, stop, False


def _read_base64_lines(data: bytes, at: int) -> tuple[bytearray, int, bool]:
    """`begin-base64` of POSIX, which ends with `====`."""
    content = bytearray()
    stop = min(at, len(data))
    for line, end in _lines(data, at):
        if line.rstrip() == b"====":
            return content, end, True
        if _NOT_BASE64.search(line.rstrip()):
            break
        content += _base64(line)[0]
        stop = end
    return content, stop, False
