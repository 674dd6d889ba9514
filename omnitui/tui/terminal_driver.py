"""Who else had the terminal: it is taken back whole, by one reader and one writer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from omnitui.tui.terminal import CATCH_UP


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
        set the terminal as it likes it."""
        writer = self._writer_thread
        # The kernel sends SIGCONT with SIGHUP, too: then there is no terminal any more.
        if writer is None or not os.isatty(self.fileno):
            return
        if writer._queue.qsize() or not select.select([], [self.fileno], [], 0)[1]:
            # Its writer would be waited for as long as nobody reads.
            asyncio.get_running_loop().call_later(CATCH_UP, self._take_back)
            return
        self._must_signal_resume = True
        self.suspend_application_mode()
        self.resume_application_mode()
