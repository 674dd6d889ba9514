"""HTTP to the Bot API: python-telegram-bot's request layer over httpx, set up for a desk.

Connections are probed while idle, certificates verified against the system's authorities, a
proxy is spoken to with its password, and nothing is logged: every URL holds the token.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from telegram.error import NetworkError, RetryAfter, TelegramError
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from connectors.telegram.failures import UnknownMethod, proxy_is_down

CONNECT = 10.0
READ = 60.0
WRITE = 30.0
MEDIA_WRITE = 300.0
"""Seconds without a byte taken: an upload on a slow line is long, not silent."""
POOL = 20.0
SOME_PATIENCE = 3.0
"""Seconds to wait after a 429 that does not say how long."""
LONGEST_PATIENCE = 10.0 * 86400
CONNECTIONS = 32
"""Of all calls but getUpdates."""

_KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
]
"""A router that forgot the connection is noticed within 35 s."""


_RETRY_AFTER = re.compile(rb"[Rr]etry after (\d{1,6})")
_USUAL = re.compile(rb'\{"ok":true,"result":')
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
DEEPEST = 100
"""Levels of JSON that are kept of what is nested deeper than can be read at all: Telegram's own
has a dozen."""
MOST_DIGITS = 1000


@dataclass(frozen=True, slots=True)
class Way:
    """How the server is reached."""

    context: ssl.SSLContext
    proxy: httpx.Proxy | None = None

    def transport(self, connections: int) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=self.context,
            trust_env=False,
            limits=httpx.Limits(max_connections=connections),
            proxy=self.proxy,
            socket_options=_KEEP_ALIVE,
        )


def way(base_url: str, context: ssl.SSLContext, proxy: str, password: str) -> Way:
    """`proxy` as in the settings; empty: what the environment names, if anything."""
    if not proxy:
        found = _environment_proxy(base_url)
        return Way(context, _proxy(found, context) if found else None)
    parts = urlsplit(proxy)
    bare = proxy.replace(f"{parts.username}@", "", 1) if parts.username is not None else proxy
    auth = (unquote(parts.username), password) if parts.username else None
    return Way(context, _proxy(bare, context, auth))


def _proxy(url: str, context: ssl.SSLContext, auth: tuple[str, str] | None = None) -> httpx.Proxy:
    encrypted = url.lower().startswith("https:")
    return httpx.Proxy(url, ssl_context=context if encrypted else None, auth=auth)


def _environment_proxy(base_url: str) -> str:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host):
        return ""
    named = urllib.request.getproxies()
    found = named.get(parts.scheme) or named.get("all") or ""
    return found if not found or "://" in found else f"http://{found}"


class ApiRequest(HTTPXRequest):
    """A pool of connections for the calls of one kind."""

    def __init__(self, way: Way, *, connections: int = CONNECTIONS, read: float = READ) -> None:
        super().__init__(
            connection_pool_size=connections,
            connect_timeout=CONNECT,
            read_timeout=read,
            write_timeout=WRITE,
            media_write_timeout=MEDIA_WRITE,
            pool_timeout=POOL,
            httpx_kwargs={"transport": way.transport(connections), "trust_env": False},
        )
        self._proxied = way.proxy is not None
        self._accepted = False
        """Whether a call has gone through: so the token is good."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        try:
            code, body = await super().do_request(
                url,
                method,
                request_data,
                read_timeout,
                write_timeout,
                connect_timeout,
                pool_timeout,
            )
        except NetworkError as error:
            if self._proxied and proxy_is_down(error):
                raise NetworkError(str(error)) from httpx.ProxyError("no connection to it")
            raise
        if 200 <= code <= 299 and not _USUAL.match(body):
            # The library takes the code for the answer's own and trips over these.
            answer = self.parse_json_payload(body)
            if answer.get("ok") is False:
                code = int(answer.get("error_code") or 500)
            elif "result" not in answer:
                raise TelegramError("Invalid server response")
        if 200 <= code <= 299:
            self._accepted = True
        elif code == httpx.codes.TOO_MANY_REQUESTS:
            raise RetryAfter(timedelta(seconds=patience_asked(body)))
        elif code == httpx.codes.NOT_FOUND and self._accepted:
            # To the library it is the token's fault, which went through before.
            called = url.rpartition("/")[2]
            if called == "getUpdates":
                raise NetworkError("Not Found (404)")
            raise UnknownMethod(called)
        return code, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library's, without its log of the whole answer. Raises `TelegramError`."""
        try:
            answer = read_json(payload)
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer


def patience_asked(body: bytes) -> float:
    """Seconds that a 429 asks for, wherever it says so."""
    try:
        answer = read_json(body)
        asked = float(answer["parameters"]["retry_after"])
    except (KeyError, OverflowError, TypeError, ValueError):
        said = _RETRY_AFTER.search(body)
        asked = float(said[1]) if said else SOME_PATIENCE
    return asked if 0 < asked < LONGEST_PATIENCE else SOME_PATIENCE


def read_json(payload: bytes) -> Any:
    """Raises `ValueError`. What cannot be read for its depth or its digits stands as null, and
    what is no UTF-8 as U+FFFD: one such update must not hold up those behind it."""
    try:
        return json.loads(payload)
    except RecursionError:
        payload = _shallow(payload)
    except json.JSONDecodeError:
        raise
    except ValueError:
        pass
    return json.loads(payload.decode("utf-8", "replace"), parse_int=_whole)


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) < MOST_DIGITS else None


def _shallow(payload: bytes) -> bytes:
    kept: list[bytes] = []
    level = start = 0
    for found in _STRING_OR_BRACKET.finditer(payload):
        if found[0] in (b"[", b"{"):
            level += 1
            if level == DEEPEST + 1:
                kept += [payload[start : found.start()], b"null"]
        elif found[0] in (b"]", b"}"):
            if level == DEEPEST + 1:
                start = found.end()
            level -= 1
    return b"".join((*kept, payload[start:]))
