"""`omnitui serve` for tests that break it again and again: as it is, but quick to try again."""

from __future__ import annotations

import sys
from pathlib import Path

from config.home import find_home
from config.load import load
from connectors.telegram import bot, files, polling, request
from connectors.telegram.sending import calls
from omnitui.desk import alterations, outbox
from omnitui.engine.backoff import Pace
from omnitui.engine.main import serve

PACE = Pace(
    first=0.05,
    cap=0.3,
    slow_first=0.3,
    slow_cap=0.5,
    stable=0.2,
    send_limit=8.0,
    send_grace=0.5,
    close_limit=0.5,
    proofs=(0.0, 0.5),
    fetches=(0.2,),
    fetch_stall=2.0,
    fetch_look=0.1,
    store_first=0.02,
    store_cap=0.2,
    store_patience=2.0,
)
READ = 0.8
"""Seconds for which an answer is waited for."""


def hurry() -> None:
    """The same waits, in fewer seconds."""
    for module in (bot, polling):
        module.GRACE = READ  # type: ignore[attr-defined]
    bot.DOWNLOAD_READ = READ
    calls.DIGEST = READ
    files.PAUSE = 0.05
    polling.MANNERS = polling.BREATH = 0.1
    request.ApiRequest.__init__.__kwdefaults__["read"] = READ  # type: ignore[index]
    outbox.DELAYS = outbox.SLOW_DELAYS = (1,)  # type: ignore[assignment]
    alterations.DELAYS = (1,)  # type: ignore[assignment]


if __name__ == "__main__":
    hurry()
    sys.exit(serve(load(find_home(Path(sys.argv[1]))), pace=PACE))
