"""The standard streams of a command: open, in UTF-8, and told of when they cannot be written."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Output(io.FileIO):
    """Keeps in mind that it could not be written: the buffers above it do not."""

    lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            self.lost = True
            raise


def open_streams() -> None:
    """Make of them what they are for every command, however it was begun."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # the same bytes whatever the locale says
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    own = sys.stdout
    if own is not sys.__stdout__ or not isinstance(own, io.TextIOWrapper) or own.fileno() != 1:
        return
    own.flush()
    # With PYTHONUNBUFFERED Python writes each text once: of one that a full disk takes half of, the
    # other half is gone, and nobody hears of it. The buffer writes on until it is refused.
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Output(1, "w", closefd=False)),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=own.isatty() or own.write_through,
    )


def _open_closed() -> None:
    """A standard stream that was closed (`<&-`) is /dev/null: no file that is opened later, the
    store least of all, is taken for it."""
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(number, True)
        name, mode = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))[number]
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    os.close(number)


def leave_output() -> None:
    """Nothing more is written to it: Python would try again at its end, and call that an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def output_is_lost() -> bool:
    """Whether it could not be written; it is left then."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    try:
        sys.stdout.flush()
        lost = isinstance(raw, _Output) and raw.lost
    except OSError:
        lost = True
    if lost:
        leave_output()
    return lost
