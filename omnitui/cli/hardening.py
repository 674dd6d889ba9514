"""What a locked session's process takes from itself before it does anything."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
"""prctl(2)"""
IGNORED = (signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR1,
           signal.SIGUSR2)  # fmt: skip
"""A core, a stopped session, a handler that something left: nothing that a terminal can send
leads out of the program."""
MOST_FILES = 1024
MOST_FILE_SIZE = 2 << 30
"""Bytes: neither a log nor an export fills the disk."""


def harden() -> None:
    """No core dump, no other process of the user looks in, no program with more rights than ours,
    no file for everybody. Raises OSError where the system refuses."""
    os.umask(0o007)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for limit, most in ((resource.RLIMIT_NOFILE, MOST_FILES),
                        (resource.RLIMIT_FSIZE, MOST_FILE_SIZE)):  # fmt: skip
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    # Where it was started is the agent's own: nothing is looked for there.
    with contextlib.suppress(OSError):
        os.chdir("/")


def _prctl(what: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(what, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
