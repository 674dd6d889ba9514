"""What a file is by its first bytes, as far as Telegram asks."""

from __future__ import annotations

import struct

SOI = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"
HEAD = 256 * 1024
"""Bytes that are looked at: a JPEG's size stands behind its thumbnail and profiles."""


def picture_size(head: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG, PNG or still WEBP; None: it is none of these."""
    try:
        if head.startswith(PNG) and head[12:16] == b"IHDR":
            width, height = struct.unpack(">II", head[16:24])
            # An animated one (acTL before its data) would stand still as a photo.
            return None if b"acTL" in head[:4096] else (width, height)
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return _webp(head)
        if head.startswith(SOI):
            return _jpeg(head)
    except (struct.error, IndexError):
        pass
    return None


def is_voice(head: bytes) -> bool:
    """OGG whose first stream is Opus (RFC 7845 §3)."""
    return head.startswith(b"OggS") and b"OpusHead" in head[:128]


def is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:11] not in (b"M4A", b"M4B", b"qt ", b"hei", b"avi")


def is_audio(head: bytes) -> bool:
    """MP3 or M4A, which the players show with their title."""
    mp3 = head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)
    return mp3 or (head[4:8] == b"ftyp" and head[8:11] == b"M4A")


def is_gif(head: bytes) -> bool:
    return head.startswith((b"GIF87a", b"GIF89a"))


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        if head[20] & 0x02:  # animated
            return None
        return (
            1 + int.from_bytes(head[24:27], "little"),
            1 + int.from_bytes(head[27:30], "little"),
        )
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        (length,) = struct.unpack(">H", head[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
