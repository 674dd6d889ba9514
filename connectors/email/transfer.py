"""Content-Transfer-Encoding undone (RFC 2045 §6), for bodies that keep to it and that don't."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator

from connectors.email.headers import Data

KNOWN = {
    "": "8bit", "7bit": "8bit", "8bit": "8bit", "binary": "8bit", "8-bit": "8bit",
    "7-bit": "8bit", "8 bit": "8bit", "7 bit": "8bit", "none": "8bit", "utf-8": "8bit",
    "base64": "base64", "base-64": "base64", "b": "base64",
    "quoted-printable": "qp", "quoted printable": "qp", "quotedprintable": "qp", "q": "qp",
    "x-uuencode": "uu", "uuencode": "uu", "x-uue": "uu", "uue": "uu",
}  # fmt: skip
CHUNK = 3 << 20

_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_INNER_SPACE = re.compile(rb"\S[ \t]+\S")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]*)\r?$", re.MULTILINE)
_UU_END = re.compile(rb"^(?:`\r?\n)?end[ \t]*\r?$", re.MULTILINE)


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
        if text and _INNER_SPACE.search(data[:400].strip()) and len(data.split(None, 9)) > 4:
            return data, "declared base64, but is plain text"
        return _base64(data)
    if kind == "uu":
        found = next(uuencoded(data), None)
        return (found[1], "") if found else (data, "declared uuencode, but is not")
    return data, f"unknown Content-Transfer-Encoding {encoding[:40]!a}"


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


def uuencoded(data: bytes) -> Iterator[tuple[str, bytes, int, int]]:
    """Files written inline as `begin 644 name … end`: name, content, start and end offset."""
    at = 0
    while True:
        begin = _UU_BEGIN.search(data, at)
        if begin is None:
            return
        end = _UU_END.search(data, begin.end())
        if end is None:
            return
        content = bytearray()
        for line in data[begin.end() : end.start()].splitlines():
            if not line.strip():
                continue
            try:
                content += binascii.a2b_uu(line)
            except binascii.Error:
                # Trailing junk after the counted characters (Python's own advice).
                count = (((line[0] - 32) & 63) * 4 + 5) // 3
                try:
                    content += binascii.a2b_uu(line[:count])
                except binascii.Error:
                    at = begin.end()
                    break
        else:
            name = begin.group(1).decode("utf-8", "replace").strip()
            yield name, bytes(content), begin.start(), end.end()
            at = end.end()
