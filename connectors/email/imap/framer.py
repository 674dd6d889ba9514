"""A stream of bytes cut into IMAP responses: lines with the literals inside them.

aioimaplib cuts by recursion, one frame a line, and guesses where a FETCH ends by counting
parentheses. Here the grammar decides (RFC 3501 §4.3): a line that ends in `{n}` is followed
by n bytes, whatever they are, and goes on behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Response = tuple[bytes, ...]
"""A line; or line, literal, rest of the line, literal, … Every second piece is a literal."""

LONGEST_LINE = 64 * 2**20
"""Bytes: SEARCH names every UID of a mailbox in one line."""
LARGEST_LITERAL = 256 * 2**20
"""Bytes: larger mails are asked for in pieces, so no server has a reason to send more."""

_LITERAL = re.compile(rb"\{(\d{1,19})\+?\}\Z")
# The human-readable part of these may end like a literal (RFC 3501 §7.1).
_TEXT = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)\b", re.I)


class NotImap(Exception):
    """The bytes cannot be IMAP: the connection is of no more use."""


class Framer:
    """Feed it what arrives, in any portions; it yields each response once it is whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._pieces: list[bytes] = []
        self._literal = -1
        """Size of the literal being waited for; -1: a line is."""
        self._searched = 0
        """Bytes of the buffer known to hold no line end."""

    def feed(self, data: bytes) -> Iterator[Response]:
        """Raises `NotImap` for what would fill the memory."""
        buffer = self._buffer
        buffer += data
        start = 0
        try:
            while True:
                if self._literal >= 0:
                    if len(buffer) - start < self._literal:
                        return
                    self._pieces.append(bytes(buffer[start : start + self._literal]))
                    start += self._literal
                    self._literal = -1
                    self._searched = start
                end = buffer.find(b"\r\n", max(start, self._searched))
                if end < 0:
                    self._searched = max(start, len(buffer) - 1)
                    if len(buffer) - start > LONGEST_LINE:
                        raise NotImap
                    return
                line = bytes(buffer[start:end])
                start = self._searched = end + 2
                self._pieces.append(line)
                self._literal = self._literal_after(line)
                if self._literal < 0:
                    response = tuple(self._pieces)
                    self._pieces.clear()
                    yield response
        finally:
            del buffer[:start]
            self._searched = max(0, self._searched - start)

    @property
    def pending(self) -> bool:
        """Bytes are here that do not make a response yet."""
        return bool(self._buffer or self._pieces)

    def _literal_after(self, line: bytes) -> int:
        if not line.endswith(b"}"):
            return -1
        first = self._pieces[0]
        if not first.startswith(b"* ") or _TEXT.match(first):
            return -1
        found = _LITERAL.search(line)
        if found is None:
            return -1
        if int(found[1]) > LARGEST_LITERAL:
            raise NotImap
        return int(found[1])
