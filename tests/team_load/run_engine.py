"""The engine as it is, with the storm's channel: `python -m tests.team_load.run_engine HOME`."""

from __future__ import annotations

import sys
from pathlib import Path

from config.home import find_home
from config.load import load
from omnitui.engine.main import serve
from omnitui.engine.registry import Connectors
from tests.team_load.channel import StormConnector


def main() -> int:
    config = load(find_home(Path(sys.argv[1])))
    return serve(config, connectors=Connectors({"storm": StormConnector}))


if __name__ == "__main__":
    sys.exit(main())
