"""`omnitui relay` for tests that break it again and again: as it is, but quick to give up."""

from __future__ import annotations

import sys

from store import driver

driver.require_safe()

from connectors.webchat.relay import event_stream, hub, polling, server, session  # noqa: E402
from omnitui.cli import main as command_line  # noqa: E402


def hurry() -> None:
    """The same waits, in fewer seconds."""
    vars(event_stream)["KEEP_ALIVE"] = 0.4
    event_stream.STALLED = 2.0
    hub.GRACE = 0.3
    polling.HELD = 0.8
    polling.FORGOTTEN = 2.0
    server.DRAIN_WITHIN = 1.0
    session.UNAVAILABLE_FOR = 0.2


def main() -> int:
    hurry()
    return command_line.main(["--home", sys.argv[1], "relay"])


if __name__ == "__main__":
    sys.exit(main())
