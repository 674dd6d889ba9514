"""Loggers that would write a bot's token (it stands in every URL), secrets or messages."""

from __future__ import annotations

import logging

_TALKATIVE = (
    "httpx",
    "telegram.Bot",
    "telegram.ext.ExtBot",
    "telegram.ext.AIORateLimiter",
    "telegram.request.BaseRequest",
    "telegram.request.HTTPXRequest",
    "uvicorn.access",
)


class _Silent(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False


_SILENT = _Silent()


def silence() -> None:
    """Whatever level the program logs at; what failed is said by the connector's own errors."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_SILENT)
