"""TCP connections set up to notice when their line is dead."""

from __future__ import annotations

import socket

QUIET = 60
"""Seconds of silence after which the kernel asks whether the other side is still there. Routers
forget quiet connections after five minutes or more: this also keeps them remembered."""
ASK_AGAIN = 15
ASKED_IN_VAIN = 2
UNACKNOWLEDGED = 60
"""Seconds for which bytes may be on their way without the other side's kernel confirming them."""


def keep_alive(connected: socket.socket, *, unacknowledged: float = UNACKNOWLEDGED) -> None:
    """A line that drops everything silently ends the connection within 90 seconds: after
    QUIET + ASK_AGAIN × ASKED_IN_VAIN while nothing is asked, after `unacknowledged` seconds
    while something is being sent. What only the server's program leaves unanswered is for the
    time limits of the commands."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", QUIET),
        ("TCP_KEEPINTVL", ASK_AGAIN),
        ("TCP_KEEPCNT", ASKED_IN_VAIN),
        ("TCP_USER_TIMEOUT", round(unacknowledged * 1000)),
    ):
        if hasattr(socket, option):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
