"""`omnitui serve` for tests that break it again and again: as it is, but quick to try again."""

from __future__ import annotations

import sys
from pathlib import Path

from config.home import find_home
from config.load import load
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


def hurried_serve(pace: Pace = PACE) -> int:
    """Serve the home that the command line names, the desk's own waits in fewer seconds."""
    outbox.DELAYS = outbox.SLOW_DELAYS = (1,)  # type: ignore[assignment]
    alterations.DELAYS = (1,)  # type: ignore[assignment]
    return serve(load(find_home(Path(sys.argv[1]))), pace=pace)
