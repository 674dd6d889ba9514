"""Whatever goes wrong, a person reads one sentence; where it went wrong is in a file."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from config.i18n import _


class Failure(Exception):
    """A command cannot do what was asked; `str()` is the sentence, exit code 1."""


class WrongUsage(Failure):
    """The command line itself is wrong; exit code 2."""


OURS = frozenset(
    {
        ("store.errors", "StoreError"),
        ("config.problems", "ConfigError"),
        ("config.secret_ref", "SecretError"),
        ("connectors.contract.failures", "ChannelError"),
        ("omnitui.desk.command", "CommandError"),
        ("omnitui.engine.lock", "LockError"),
    }
)
"""Where the errors are defined whose text is written for people."""
DEEP = 20
"""Causes of causes that are looked at."""


def explain(error: Exception, arguments: Sequence[str] = ()) -> int:
    """Say `error` on stderr in one sentence; the exit code."""
    if isinstance(error, WrongUsage):
        return say(str(error), 2)
    if isinstance(error, Failure) or _is_ours(error):
        return say(_with_whom_to_ask(error))
    if (short := shortage(error)) is not None:
        files = isinstance(short, OSError) and short.errno != errno.ENOMEM
        return say(of_shortage(files=files))
    if isinstance(error, OSError) and error.filename:
        return say(f"{error.filename}: {error.strerror}.")
    if isinstance(error, ImportError | SyntaxError):  # a file that is there by half, too
        _write_down(error, arguments)
        part = error.filename if isinstance(error, SyntaxError) else error.name
        return say(
            _("A part of omnitui is missing ({part}): it is being updated, or was not installed"
              " whole. Try again in a minute; if that does not help, install it anew.").format(
                part=part or type(error).__name__
            )
        )  # fmt: skip
    where = _write_down(error, arguments)
    sentence = _("omnitui failed unexpectedly ({error}).").format(error=type(error).__name__)
    if where is not None:
        sentence += " " + _("What happened is in {path}.").format(path=where)
    return say(sentence)


def shortage(error: BaseException) -> BaseException | None:
    """The want of memory, threads or files that `error` is, or comes of."""
    from store.errors import is_shortage

    current: BaseException | None = error
    for _deep in range(DEEP):
        if current is None or is_shortage(current):
            return current
        if isinstance(current, SystemError) and "exception" in str(current):
            return current  # Python has lost a MemoryError of its own
        current = current.__cause__ or current.__context__
    return None


def of_shortage(*, files: bool) -> str:
    """What is said of it."""
    if files:
        why = _("This login may open no more files: end what is not needed, or ask for a higher"
                " limit (ulimit -n).")  # fmt: skip
    else:
        why = _("This login is given no more processes or memory: end what is not needed, or"
                " ask for higher limits (ulimit -u, ulimit -v).")  # fmt: skip
    return why + " " + _("Look what was done before you try again.")


def say(sentence: str, code: int = 1) -> int:
    lines = [" ".join(line.split()) for line in sentence.splitlines()]
    sys.stderr.write("\n".join([f"omnitui: {lines[0]}", *lines[1:]] if lines else []) + "\n")
    return code


def _with_whom_to_ask(error: Exception) -> str:
    """A locked session's agent can mend no settings: all that is wrong is for who can."""
    from config.access import is_locked

    told = str(error)
    if not is_locked() or type(error).__name__ != "ConfigError":
        return told
    whom = _("Tell who looks after the desk.")
    return told if whom in told else f"{told}\n{whom}"


def _is_ours(error: Exception) -> bool:
    """Errors whose text is written for people; told by name, so that nothing is imported."""
    return any((kind.__module__, kind.__qualname__) in OURS for kind in type(error).__mro__)


def _write_down(error: Exception, arguments: Sequence[str]) -> Path | None:
    from config.home import find_home

    try:
        return write_down(error, find_home(_home_argument(arguments)).state)
    except (OSError, RuntimeError):
        return None


def write_down(error: Exception, state: Path) -> Path | None:
    """Where `error` came from, without its words, in the log of the directory `state`: which file
    that is; None if it could not be."""
    try:
        from omnitui.engine.log import trace

        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = state / "omnitui.log"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with os.fdopen(fd, "a", encoding="utf-8") as file:
            if os.geteuid() == 0:  # in the state of a service, which may write there, too
                above = state.stat()
                os.fchown(fd, above.st_uid, above.st_gid)
            file.write(f"{stamp} {trace(error)}\n")
    except (OSError, MemoryError, ImportError):
        return None
    return path


def _home_argument(arguments: Sequence[str]) -> Path | None:
    for before, word in zip(["", *arguments], [*arguments, ""], strict=True):
        if before == "--home" and word:
            return Path(word)
        if word.startswith("--home="):
            return Path(word.partition("=")[2])
    return None
