"""The engine's log: what happened, never what a message says and never a secret.

Exceptions of the unexpected kind are logged as their type and stack without their text,
since the text may quote a customer or a server's dialogue.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import time
import traceback
from pathlib import Path

LOGGER = logging.getLogger("omnitui.engine")

FILE_BYTES = 2_000_000
FILES_KEPT = 4

# These write the dialogue, mail contents or tokens in URLs into their own logs.
_TALKATIVE = ("aioimaplib", "aiosmtplib", "httpx", "httpcore", "telegram", "asyncio", "mail.log")


def log_to_stderr() -> None:
    """For `omnitui serve` under a service manager."""
    _set_up(logging.StreamHandler(sys.stderr))


def log_to_file(path: Path) -> None:
    """For an engine started by a screen: stderr is the screen's terminal there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    previous = os.umask(0o077)
    try:
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
    finally:
        os.umask(previous)
    _set_up(handler)


def _set_up(handler: logging.Handler) -> None:
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s")
    formatter.converter = time.gmtime
    formatter.default_time_format = "%Y-%m-%dT%H:%M:%S"
    formatter.datefmt = "%Y-%m-%dT%H:%M:%S"
    handler.setFormatter(formatter)
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
    """Types and stacks of an exception and its causes, without their texts."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        parts.append(f"{type(current).__module__}.{type(current).__qualname__}")
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


def name_of(error: BaseException) -> str:
    """What an agent may see of an unexpected error: its type, never its text."""
    return type(error).__name__
