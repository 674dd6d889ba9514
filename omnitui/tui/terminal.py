"""What the terminal itself is told: its title, a bell, a notice to the desktop."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from textual.app import App

from omnitui.tui.look.background import knows_osc
from omnitui.tui.text.safe_text import one_line

PUSH_TITLE = "\x1b[22;2t"
POP_TITLE = "\x1b[23;2t"
BELL = "\x07"
END = "\x1b\\"
"""String terminator (ECMA-48 §8.3.143)."""
LONGEST = 200
"""Characters of a notice: more is not read, and terminals cut it anyway."""

MOST_WAITING = 20
"""Pieces of output that may wait for the terminal; Textual would wait with thirty."""
CATCH_UP = 0.2
"""Seconds between looks whether a terminal reads again what is written."""
LAST_WORDS = 5.0
"""Seconds in which a terminal takes what is written last."""

Notice = Literal["osc9", "osc99", "osc777", "bell"]
"""How a terminal is asked to notify."""


def notice_for(environ: Mapping[str, str]) -> Notice:
    """Which of the ways this terminal knows, by the names it gives itself.

    OSC 99: kitty. OSC 777: urxvt, foot, Ghostty, VTE. OSC 9: iTerm2, WezTerm, Windows Terminal,
    and what others most often understand or ignore. Consoles and old terminals would print any.
    """
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "").lower()
    if not knows_osc(environ):
        return "bell"
    if "kitty" in term or "KITTY_WINDOW_ID" in environ:
        return "osc99"
    of_777 = ("rxvt", "foot", "xterm-ghostty", "contour")
    if term.startswith(of_777) or program == "ghostty" or "VTE_VERSION" in environ:
        return "osc777"
    return "osc9"


def notice(way: Notice, title: str, text: str) -> str:
    """The control sequence; title and text may be anything."""
    title, text = one_line(title)[:LONGEST], one_line(text)[:LONGEST]
    match way:
        case "osc99":
            # One identifier: the next notice takes the place of this one.
            head = f"\x1b]99;i=omnitui:d=0:p=title;{title}{END}"
            return f"{head}\x1b]99;i=omnitui:d=1:p=body;{text}{END}"
        case "osc777":
            return f"\x1b]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}{END}"
        case "osc9":
            # ConEmu and Windows Terminal take a number and a semicolon for other commands.
            words = f"{title}: {text}"
            return f"\x1b]9;{' ' if words[:1].isdigit() else ''}{words}{END}"
    return BELL


def through(sequence: str, environ: Mapping[str, str]) -> str:
    """`sequence` so that tmux or screen hands it to the terminal around (tmux: where
    `allow-passthrough` is on, else it drops it)."""
    if sequence == BELL:
        return sequence
    if "TMUX" in environ:
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}{END}"
    if "STY" in environ:
        # A string terminator within would end the whole; BEL ends an OSC as well.
        return f"\x1bP{sequence.replace(END, BELL)}{END}"
    return sequence


class Terminal:
    """Writes control sequences through the app's own driver, so that none is cut in two."""

    def __init__(self, app: App[None], environ: Mapping[str, str] = os.environ) -> None:
        self._app = app
        self._environ = environ
        self._title = ""
        self._behind = False

    def set_title(self, title: str) -> None:
        """OSC 2 (xterm control sequences, "Set window title"); only when it changed."""
        title = one_line(title)
        if title != self._title and knows_osc(self._environ):
            if not self._title:
                self.send(PUSH_TITLE)
            self._title = title
            self.send(f"\x1b]2;{title}\x07")

    def restore_title(self) -> None:
        if self._title:
            self._title = ""
            self.send(POP_TITLE)

    def notify(self, title: str, text: str) -> None:
        """A notice on the desktop; the bell where the terminal has no way to ask for one."""
        way = notice_for(self._environ)
        self.send(through(notice(way, title, text), self._environ))

    def bell(self) -> None:
        self.send(BELL)

    @property
    def waiting(self) -> int:
        """Pieces of output that the terminal has not taken yet."""
        writer = getattr(self._app._driver, "_writer_thread", None)
        return 0 if writer is None else int(writer._queue.qsize())

    @property
    def takes_nothing(self) -> bool:
        """Nobody reads at the other end (a laptop that sleeps): a further write might wait for
        ever, and with it the screen."""
        return self.waiting >= MOST_WAITING

    def is_behind(self, caught_up: Callable[[], None]) -> bool:
        """Whether nothing should be drawn, since nobody reads it; `caught_up` is called once they
        do again."""
        if not self._behind and self.takes_nothing:
            self._behind = True
            self._app.set_timer(CATCH_UP, partial(self._look, caught_up))
        return self._behind

    def _look(self, caught_up: Callable[[], None]) -> None:
        if self.waiting:
            self._app.set_timer(CATCH_UP, partial(self._look, caught_up))
            return
        self._behind = False
        caught_up()

    def end_anyway(self) -> None:
        """Everything is kept, and the process shall end: it does not wait for a terminal that
        takes nothing."""
        if self.waiting:
            timer = threading.Timer(LAST_WORDS, os._exit, (0,))
            timer.daemon = True
            timer.start()

    def mute(self) -> None:
        """There is no terminal any more: Textual's writer has died on the first write, and
        once its queue is full a further one would block for ever."""
        driver: Any = self._app._driver
        if driver is not None:
            driver.write = lambda _data: None
            driver.flush = lambda: None
            writer = getattr(driver, "_writer_thread", None)
            if writer is not None:
                writer._queue.maxsize = 0  # ending puts one more into it

    def send(self, data: str) -> None:
        """Control sequences, after what has been written before."""
        driver = self._app._driver
        if driver is not None and not self._app.is_headless and not self.takes_nothing:
            driver.write(data)
            driver.flush()
