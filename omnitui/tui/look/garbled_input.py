"""What comes from the terminal and is no text, or a report that cannot be: it is passed over.

A byte of another encoding (a terminal in Latin-1, Alt as the eighth bit), a key whose number no
character has, a window without cells: Textual's reader would end with the program. Only the end of
the terminal ends it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

from textual._parser import Parser
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

_GARBLED = (ArithmeticError, LookupError, TypeError, ValueError)


class SteadyParser(XTermParser):
    """Textual's, which goes on after what it cannot understand."""

    def feed(self, data: str) -> Iterator[Message]:
        try:
            yield from super().feed(data)
        except _GARBLED:
            self._begin_anew()

    def tick(self) -> Iterator[Message]:
        try:
            yield from super().tick()
        except _GARBLED:
            self._begin_anew()

    def _begin_anew(self) -> None:
        Parser.__init__(self)


def bear() -> None:
    """From now on, where Textual reads this process's terminal."""
    linux_driver.XTermParser = SteadyParser  # type: ignore[attr-defined]
    linux_driver.getincrementaldecoder = _lenient  # type: ignore[attr-defined]


def _lenient(encoding: str) -> Any:
    """Raises `EOFError` where the terminal is gone: Textual would ask it again and again, at the
    price of a processor, in a session that nobody sees."""

    def decoder() -> codecs.IncrementalDecoder:
        made = codecs.getincrementaldecoder(encoding)("replace")
        decode = made.decode

        def read(data: bytes, final: bool = False) -> str:
            if not data and not final:
                raise EOFError
            return decode(data, final)

        made.decode = read  # type: ignore[method-assign, assignment]
        return made

    return decoder
