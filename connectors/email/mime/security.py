"""Signed and encrypted mail: what can be shown of it, without any key.

Nothing is verified. Opaque S/MIME (RFC 8551) is unwrapped by a BER reader of its own: a few
fields are needed, of an input that may be hostile and 50 MB large, without copies of it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Literal

MAX_CONTENT = 64 << 20
MAX_DEPTH = 16
MAX_PIECES = 200_000

_SIGNED = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_ENVELOPED = (
    bytes.fromhex("2a864886f70d010703"),
    bytes.fromhex("2a864886f70d0109100117"),  # authenticated
)
_SEQUENCE, _SET, _OID, _OCTETS, _CONTEXT_0 = 0x30, 0x31, 0x06, 0x04, 0xA0


@dataclass(frozen=True, slots=True)
class Unwrapped:
    kind: Literal["signed", "compressed", "encrypted", "unknown"]
    content: bytes = b""
    """The mail part inside, when it can be had."""


class _Malformed(ValueError):
    pass


def unwrap_cms(data: bytes, most: int = MAX_CONTENT) -> Unwrapped:
    """The content of a CMS structure (RFC 5652), also of one in another; of compressed ones
    at most `most` bytes. Never raises."""
    try:
        found, further = _content_info(data, most)
        for _ in range(MAX_DEPTH):
            if not further:
                break
            deeper, further = _content_info(found.content, most)
            # One at a time in memory: each may be as large as the mail.
            found = deeper if deeper.content or deeper.kind == "encrypted" else Unwrapped("signed")
    except (_Malformed, IndexError, zlib.error):
        return Unwrapped("unknown")
    return found


def _content_info(data: bytes, most: int) -> tuple[Unwrapped, bool]:
    """What is in it, and whether that is another one."""
    _, start, end = _expect(data, 0, len(data), _SEQUENCE)
    _, at, oid_end = _expect(data, start, end, _OID)
    kind = data[at:oid_end]
    if kind in _ENVELOPED:
        return Unwrapped("encrypted"), False
    if kind not in (_SIGNED, _COMPRESSED):
        return Unwrapped("unknown"), False
    _, start, end = _expect(data, oid_end, end, _CONTEXT_0)
    _, start, end = _expect(data, start, end, _SEQUENCE)
    at = _skip(data, start, end)  # version
    at = _skip(data, at, end)  # digest algorithms, or the compression's
    _, start, end = _expect(data, at, end, _SEQUENCE)
    _, at, oid_end = _expect(data, start, end, _OID)
    inner = data[at:oid_end]
    if oid_end >= end or data[oid_end] != _CONTEXT_0:
        return Unwrapped("signed" if kind == _SIGNED else "unknown"), False  # detached
    _, start, end = _expect(data, oid_end, end, _CONTEXT_0)
    content = _octets(data, start, end)
    if kind == _COMPRESSED:
        # No bytes left would mean "as many as there are" to zlib.
        content = zlib.decompressobj().decompress(content, most) if most > 0 else b""
        return Unwrapped("compressed", content), False
    return Unwrapped("signed", content), inner in (_SIGNED, _COMPRESSED, *_ENVELOPED)


def _head(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, start and end of the value at `at`; an indefinite one ends at `end`."""
    if at + 2 > end:
        raise _Malformed
    tag, length = data[at], data[at + 1]
    at += 2
    if tag & 31 == 31:
        raise _Malformed
    if length == 0x80:
        return tag, at, end
    if length > 0x80:
        count = length & 0x7F
        if count > 8 or at + count > end:
            raise _Malformed
        length = int.from_bytes(data[at : at + count], "big")
        at += count
    return tag, at, min(at + length, end)


def _expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int, int]:
    found = _head(data, at, end)
    if found[0] != tag:
        raise _Malformed
    return found


def _skip(data: bytes, at: int, end: int) -> int:
    """Past the element at `at`, also one of indefinite length with others in it."""
    depth = 0
    for _ in range(MAX_PIECES):
        indefinite = data[at + 1] == 0x80
        _, start, stop = _head(data, at, end)
        if indefinite:
            depth += 1
            at = start
        else:
            at = stop
        while depth and data[at : at + 2] == b"\0\0":
            at += 2
            depth -= 1
        if not depth:
            return at
    raise _Malformed


def _octets(data: bytes, at: int, end: int) -> bytes:
    """An OCTET STRING, in one piece or in many (BER), nested or not: the leaves in order."""
    tag, start, stop = _head(data, at, end)
    if tag == _OCTETS:
        return data[start:stop]
    if tag != _OCTETS | 0x20:
        raise _Malformed
    pieces: list[bytes] = []
    at = start
    for _ in range(MAX_PIECES):
        if at + 2 > stop:
            break
        tag, start, piece_end = _head(data, at, stop)
        if tag == _OCTETS:
            pieces.append(data[start:piece_end])
            at = piece_end
        elif tag == _OCTETS | 0x20:
            at = start
        elif tag == 0:  # the end of an indefinite one
            at += 2
            if data[at : at + 1] not in (b"\x04", b"\x24", b"\x00"):
                break
        else:
            break
    return b"".join(pieces)


_ARMOUR = re.compile(r"^-----(BEGIN|END) PGP (SIGNED MESSAGE|MESSAGE|SIGNATURE)-----[ \t]*$", re.M)


@dataclass(frozen=True, slots=True)
class Armoured:
    text: str
    """Without the armour of signatures; a mark stands where an encrypted block stood."""
    signed: bool = False
    encrypted: tuple[str, ...] = ()
    """The encrypted blocks as they stood."""


def without_armour(text: str) -> Armoured:
    """Inline PGP (RFC 9580 §6, 7): signed text to read, encrypted blocks apart."""
    out: list[str] = []
    encrypted: list[str] = []
    signed = False
    at = 0
    inside = ""  # the block in which `at` is
    for match in _ARMOUR.finditer(text):
        begins, kind = match.group(1) == "BEGIN", match.group(2)
        if not inside and begins and kind != "SIGNATURE":
            out.append(text[at : match.start()])
            inside, at = kind, match.start() if kind == "MESSAGE" else match.end()
        elif inside == "SIGNED MESSAGE" and begins and kind == "SIGNATURE":
            signed = True
            out.append(_undashed(_after_headers(text[at : match.start()])))
            inside, at = "SIGNATURE", match.end()
        elif inside == "MESSAGE" and not begins and kind == "MESSAGE":
            encrypted.append(text[at : match.end()] + "\n")
            out.append("[encrypted with PGP]\n")
            inside, at = "", match.end()
        elif inside == "SIGNATURE" and not begins and kind == "SIGNATURE":
            inside, at = "", match.end()
    if inside == "MESSAGE":
        encrypted.append(text[at:])
        out.append("[encrypted with PGP]\n")
    elif inside == "SIGNED MESSAGE":
        out.append(_undashed(_after_headers(text[at:])))
        signed = True
    elif inside == "":
        out.append(text[at:])
    return Armoured("".join(out).strip("\n") if at else text, signed, tuple(encrypted))


def _after_headers(text: str) -> str:
    """`Hash: SHA256` and the like end at the first empty line."""
    head, empty, rest = text.lstrip("\n").partition("\n\n")
    if empty and all(re.match(r"[A-Za-z-]+:", line) for line in head.split("\n")):
        return rest
    return text.lstrip("\n")


def _undashed(text: str) -> str:
    return "\n".join(line.removeprefix("- ") for line in text.split("\n"))
