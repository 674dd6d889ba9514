"""A mail as it came, read piece by piece: of fifty megabytes only what is on the screen.

A place in the mail is an offset in bytes. From any place the lines after it and before it
can be had without reading the rest; what has no line breaks is cut at `LONGEST`.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from omnitui.tui.text.safe_text import safe

LONGEST = 2000
"""Bytes of a line shown as one; a longer one goes on in the next row."""

PIECE = 1 << 16
"""Bytes searched at once."""

_SURROGATE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class RawLine:
    """One row."""

    start: int
    """Its place, which is also its key."""
    end: int
    text: str
    """Safe: every control character made visible, bytes that are no UTF-8 as `⟨9B⟩`."""


class RawText:
    """A content in memory, or in a file that is mapped for each question and never changed."""

    def __init__(self, content: bytes | Path) -> None:
        self._content = content
        self.size = len(content) if isinstance(content, bytes) else content.stat().st_size

    def after(self, start: int, most: int) -> list[RawLine]:
        """Up to `most` rows from the place `start` on. Raises OSError."""
        found: list[RawLine] = []
        with self._open() as data:
            while start < self.size and len(found) < most:
                end = _end_of(data, start, self.size)
                found.append(RawLine(start, end, shown(data[start:end])))
                start = end
        return found

    def before(self, end: int, most: int) -> list[RawLine]:
        """Up to `most` rows that end at the place `end`. Raises OSError."""
        found: list[RawLine] = []
        with self._open() as data:
            while end > 0 and len(found) < most:
                start = _start_of(data, end)
                for row in reversed(_rows(data, start, end)):
                    found.append(row)
                end = start
        return found[:most][::-1]

    def line_at(self, place: int) -> int:
        """The place at which the line that holds `place` begins. Raises OSError."""
        with self._open() as data:
            return _start_of(data, min(place + 1, self.size)) if self.size else 0

    def find(self, needle: str, start: int, direction: int) -> int | None:
        """Where `needle` stands next, in any case of ASCII letters. Raises OSError."""
        wanted = re.compile(re.escape(needle.encode("utf-8", "surrogateescape")), re.IGNORECASE)
        with self._open() as data:
            overlap = len(needle) * 4
            if direction > 0:
                return _first_from(wanted, data, start, overlap)
            return _last_before(wanted, data, start, overlap)

    def copy_to(self, path: Path) -> None:
        """Write all of it to a file that was not there before. Raises OSError."""
        with path.open("xb") as target, self._open() as data:
            for at in range(0, self.size, 1 << 20):
                target.write(data[at : at + (1 << 20)])

    @contextmanager
    def _open(self) -> Iterator[bytes | mmap.mmap]:
        if isinstance(self._content, bytes) or not self.size:
            yield self._content if isinstance(self._content, bytes) else b""
            return
        with (
            self._content.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            yield mapped


def shown(line: bytes) -> str:
    """One line's bytes as text that a terminal may have."""
    text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")
    text = _SURROGATE.sub(lambda found: f"⟨{ord(found[0]) - 0xDC00:02X}⟩", text)
    return safe(text.replace("\r", "␍").replace("\x0b", "␋").replace("\x0c", "␌"))


def _end_of(data: bytes | mmap.mmap, start: int, size: int) -> int:
    found = data.find(b"\n", start, start + LONGEST)
    if found >= 0:
        return found + 1
    return _character_end(data, start, min(size, start + LONGEST))


def _character_end(data: bytes | mmap.mmap, start: int, end: int) -> int:
    """`end`, or before the UTF-8 character that stands across it."""
    at = end
    while at > max(start + 1, end - 4) and at < len(data) and data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _start_of(data: bytes | mmap.mmap, end: int) -> int:
    """Where the line that ends at `end` begins; not farther back than some long rows."""
    least = max(0, end - LONGEST * 8)
    return data.rfind(b"\n", least, end - 1) + 1 or least


def _rows(data: bytes | mmap.mmap, start: int, end: int) -> Sequence[RawLine]:
    rows = []
    while start < end:
        stop = min(_end_of(data, start, end), end)
        rows.append(RawLine(start, stop, shown(data[start:stop])))
        start = stop
    return rows


def _first_from(
    wanted: re.Pattern[bytes], data: bytes | mmap.mmap, start: int, overlap: int
) -> int | None:
    """The first match from a place on. In pieces: between them other threads have their turn."""
    while start < len(data):
        end = start + PIECE
        found = wanted.search(data, start, min(end + overlap, len(data)))
        if found:
            return found.start()
        start = end
    return None


def _last_before(
    wanted: re.Pattern[bytes], data: bytes | mmap.mmap, before: int, overlap: int
) -> int | None:
    """The last match that begins before a place."""
    end = before
    while end > 0:
        start = max(0, end - PIECE)
        found = [m.start() for m in wanted.finditer(data, start, min(end + overlap, len(data)))]
        found = [at for at in found if at < end]
        if found:
            return found[-1]
        end = start
    return None
