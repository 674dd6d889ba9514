"""What systemd is told about this process: that it is ready, that it lives, that it ends.

sd_notify(3): datagrams to the socket that $NOTIFY_SOCKET names. Without one nothing happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping


def notify(*lines: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send `READY=1`, `STATUS=…`; False where nobody listens. Never waits, never raises."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):  # vsock: of a virtual machine's manager
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # unix(7): the abstract namespace
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.sendto("\n".join(lines).encode(), address)
    except (OSError, ValueError):
        return False
    return True


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """Within how many seconds systemd wants a sign of life; None: it does not."""
    with contextlib.suppress(ValueError):
        microseconds = int(environ.get("WATCHDOG_USEC", ""))
        theirs = environ.get("WATCHDOG_PID", "")
        if microseconds > 0 and (not theirs or int(theirs) == os.getpid()):
            return microseconds / 1e6
    return None


async def keep_alive() -> None:
    """Signs of life, from the loop that does all the work: one that hangs gives none. Until
    cancelled; ends at once where nobody wants them."""
    seconds = watchdog_seconds()
    if seconds is None:
        return
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds / 3)
