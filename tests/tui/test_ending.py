"""The end of a screen that Textual could not bring about."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios

from omnitui.tui.ending import LEFT

ENDS = """
import threading, tty
from omnitui.tui import ending

ending.WITHIN = ending.FAILED_WITHIN = 1
end = ending.Ending()
tty.setraw(1)
end.failed({error})
threading.Thread(target=threading.Event().wait).start()
end.begins()
{over}
"""


def _ended(error: str, over: str = "") -> tuple[int, bytes, bool]:
    """Its exit code, what it wrote, and whether the terminal is as it was."""
    ours, its = pty.openpty()
    try:
        before = termios.tcgetattr(its)
        argv = [sys.executable, "-c", ENDS.format(error=error, over=over)]
        code = subprocess.run(argv, stdin=its, stdout=its, stderr=its, timeout=30, check=False)
        return code.returncode, os.read(ours, 4096), termios.tcgetattr(its) == before
    finally:
        os.close(ours)
        os.close(its)


def test_a_thread_that_never_ends_keeps_neither_the_terminal_nor_the_process() -> None:
    code, written, restored = _ended("MemoryError()")
    assert code == 1
    assert restored
    assert written.startswith(LEFT + b"omnitui: This login is given no more")
    assert written.count(b"\n") == 1


def test_what_went_wrong_is_said_once() -> None:
    assert _ended("MemoryError()", over="end.is_over()") == (1, LEFT, True)
