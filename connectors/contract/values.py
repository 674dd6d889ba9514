"""Addresses and files, which both directions share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Millis = int
"""UTC milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Address:
    """`ann@example.org`, a Telegram user id, a visitor id; and the name shown for it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """A content that is still with the channel: the engine has it fetched later (`Fetches`), so
    that no text waits for a file."""

    reference: str
    """What its connector finds it by; opaque to everybody else. A JSON object may name the content
    as `unique`: an edit with the same one has the same file."""
    size: int | None = None
    """Bytes; None when the channel does not say."""
    refusal: str = ""
    """Why it can never be fetched (too large for this channel), a sentence; empty: it can."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its bytes in memory, a path when it is large, or still at the channel."""

    name: str
    type: str
    content: bytes | Path | Remote
    inline: bool = False
    content_id: str = ""

    def read(self) -> bytes:
        """Raises `TypeError` for one that is not here yet."""
        if isinstance(self.content, Remote):
            raise TypeError(f"{self.name} has not been fetched yet")
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(frozen=True, slots=True)
class Deflated:
    """A content in zlib's format (RFC 1950), made where it holds nobody up."""

    sha256: str
    """Of the content, in hex."""
    size: int
    """Bytes of the content."""
    data: bytes
