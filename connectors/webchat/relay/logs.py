"""The relay's log: one JSON object a line, for machines. Never what anybody wrote.

Values are names, numbers and addresses of ours; whatever looks like a token or an e-mail address
is taken out all the same, and exceptions are told without their texts, which may quote a visitor.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from typing import TextIO

LOGGER = logging.getLogger("omnitui.relay")
LONGEST = 200
"""Characters of one value."""

_FIELDS = "omnitui_fields"
_MAIL = re.compile(r"[^\s@\"'<>]{1,64}@[^\s@\"'<>]{1,255}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}|[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")


def log(event: str, level: int = logging.INFO, **fields: str | int | float | bool | None) -> None:
    """One line: what happened, in a few words with hyphens, and what belongs to it."""
    LOGGER.log(level, event, extra={_FIELDS: fields})


def log_error(event: str, error: BaseException, **fields: str | int | float | bool | None) -> None:
    """Something that should not have happened."""
    LOGGER.error(event, extra={_FIELDS: {**fields, "error": trace(error)}})


def log_to(stream: TextIO = sys.stderr) -> None:
    """Write the relay's own log, and nothing but warnings of the libraries, to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "asyncio", "websockets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # They would write requests down, with what is in their addresses, or the frames themselves.
    for name in ("uvicorn.access", "websockets.server"):
        logging.getLogger(name).disabled = True
    # An error inside logging must not print a record's arguments.
    logging.raiseExceptions = False


def trace(error: BaseException) -> str:
    """Types and places of an exception and its causes, without their texts."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 8:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__, limit=-12)
        places = " > ".join(
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames
        )
        parts.append(f"{type(current).__qualname__} ({places})")
        current = current.__cause__ or current.__context__
    return " because of ".join(parts)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        seconds, rest = divmod(record.created, 1)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        fields = getattr(record, _FIELDS, None)
        line: dict[str, object] = {
            "at": f"{stamp}.{int(rest * 1000):03d}Z",
            "level": record.levelname.lower(),
            # What a library says is not said after it: there may be a visitor's words in it.
            "event": record.msg if fields is not None else f"library-{record.name}",
        }
        for key, value in (fields or {}).items():
            line[key] = value if key == "error" else _clean(value)
        return json.dumps(line, ensure_ascii=True)


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    value = _MAIL.sub("[e-mail]", value[:LONGEST])
    return _TOKEN.sub("[token]", value)
