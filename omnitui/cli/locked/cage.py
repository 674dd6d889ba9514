"""The kernel's own limits for a locked session, where it has them (landlock(7), Linux 5.13).

What is written goes to the store, the agent's own settings and state, and the allowed directories;
no program is executed but those that a session starts; there is no TCP, and no signal to others.
It holds for machine code, too, and for every child. It cannot be taken off.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of the system calls, the same on every architecture."""
_VERSION = 1
_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
"""What there is to allow of a file; the kernel refuses a rule with more."""
_FIRST = (1 << 13) - 1
"""What the first version knows: all of files and directories but linking across and cutting."""
_TCP = 0b11
_ELSEWHERE = 0b11
"""Abstract sockets of others, signals to others."""
_SORTING = Path("/var/tmp")  # noqa: S108
"""Where SQLite sorts what is large."""
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux-armhf.so.3")


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64),
    )  # fmt: skip


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Of the kernel's Landlock; 0: it has none, or it is switched off."""
    return max(0, _call(_CREATE, None, 0, _VERSION))


def enter(written: Iterable[Path], executed: Iterable[str]) -> bool:
    """Shut the process in, before it has threads. False where the kernel cannot.

    Args:
        written: below what files may be made, changed and removed.
        executed: programs, by their paths.

    Raises OSError.
    """
    known = version()
    if not known:
        return False
    every = _FIRST | (_REFER if known >= 2 else 0) | (_TRUNCATE if known >= 3 else 0)
    rules = _Ruleset(every, _TCP if known >= 4 else 0, _ELSEWHERE if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = _done(_call(_CREATE, ctypes.byref(rules), size, 0))
    try:
        reading = _READ_FILE | _READ_DIR
        _allow(ruleset, Path("/"), reading)
        _allow(ruleset, Path("/dev"), reading | _WRITE_FILE)
        for place in (*written, _SORTING):
            _allow(ruleset, place, every & ~_EXECUTE)
        for program in {sys.executable, *executed, *_LOADERS}:
            _allow(ruleset, Path(program).resolve(), _READ_FILE | _EXECUTE)
        _done(_call(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """What is not there, or no directory where one should be, stays shut: an agent's home may be
    gone or be a ruin, and the store is none of it."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _OF_FILES
        rule = _Beneath(rights, handle)
        _done(_call(_ADD, ruleset, _BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(handle)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def _done(result: int) -> int:
    """Raises OSError."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
