"""The engine's log: what happened, never what a message says and never a secret.

Exceptions of the unexpected kind are logged as their type and stack without their text,
since the text may quote a customer or a server's dialogue.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Literal

from store.errors import StoreError, is_shortage

LOGGER = logging.getLogger("omnitui.engine")

Form = Literal["text", "json"]

FILE_BYTES = 2_000_000
FILES_KEPT = 4

# These write the dialogue, mail contents, tokens in URLs or texts of errors into their own logs.
_TALKATIVE = (
    "aioimaplib", "aiosmtplib", "httpx", "httpcore", "telegram", "asyncio", "mail.log", "uvicorn",
)  # fmt: skip


def log_to_stderr(form: Form = "text") -> None:
    """For `omnitui serve`. Under systemd the journal keeps the time, and is told how grave a
    line is (sd-daemon(3))."""
    journal = form == "text" and bool(os.environ.get("JOURNAL_STREAM"))
    _set_up(logging.StreamHandler(sys.stderr), "journal" if journal else form)


def log_to_file(path: Path, form: Form = "text") -> None:
    """For an engine started by a screen: stderr is the screen's terminal there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    previous = os.umask(0o077)
    try:
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
    finally:
        os.umask(previous)
    _set_up(handler, form)


def _text() -> logging.Formatter:
    """`2026-11-22T09:00:00.120Z INFO accounts: support: online`."""
    form = "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s"
    formatter = logging.Formatter(form, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    return formatter


class _Journal(logging.Formatter):
    """`<6>accounts: support: online`, each line of it, since the journal cuts at line ends."""

    _GRAVE = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))

    def format(self, record: logging.LogRecord) -> str:
        grave = next((number for level, number in self._GRAVE if record.levelno >= level), 7)
        return "\n".join(f"<{grave}>{line}" for line in super().format(record).splitlines())


class _Json(logging.Formatter):
    """One object a line: `at`, `level`, `part`, `message`; an error's stack in `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        seconds, rest = divmod(record.created, 1)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        message, _newline, stack = super().format(record).partition("\n")
        part, colon, said = message.partition(": ")
        line = {
            "at": f"{stamp}.{int(rest * 1000):03d}Z",
            "level": record.levelname.lower(),
            "part": part if colon else "engine",
            "message": said if colon else message,
        }
        if stack:
            line["trace"] = stack
        return json.dumps(line, ensure_ascii=True)


def _set_up(handler: logging.Handler, form: Literal["text", "json", "journal"]) -> None:
    handler.setFormatter({"text": _text, "json": _Json, "journal": _Journal}[form]())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("omnitui", "connectors"):
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    # Errors inside logging must not print a record's arguments to stderr.
    logging.raiseExceptions = False


def trace(error: BaseException) -> str:
    """Types and stacks of an exception and its causes, without their texts; SQLite's have the name
    of what failed."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        code = getattr(current, "sqlite_errorname", "")
        parts.append(f"{type(current).__module__}.{type(current).__qualname__} {code}".rstrip())
        parts.extend(
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__, limit=-30)
        )
        if isinstance(current, BaseExceptionGroup):
            parts.extend(
                f"group: {line}" for e in current.exceptions for line in trace(e).split("\n")
            )
        current = current.__cause__ or current.__context__
    return "\n".join(parts)


def failure(what: str, error: BaseException) -> None:
    """Say that something failed: in one line where that tells all, else with the stack."""
    if isinstance(error, BaseExceptionGroup) and all(map(_is_plain, error.exceptions)):
        for one in error.exceptions:
            failure(what, one)
    elif isinstance(error, StoreError):
        LOGGER.warning("%s: %s", what, error)
    elif is_shortage(error):
        LOGGER.warning("%s: the system has no more memory or files for it", what)
    else:
        LOGGER.error("%s\n%s", what, trace(error))


def _is_plain(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_plain, error.exceptions))
    return isinstance(error, StoreError) or is_shortage(error)


def name_of(error: BaseException) -> str:
    """What an agent may see of an unexpected error: its type, never its text."""
    return type(error).__name__
