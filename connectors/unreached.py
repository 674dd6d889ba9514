"""Why a server was not reached, in words, from what an HTTP client raised."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence

import httpx

from config.i18n import _


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and so on; each once."""
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        # asyncio tries every address and hides what each said.
        yield from (c for c in getattr(current, "exceptions", ()) if isinstance(c, BaseException))
        current = current.__cause__ or current.__context__


def why_unreached(
    causes: Sequence[BaseException], *, timeouts: tuple[type[BaseException], ...] = ()
) -> str:
    """The end of a sentence. `timeouts` are a library's own errors that say no more than that it
    took too long."""
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return _("the server's name is not known here (is the network up?)")
        if isinstance(cause, ConnectionRefusedError):
            return _("the connection is refused")
        if isinstance(cause, ssl.SSLError):
            return _("no TLS connection comes about")
        if isinstance(cause, httpx.PoolTimeout):
            return _("too much is on its way already")
        if isinstance(cause, (httpx.TimeoutException, TimeoutError)):
            return _("there is no answer")
    if any(isinstance(c, timeouts) for c in causes):
        return _("there is no answer")
    if any(isinstance(c, httpx.ConnectError) for c in causes):
        return _("no connection comes about")
    return _("the connection broke off")
