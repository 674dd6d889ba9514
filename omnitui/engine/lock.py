"""One engine per store: a lock that dies with its holder (flock(2)), never by a stale pid file."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from config.i18n import _

# A probe (`engine_running`) holds a shared lock for some microseconds; an engine that
# starts in that moment tries again instead of believing that another one runs.
PROBE_TRIES = 10
PROBE_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs the engine, as it wrote itself into the lock file. Zeros when unreadable."""

    pid: int = 0
    host: str = ""
    started_at: int = 0
    """UTC milliseconds."""

    def is_older_than(self, file: Path) -> bool:
        """`file` was changed after it began: it reads its settings when it starts."""
        try:
            return 0 < self.started_at < file.stat().st_mtime * 1000
        except OSError:
            return False


class LockError(Exception):
    """The engine cannot have the lock; `str()` is the sentence a person sees."""


class EngineRunning(LockError):
    """Another engine serves this desk, or `stranger` says who has its lock."""

    def __init__(self, holder: Holder, stranger: str = "") -> None:
        self.holder = holder
        if stranger:
            sentence = stranger
        elif holder.pid:
            sentence = _("An engine already serves this desk: process {pid} on {host}.").format(
                pid=holder.pid, host=holder.host
            )
        else:
            sentence = _("An engine already serves this desk.")
        super().__init__(sentence)


class EngineLock:
    """The right to be this desk's engine, for as long as the process lives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise `EngineRunning`; `LockError` when the file cannot be used."""
        self._prepare_directory()
        for attempt in range(PROBE_TRIES):
            if attempt:
                time.sleep(PROBE_PAUSE)
            if self._try():
                return
        from omnitui.engine.stranger import stranger

        holder = _read_holder(self.path)
        raise EngineRunning(holder, stranger(self.path, holder))

    def release(self) -> None:
        if self._fd is not None:
            _held.discard(self._fd)
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> EngineLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _prepare_directory(self) -> None:
        directory = self.path.parent
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = directory.stat().st_mode
        except OSError as error:
            raise LockError(
                _("The directory {path} cannot be used: {why}.").format(
                    path=directory, why=error.strerror
                )
            ) from None
        if mode & stat.S_IWOTH:
            raise LockError(
                _("Everybody may write to {path}; close it with “chmod 700 {path}”.").format(
                    path=directory
                )
            )

    def _try(self) -> bool:
        # Agents of a team's group may look whether an engine runs; others may not.
        above = self.path.parent.stat()
        mode = 0o640 if above.st_mode & stat.S_IXGRP else 0o600
        try:
            # A team's agents write that directory, too: a link there is not followed.
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            fd = os.open(self.path, flags, mode)
            if os.geteuid() in (0, os.fstat(fd).st_uid):
                os.fchmod(fd, mode)  # whatever the umask says
            if os.geteuid() == 0:  # a restore by root must not lock the service out
                os.fchown(fd, above.st_uid, above.st_gid)
        except OSError as error:
            raise LockError(
                _("The lock {path} cannot be opened: {why}.").format(
                    path=self.path, why=error.strerror
                )
            ) from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        if not _same_file(fd, self.path):  # somebody removed the file meanwhile
            os.close(fd)
            return False
        holder = {"pid": os.getpid(), "host": os.uname().nodename, "started_at": _now()}
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(holder).encode() + b"\n", 0)
        self._fd = fd
        _held.add(fd)
        return True


def engine_running(path: Path) -> Holder | None:
    """Who holds the engine's lock at `path`, or None when nobody does. Costs microseconds."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        # Only its own user may look (`engine = "service"`): then it is taken to run.
        return Holder()
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(path)
    finally:
        os.close(fd)
    return None


def _read_holder(path: Path) -> Holder:
    try:
        found = json.loads(path.read_bytes())
        return Holder(int(found["pid"]), str(found["host"]), int(found["started_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder()


def _same_file(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


_held: set[int] = set()


def _let_go() -> None:
    """A child forked without exec would share the lock and outlive the engine with it."""
    for fd in _held:
        with contextlib.suppress(OSError):
            os.close(fd)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)


def _now() -> int:
    return time.time_ns() // 1_000_000
