"""Asks the terminal for its background colour, without waiting for the answer.

OSC 11 with a question mark (xterm control sequences, "Change VT100 text background color")
is answered with the colour, by terminals that know it, among what is typed. Textual takes an
answer for keys, so it is taken out before Textual reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

from omnitui.tui.look.themes import Side

QUESTION = "\x1b]11;?\x1b\\"
ANSWER = re.compile(r"\x1b?\]11;(?:rgba?:|#)([0-9a-fA-F/]{3,30})(?:\x07|\x1b\\)")
AFTER_ESCAPE = re.compile(r"\](?:11?)?")
PATIENCE = 3.0
"""Seconds for which the beginning of an answer is kept until the rest comes."""
UNFINISHED = re.compile(r"(?:\x1b\](?:11?)?|\x1b?\]11;[rgba:#0-9a-fA-F/]{0,35}\x1b?)\Z")
"""Never an Escape alone, which is a key; an answer cut behind it is known by the rest."""
SIMPLE = ("linux", "vt", "dumb", "unknown", "cons25", "ansi")
"""How terminals are called that print an OSC rather than carry it out."""


def knows_osc(environ: Mapping[str, str]) -> bool:
    """Whether operating system commands (ECMA-48 §8.3.89) do no harm on this terminal."""
    name = environ.get("TERM", "")
    return bool(name) and not name.startswith(SIMPLE)


def side_of(answer: str) -> Side | None:
    """Whether `1616/1818/1f1f` or `16181f` is dark; None for what is no colour."""
    parts = answer.split("/")
    if len(parts) == 1 and len(answer) % 3 == 0:
        size = len(answer) // 3
        parts = [answer[i : i + size] for i in range(0, len(answer), size)]
    if len(parts) < 3 or not all(parts[:3]):
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in parts[:3])
    return "light" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "dark"


class Answers:
    """What is typed, without the answer in it."""

    def __init__(self, told: Callable[[Side], None]) -> None:
        self._told = told
        self._held = ""
        self._escaped = False
        """The last that Textual got was an Escape: a key, or the beginning of an answer."""
        self._asked_at = -PATIENCE

    def asked(self) -> None:
        self._asked_at = monotonic()

    def take(self, data: str) -> str:
        """What of `data` is for Textual. Nothing is held back where nothing was asked."""
        data, self._held = self._held + data, ""
        if found := ANSWER.search(data):
            if side := side_of(found[1]):
                self._told(side)
            self._asked_at = -PATIENCE
            data = data[: found.start()] + data[found.end() :]
        elif monotonic() - self._asked_at < PATIENCE:
            begun = (AFTER_ESCAPE.fullmatch(data) if self._escaped else None) or (
                UNFINISHED.search(data)
            )
            if begun:
                data, self._held = data[: begun.start()], data[begun.start() :]
        self._escaped = data.endswith("\x1b") or (self._escaped and not data)
        return data


class _Parser(XTermParser):
    """Textual's, which makes one for each terminal."""

    answers: Answers | None = None

    def feed(self, data: str) -> Iterable[Message]:
        if self.answers is not None and data:
            data = self.answers.take(data)
            if not data:
                return ()
        return super().feed(data)


def listen(told: Callable[[Side], None]) -> Answers:
    """Hear answers on this process's terminal from now on; `told` is called in the thread that
    reads it. Call it before the terminal is read."""
    answers = Answers(told)
    _Parser.answers = answers
    linux_driver.XTermParser = _Parser  # type: ignore[attr-defined]
    return answers
