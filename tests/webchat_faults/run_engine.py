"""`omnitui serve` for tests that break it again and again: as it is, but quick to try again."""

from __future__ import annotations

import sys
from pathlib import Path

from config.home import find_home
from config.load import load
from connectors.webchat import client, failures, receiving, sending
from omnitui.desk import alterations, outbox
from omnitui.engine import attendant, barrer, follower, host, marker, verifier
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
    proofs=(0.0, 0.5, 0.5, 1.0, 1.0),
    fetches=(0.2,),
    fetch_stall=2.0,
    fetch_look=0.1,
    follow_up_settle=0.5,
    store_first=0.02,
    store_cap=0.2,
    store_patience=2.0,
)
READ = 1.5
"""Seconds for which an answer is waited for."""


def hurry() -> None:
    """The same waits, in fewer seconds."""
    client.CONNECT = client.READ = client.WRITE = client.POOL = client.TRANSFER = READ
    client.SILENCE = READ
    failures.SLOW = 0.3
    receiving.HELLO = READ
    receiving.HICCUPS = (0.05, 0.1)  # type: ignore[assignment]
    sending.TRIES = (0.1,)
    sending.SHORTEST_PAUSE = 0.3
    sending.LONGEST_PAUSE = 1.0
    outbox.DELAYS = outbox.SLOW_DELAYS = (1,)  # type: ignore[assignment]
    alterations.DELAYS = (1,)  # type: ignore[assignment]
    for module in (attendant, barrer, host, marker, verifier):
        known = vars(module)
        if "RETRY" in known:  # seconds, or milliseconds
            known["RETRY"] = 0.3 if isinstance(known["RETRY"], float) else 300
    follower.LOOK_EVERY = marker.LOOK_EVERY = attendant.LOOK_EVERY = 0.1
    host.EVERY = host.URGENT = 0.1


if __name__ == "__main__":
    hurry()
    sys.exit(serve(load(find_home(Path(sys.argv[1]))), pace=PACE))
