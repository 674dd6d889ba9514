"""How much is believed of a relay: whatever it sends, memory and disk have an end here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final, Literal

import httpx
from httpx_sse import ServerSentEvent

LARGEST_ANSWER: Final = 2 * 1024 * 1024
"""Bytes of an answer that is no file: the longest is the widget."""
LARGEST_EVENT: Final = 16 * 1024 * 1024
"""Characters of an event: a message of the most that a relay may be set to take (1 MiB), each of
its characters escaped, twice over."""
LARGEST_HELLO: Final = 64 * 1024 * 1024
"""The same of a stream's first, which lists who is there."""
KEPT: Final = 1024 * 1024
"""Characters that are kept of an event which cannot be read."""
WAITING: Final = 2 * LARGEST_EVENT
"""Characters of events that wait for the store; beyond, the relay waits."""
LARGEST_FILE: Final = 2 * 1024**3
"""Bytes of a file, whatever the relay says that it takes."""
UNTOLD_FILE: Final = 100 * 1024 * 1024
"""The same while it has not said what it takes, or of a file whose size it does not tell."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_OF_A_LINE = 64
_LINES = 100
"""What is still passed on behind the largest event: its number, if that comes last."""


class TooLarge(Exception):
    """An answer has no end."""


async def whole(answer: httpx.Response) -> httpx.Response:
    """An answer that is being streamed, read. Raises `TooLarge`, `httpx.HTTPError`."""
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise TooLarge
    told = ("content-type", "retry-after")
    headers = {name: answer.headers[name] for name in told if name in answer.headers}
    return httpx.Response(
        answer.status_code, headers=headers, content=bytes(body), request=answer.request
    )


class Bounded:
    """A streamed answer as `httpx_sse.EventSource` reads it; what is beyond the largest event is
    left out. Cut short, an event is no JSON any more, and has its number all the same."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self.headers = answer.headers

    async def aiter_text(self) -> AsyncIterator[str]:
        bound = Bound(LARGEST_HELLO)
        async for text in self._answer.aiter_text():
            if kept := bound.passed(text):
                yield kept
            if bound.events:
                bound.most = LARGEST_EVENT


class Bound:
    """Server-sent events piece by piece, whatever the pieces; of each event the first `most`
    characters."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.events = 0
        """Seen so far."""
        self._size = 0
        self._line = self._kept = 0
        """Characters of the line that is being read, and those of them that were passed on."""
        self._beyond = 0
        """Lines of this event behind its largest size."""
        self._half: Literal["", "passed", "dropped"] = ""
        """What was done with a return at the end of the last piece: a line feed goes with it."""

    def passed(self, text: str) -> str:
        """What of a piece is passed on."""
        out: list[str] = []
        at = 0
        if text and self._half:
            if text[0] == "\n":
                at = 1
                out.append("\n" if self._half == "passed" else "")
            self._half = ""
        while at < len(text):
            found = _LINE_END.search(text, at)
            stop = found.start() if found else len(text)
            self._take(text[at:stop], out)
            if found is None:
                break
            passed = self._end(found[0], out)
            at = found.end()
            if at == len(text) and found[0] == "\r":
                self._half = "passed" if passed else "dropped"
        return "".join(out)

    def _take(self, piece: str, out: list[str]) -> None:
        room = self.most - self._size
        if self._beyond:
            room = _OF_A_LINE - self._kept if self._beyond < _LINES else 0
        kept = piece[: max(0, room)]
        if kept:
            out.append(kept)
        self._line += len(piece)
        self._kept += len(kept)
        self._size += len(kept)

    def _end(self, end: str, out: list[str]) -> bool:
        """Whether the end of a line is passed on: not of one of which nothing is left, which
        would look like the end of the event."""
        passed = self._line == 0 or self._kept > 0
        if passed:
            out.append(end)
        if self._line == 0:
            self.events += 1
            self._size = self._beyond = 0
        elif self._size >= self.most:
            self._beyond += 1
        self._line = self._kept = 0
        return passed


class Waiting(asyncio.Queue[ServerSentEvent]):
    """Events that wait for the store, by their number and by their size."""

    _size = 0

    def _put(self, item: ServerSentEvent) -> None:
        self._size += len(item.data)
        super()._put(item)

    def _get(self) -> ServerSentEvent:
        item = super()._get()
        self._size -= len(item.data)
        return item

    def full(self) -> bool:
        return super().full() or self._size >= WAITING
