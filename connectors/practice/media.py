"""Pictures and voices of practice customers: small real files, the same for the same number."""

from __future__ import annotations

import io
import math
import random
import struct
import wave
import zlib
from functools import lru_cache

VOICE_SECONDS = 7
_WIDTH, _HEIGHT = 320, 240


@lru_cache(maxsize=32)
def photo(number: int) -> bytes:
    """A PNG (RFC 2083): a parcel on a table, more or less."""
    chance = random.Random(number)  # noqa: S311 - not a secret
    sky = [chance.randrange(150, 230) for _ in range(3)]
    box = (chance.randrange(140, 200), chance.randrange(100, 140), chance.randrange(50, 90))
    left, top = chance.randrange(60, 120), chance.randrange(60, 100)
    rows = bytearray()
    for y in range(_HEIGHT):
        wall = bytes(max(0, colour - y // 4) for colour in sky)
        rows.append(0)
        if top < y < top + 100:
            side = bytes(box) * 57
            rows += wall * left + side + bytes((230, 220, 190)) * 16 + side
            rows += wall * (_WIDTH - left - 130)
        else:
            rows += wall * _WIDTH
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


@lru_cache(maxsize=8)
def voice(number: int) -> bytes:
    """A WAV of `VOICE_SECONDS`: somebody hums."""
    rate = 8000
    tone = 110 + number % 7 * 20
    samples = bytes(
        int(128 + 50 * math.sin(2 * math.pi * tone * t / rate) * math.sin(math.pi * t / rate) ** 2)
        for t in range(VOICE_SECONDS * rate)
    )
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        file.writeframes(samples)
    return kept.getvalue()
