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
"""Open at a time. What a file may have is not limited: the store is one."""

MOST_MEMORY = 1 << 30
"""Bytes of its own: ten times what a screen needs. Whoever pastes without end loses their session,
and not the engine."""


def harden() -> None:
    """No core dump, no other process of the user looks in, no program with more rights than ours,
    no file for everybody. Raises OSError where the system refuses."""
    os.umask(0o007)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    memory = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
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
