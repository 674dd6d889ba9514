"""The desk's processes without the long waits of everyday: `python -m tests.stories.hurried HOME
serve|relay`. Who closes a page has left at once, and it is believed at once."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from config.home import find_home
from config.load import load
from connectors.webchat.relay import hub
from omnitui.cli.main import main as omnitui
from omnitui.engine.backoff import Pace
from omnitui.engine.main import serve


def main() -> int:
    home, verb = sys.argv[1:]
    if verb == "serve":
        quick = dataclasses.replace(Pace(), follow_up_settle=0.2)
        return serve(load(find_home(Path(home))), pace=quick)
    hub.GRACE = 0.3
    return omnitui(["--home", home, verb])


if __name__ == "__main__":
    sys.exit(main())
