"""`omnitui serve` for tests that break it again and again: as it is, but quick to try again."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from config.home import find_home
from config.load import load
from omnitui.desk.replying import alterations, outbox
from omnitui.engine.backoff import Pace
from omnitui.engine.main import serve
from tests.engine.run_engine import QUICK

PACE = replace(
    QUICK,
    cap=0.3,
    slow_first=0.3,
    slow_cap=0.5,
    send_limit=8.0,
    send_grace=0.5,
    close_limit=0.5,
    proofs=(0.0, 0.5),
    fetches=(0.2,),
    fetch_stall=2.0,
    fetch_look=0.1,
)


def hurried_serve(pace: Pace = PACE) -> int:
    """Serve the home that the command line names, the desk's own waits in fewer seconds."""
    outbox.DELAYS = outbox.SLOW_DELAYS = (1,)  # type: ignore[assignment]
    alterations.DELAYS = (1,)  # type: ignore[assignment]
    return serve(load(find_home(Path(sys.argv[1]))), pace=pace)
