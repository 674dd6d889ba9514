"""An overall limit: what hangs then is told."""

from __future__ import annotations

import contextlib
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from tests.team_faults.desk import TownDesk

WRITER = 120
"""The byte of the `-shm` file that whoever writes has locked (sqlite.org/walformat.html)."""


class Overdue(BaseException):
    """Whatever waits is not to take it for an error of its own."""


@contextlib.contextmanager
def within(seconds: float, tell: Callable[[], list[str]]) -> Iterator[list[str]]:
    """The block ends after so many seconds, wherever it is; a finding with what `tell` says then
    is in the list that it gets. For the main thread, which signals interrupt."""
    told: list[str] = []
    main = threading.main_thread().ident
    assert main == threading.get_ident()
    ended = threading.Event()

    def ring() -> None:
        told.append("\n    ".join([f"it did not end within {seconds:.0f} s", *tell()]))
        if not ended.is_set():
            signal.pthread_kill(main, signal.SIGUSR2)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Overdue

    before = signal.signal(signal.SIGUSR2, interrupt)
    clock = threading.Timer(seconds, ring)
    clock.daemon = True
    clock.start()
    try:
        with contextlib.suppress(Overdue):
            yield told
    finally:
        ended.set()
        clock.cancel()
        signal.signal(signal.SIGUSR2, before)


def hanging(desk: TownDesk) -> list[str]:
    """Each process and each of our threads, and what it waits for."""
    writers = _writers(desk)
    found = []
    for one in desk.some("engine", "screen", "command"):
        pid = one.process.pid
        state = _of_process(pid, "stat").rpartition(") ")[2][:1]
        holds = ", holds the store’s write lock" if pid in writers else ""
        found.append(
            f"{one.role} of {one.name}, process {pid} ({state}{holds}), waits in"
            f" {_of_process(pid, 'wchan') or '?'}: {_ours(desk.stacks(one, 0.3))}"
        )
    frames = sys._current_frames()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.ident in frames:
            last = traceback.extract_stack(frames[thread.ident])[-3:]
            where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in last[::-1])
            found.append(f"the harness: {thread.name} in {where}")
    return found


def _ours(stacks: str) -> str:
    """Of faulthandler's, where each thread is in code of ours."""
    said = []
    for thread in stacks.split("\n\n"):
        frames = re.findall(
            r'File "[^"]*?((?:omnitui|store|connectors)/[^"]+)", line (\d+)', thread
        )
        if frames:
            said.append(" < ".join(f"{path}:{line}" for path, line in frames[:4]))
    return "; ".join(said) or "it does not tell"


def _writers(desk: TownDesk) -> set[int]:
    """Processes that have the write lock (proc(5), /proc/locks)."""
    try:
        inode = desk.database.with_name("desk.sqlite-shm").stat().st_ino
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return set()
    holders = set()
    for words in map(str.split, lines):
        if "->" in words or len(words) < 8 or not words[5].endswith(f":{inode}"):
            continue
        first, last = words[6:8]
        if words[3] == "WRITE" and int(first) <= WRITER <= float("inf" if last == "EOF" else last):
            holders.add(int(words[4]))
    return holders


def _of_process(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


__all__ = ["Overdue", "hanging", "within"]
