"""`omnitui serve` for tests that break its relay: all waits are short."""

from __future__ import annotations

import sys
from dataclasses import replace

from connectors.webchat import client, failures, receiving, sending
from omnitui.engine import attendant, barrer, follower, host, marker, verifier
from tests.engine.hurried import PACE, hurried_serve

READ = 1.5
"""Seconds for which an answer is waited for."""


def hurry() -> None:
    """The waits of the connector and of what goes beside it, in fewer seconds."""
    client.CONNECT = client.READ = client.WRITE = client.POOL = client.TRANSFER = READ
    client.SILENCE = READ
    failures.SLOW = 0.3
    receiving.HELLO = READ
    receiving.HICCUPS = (0.05, 0.1)  # type: ignore[assignment]
    sending.TRIES = (0.1,)
    sending.SHORTEST_PAUSE = 0.3
    sending.LONGEST_PAUSE = 1.0
    for module in (attendant, barrer, host, marker, verifier):
        known = vars(module)
        if "RETRY" in known:  # seconds, or milliseconds
            known["RETRY"] = 0.3 if isinstance(known["RETRY"], float) else 300
    follower.LOOK_EVERY = marker.LOOK_EVERY = attendant.LOOK_EVERY = 0.1
    host.EVERY = host.URGENT = 0.1


def main() -> int:
    hurry()
    proofs = (0.0, 0.5, 0.5, 1.0, 1.0)
    return hurried_serve(replace(PACE, proofs=proofs, follow_up_settle=0.5))


if __name__ == "__main__":
    sys.exit(main())
