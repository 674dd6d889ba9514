"""An engine process for tests: `python -m tests.engine.run_engine HOME [--parent-pipe FD]`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from config.home import find_home
from config.load import load
from omnitui.engine.backoff import Pace
from omnitui.engine.main import serve
from omnitui.engine.registry import Connectors
from tests.engine.lobby import LobbyConnector
from tests.engine.scripted import ScriptedConnector

QUICK = Pace(
    first=0.05,
    cap=0.5,
    slow_first=0.4,
    slow_cap=0.8,
    stable=0.2,
    send_limit=2.0,
    send_grace=2.0,
    close_limit=1.0,
    proofs=(0.0, 0.2, 0.4),
    fetches=(0.05,),
    fetch_stall=0.4,
    fetch_look=0.05,
    store_first=0.02,
    store_cap=0.2,
    store_patience=2.0,
)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--parent-pipe", type=int)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--send-limit", type=float, default=QUICK.send_limit)
    parser.add_argument("--send-grace", type=float, default=QUICK.send_grace)
    args = parser.parse_args()
    return serve(
        load(find_home(args.home)),
        parent_pipe=args.parent_pipe,
        wait=args.wait,
        connectors=Connectors({"scripted": ScriptedConnector, "lobby": LobbyConnector}),
        pace=replace(QUICK, send_limit=args.send_limit, send_grace=args.send_grace),
    )


if __name__ == "__main__":
    sys.exit(main())
