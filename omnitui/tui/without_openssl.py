"""A screen without OpenSSL: 4.6 MB of each of twenty.

A screen talks to its store and to programs on its own machine, never to a server; but `asyncio`
and `hmac` load the library for whoever might. What the screen needs of it (SHA-256, HMAC) Python
has itself. Whatever asks for `ssl` later gets it, except for `asyncio`.
"""

from __future__ import annotations

import sys
from typing import Any, cast

_BY_OPENSSL = ("_ssl", "_hashlib")


def leave_openssl_out() -> None:
    """To be called before anything imports `asyncio`; else it changes nothing."""
    loaded = cast("dict[str, Any]", sys.modules)
    missing = [name for name in _BY_OPENSSL if name not in loaded]
    for name in missing:
        loaded[name] = None  # which the import takes for a Python that was built without it
    try:
        import asyncio
        import hashlib
        import hmac
        import secrets
    finally:
        for name in missing:
            del loaded[name]
    del asyncio, hashlib, hmac, secrets
