"""Who else had the terminal: it is taken back, by the one reader and the one writer there are."""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from typing import Any

from textual import constants
from textual.drivers.linux_driver import (
    KITTY_DISAMBIGUATE_ESCAPE_CODES,
    KITTY_REPORT_ALL_KEYS,
    KITTY_REPORT_ASSOCIATED_TEXT,
    LinuxDriver,
)

from omnitui.tui.terminal import CATCH_UP

_KITTY = KITTY_DISAMBIGUATE_ESCAPE_CODES | KITTY_REPORT_ALL_KEYS | KITTY_REPORT_ASSOCIATED_TEXT


class TerminalDriver(LinuxDriver):
    """Textual's begins anew at each SIGCONT, beside what reads and writes already: after a
    `kill -STOP` and `-CONT` two threads would share out what is typed."""

    def _sigcont_application(self, *about: Any) -> None:
        if self._must_signal_resume or not self._auto_restart:  # it gave the terminal away itself
            super()._sigcont_application(*about)
            return
        with contextlib.suppress(RuntimeError):  # it ends
            asyncio.get_running_loop().call_soon_threadsafe(self._take_back)

    def _take_back(self) -> None:
        """Nobody said that it would stop (SIGSTOP): its shell may have written over the screen and
        set the terminal as it likes it. What was typed meanwhile stays."""
        # The kernel sends SIGCONT with SIGHUP, too: then there is no terminal any more.
        if self._writer_thread is None or not os.isatty(self.fileno):
            return
        if self._writer_thread._queue.qsize():  # nobody reads: a write might wait for ever
            asyncio.get_running_loop().call_later(CATCH_UP, self._take_back)
            return
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(self.fileno)
            modes[tty.LFLAG] = self._patch_lflag(modes[tty.LFLAG])
            modes[tty.IFLAG] = self._patch_iflag(modes[tty.IFLAG])
            modes[tty.CC][termios.VMIN] = 1
            termios.tcsetattr(self.fileno, termios.TCSANOW, modes)
        # As it begins, but the keyboard's mode is set (CSI = … u), not put upon the one before.
        keyboard = "" if constants.DISABLE_KITTY_KEY else f"\x1b[={_KITTY};1u"
        self.write(f"\x1b[?1049h\x1b[?25l\x1b[?1004h{keyboard}")
        self._query_in_band_window_resize()
        self._enable_bracketed_paste()
        self._disable_line_wrap()
        self._enable_mouse_support()
        self._app.post_message(self.SignalResume())
