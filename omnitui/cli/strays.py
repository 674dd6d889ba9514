"""Errors that nobody is there to catch: of a task that nobody waits for, of a thread, of an object
at its end. Python writes them on the terminal, over a screen or after its last sentence."""

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

from omnitui.cli.failure import of_shortage, shortage, write_down

BEGINS = "omnitui: "
"""So do all sentences."""


class _Stray(Protocol):
    """What Python's hooks are told."""

    @property
    def exc_value(self) -> BaseException | None: ...


class _Sentences:
    """A stream that writes what we say; not what Python does, which has no memory for its hooks.
    Where it leads is gone once the line was cut: then there is nobody to tell, and no error."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if text.startswith(BEGINS):
            try:
                self._stream.write(text)
                self._stream.flush()
            except OSError:
                # What is left of it would be tried again at the very end, and fail there.
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def keep_off_the_terminal(state: Path) -> None:
    """To the very end of this process a bug is written down in the directory `state`, want of
    memory or files is not, nor a terminal that is gone, and libraries warn and log nowhere."""

    def met(stray: _Stray) -> None:
        try:
            error = stray.exc_value
            # Who writes to a terminal that is gone finds out so, who outlives the screen as well.
            hung_up = isinstance(error, OSError) and error.errno == errno.EIO
            late = isinstance(error, RuntimeError) and "loop is closed" in str(error)
            if (
                isinstance(error, Exception)
                and not hung_up
                and not late
                and shortage(error) is None
            ):
                write_down(error, state)
        except Exception:  # noqa: S110 - no memory for it either, or modules are gone by now
            pass

    nothing_left = f"{BEGINS}{of_shortage(files=False)}\n".encode()

    def end(kind: type[BaseException], *_error: object) -> None:
        if issubclass(kind, Exception):  # there was not even memory to explain one
            os.write(2, nothing_left)

    sys.excepthook = end
    sys.stderr = cast("TextIO", _Sentences(sys.stderr))
    sys.unraisablehook = met
    threading.excepthook = met
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
