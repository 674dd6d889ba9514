"""What both ends of the desk's API hold to (docs/relay-protocol.md)."""

from __future__ import annotations

import re
from typing import Final

KEEP_ALIVE: Final = 15.0
"""Seconds between the comments of a stream on which nothing happens."""

DURABLE: Final = (
    "message",
    "form",
    "identified",
    "ended",
    "transcript",
    "verify",
    "code",
    "delivered",
    "read",
    "started",
)
"""Events with an id: kept by the relay until they are acknowledged."""

FLEETING: Final = ("online", "offline", "typing", "visit")
"""Events without one: true for the moment."""

VISITOR: Final = re.compile(r"v_[A-Za-z0-9_-]{22}")
"""A visitor's id: 128 random bits."""

ANY_VISITOR: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.~-]{0,127}")
"""What another relay may call one: whatever needs no quoting in a path, and is no way in it."""

MOST_ONLINE: Final = 10_000
"""Visitors of a site whom a stream's hello lists as there, and whom a desk believes to be."""

MOST_FILES: Final = 10
"""Files of one message."""
