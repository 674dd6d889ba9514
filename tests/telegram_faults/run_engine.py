"""`omnitui serve` for tests that break its Bot API: all waits are short."""

from __future__ import annotations

import sys

from connectors.telegram import bot, files, polling, request
from connectors.telegram.sending import calls
from tests.engine.hurried import hurried_serve

READ = 0.8
"""Seconds for which an answer is waited for."""


def hurry() -> None:
    """The connector's waits, in fewer seconds."""
    for module in (bot, polling):
        module.GRACE = READ  # type: ignore[attr-defined]
    bot.DOWNLOAD_READ = READ
    calls.DIGEST = READ
    files.PAUSE = 0.05
    polling.MANNERS = polling.BREATH = 0.1
    request.ApiRequest.__init__.__kwdefaults__["read"] = READ  # type: ignore[index]


def main() -> int:
    hurry()
    return hurried_serve()


if __name__ == "__main__":
    sys.exit(main())
