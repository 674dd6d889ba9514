"""What the terminal itself is told: its title, a bell, a notice to the desktop."""

from __future__ import annotations

from typing import Any

from textual.app import App

from omnitui.tui.text.safe_text import one_line

PUSH_TITLE = "\x1b[22;2t"
POP_TITLE = "\x1b[23;2t"


class Terminal:
    """Writes control sequences through the app's own driver, so that none is cut in two."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._title = ""

    def set_title(self, title: str) -> None:
        """OSC 2 (xterm control sequences, "Set window title"); only when it changed."""
        title = one_line(title)
        if title != self._title:
            if not self._title:
                self._write(PUSH_TITLE)
            self._title = title
            self._write(f"\x1b]2;{title}\x07")

    def restore_title(self) -> None:
        if self._title:
            self._title = ""
            self._write(POP_TITLE)

    def notify(self, text: str) -> None:
        """OSC 9 (iTerm2, kitty, WezTerm, Windows Terminal); others ignore it."""
        self._write(f"\x1b]9;{one_line(text)}\x07")

    def bell(self) -> None:
        self._write("\x07")

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

    def _write(self, sequence: str) -> None:
        driver = self._app._driver
        if driver is not None and not self._app.is_headless:
            driver.write(sequence)
            driver.flush()
