"""Asks the terminal for its background colour, without waiting for the answer, and to say when that
changes.

OSC 11 with a question mark (xterm control sequences, "Change VT100 text background color")
is answered with the colour, by terminals that know it, among what is typed. With mode 2031 set
(Contour's "Dark and Light Mode detection", also of kitty, Ghostty, foot, tmux) a terminal that
turns dark or light says so by DSR 997. Textual takes either for keys, so they are taken out before
Textual reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Protocol

from textual.drivers import linux_driver
from textual.message import Message

from omnitui.tui.look.garbled_input import SteadyParser
from omnitui.tui.look.themes import Side

QUESTION = "\x1b]11;?\x1b\\"
FOLLOW, LEAVE_OFF = "\x1b[?2031h", "\x1b[?2031l"
REPORT = re.compile(r"\x1b\[\?997;([12])n")
"""1: dark, 2: light."""
UNFINISHED_REPORT = re.compile(r"\x1b\[\?(?:9(?:9(?:7(?:;[12]?)?)?)?)?\Z")
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
        self._follows = False

    def asked(self) -> None:
        """The question was put, and changes will be told."""
        self._asked_at = monotonic()
        self._follows = True

    def take(self, data: str) -> str:
        """What of `data` is for Textual. Nothing is held back where nothing was asked."""
        data, self._held = self._held + data, ""
        if self._follows and "\x1b[?" in data:
            data = self._without_reports(data)
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
                data, self._held = data[: begun.start()], data[begun.start() :] + self._held
        self._escaped = data.endswith("\x1b") or (self._escaped and not data)
        return data

    def _without_reports(self, data: str) -> str:
        for found in REPORT.finditer(data):
            self._told("dark" if found[1] == "1" else "light")
        data = REPORT.sub("", data)
        if begun := UNFINISHED_REPORT.search(data):
            data, self._held = data[: begun.start()], data[begun.start() :]
        return data


class Listener(Protocol):
    """Takes answers to other questions out, in the thread that reads the terminal."""

    def take(self, data: str) -> str: ...

    def overdue(self) -> str:
        """What was held back for too long to be an answer."""


class _Parser(SteadyParser):
    """Textual's, which makes one for each terminal."""

    answers: Answers | None = None
    listener: Listener | None = None

    def feed(self, data: str) -> Iterator[Message]:
        if self.answers is not None and data:
            data = self.answers.take(data)
            if data and self.listener is not None:
                data = self.listener.take(data)
            if not data:
                return iter(())
        return super().feed(data)

    def tick(self) -> Iterator[Message]:
        if self.listener is not None and (typed := self.listener.overdue()):
            yield from super().feed(typed)
        yield from super().tick()


def listen(told: Callable[[Side], None]) -> Answers:
    """Hear answers on this process's terminal from now on; `told` is called in the thread that
    reads it. Call it before the terminal is read."""
    answers = Answers(told)
    _Parser.answers = answers
    linux_driver.XTermParser = _Parser  # type: ignore[attr-defined]
    return answers


def hear(listener: Listener) -> bool:
    """Let it hear what the terminal answers, too; False where nobody listens to the terminal."""
    if _Parser.answers is None:
        return False
    _Parser.listener = listener
    return True
