"""Errors that nobody is there to catch: of a task that nobody waits for, of a thread, of an object
at its end. Python writes them on the terminal, over a screen or after its last sentence."""

from __future__ import annotations

import errno
import logging
import sys
import threading
import warnings
from pathlib import Path
from typing import Protocol

from omnitui.cli.failure import shortage, write_down


class _Stray(Protocol):
    """What Python's hooks are told."""

    @property
    def exc_value(self) -> BaseException | None: ...


def keep_off_the_terminal(state: Path) -> None:
    """To the very end of this process a bug is written down in the directory `state`, want of
    memory or files is not, nor a terminal that is gone, and libraries warn and log nowhere."""

    def met(stray: _Stray) -> None:
        try:
            error = stray.exc_value
            # Who writes to a terminal that is gone finds out so.
            hung_up = isinstance(error, OSError) and error.errno == errno.EIO
            if isinstance(error, Exception) and not hung_up and shortage(error) is None:
                write_down(error, state)
        except Exception:  # noqa: S110 - no memory for it either, or modules are gone by now
            pass

    sys.unraisablehook = met
    threading.excepthook = met
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
