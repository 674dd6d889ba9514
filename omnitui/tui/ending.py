"""The end of a screen, where there is no memory for it: what it takes is there from the start."""

from __future__ import annotations

import contextlib
import os
import signal
import termios
from typing import Any

from config.i18n import _
from store.errors import is_shortage

WITHIN = 12
"""Seconds in which the process ends once the screen has been left."""
FAILED_WITHIN = 3
"""The same of one that failed, once its store has been let go of."""
AGAIN = 1
"""Seconds after which that is tried again, if there was no memory for it."""
LEFT = (
    b"\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2031l"
    b"\x1b[?1004l\x1b[<u\x1b[?1049l\x1b[?25h"
)
"""Everything that Textual and the screen turn on is off, and the shell's lines are back."""


class Ending:
    """Made before the screen begins."""

    def __init__(self) -> None:
        self._code = 0
        self._last_words = b""
        why = _("This login is given no more processes or memory: end what is not needed, or"
                " ask for higher limits (ulimit -u, ulimit -v).")  # fmt: skip
        self._short = f"omnitui: {why}\n".encode()
        self._modes: list[Any] | None = None
        with contextlib.suppress(termios.error):
            self._modes = termios.tcgetattr(1)
        signal.signal(signal.SIGALRM, self._end)

    def begins(self) -> None:
        """Everything is kept, and the process ends, whatever its threads still wait for: one that
        could not begin for want of memory is waited for for ever."""
        signal.setitimer(signal.ITIMER_REAL, WITHIN, AGAIN)

    def failed(self, error: BaseException) -> None:
        """Give the terminal back as it was: nobody knows how far Textual has come with that."""
        self._code = 1
        if is_shortage(error):
            self._last_words = self._short
        if self._modes is not None:
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(1, termios.TCSANOW, self._modes)
                os.write(1, LEFT)

    def is_over(self) -> None:
        """The store is closed, if it can be; from here on others say what went wrong."""
        self._last_words = b""
        if self._code:
            signal.setitimer(signal.ITIMER_REAL, FAILED_WITHIN, AGAIN)

    def _end(self, *_signal: object) -> None:
        try:
            os.write(2, self._last_words)
        finally:
            os._exit(self._code)
