"""HTTP to the relay: one pool of connections, the desk's token, and nothing said about either.

A proxy is taken from the environment, as httpx does; never for a relay on this machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx
from httpx_sse import EventSource, SSEError

from config.i18n import _
from config.model import WebchatAccount
from config.secrets import resolve
from config.urls import is_loopback
from connectors.contract import AuthFailed, Misconfigured
from connectors.tls import client_context
from connectors.webchat import bounds, failures
from connectors.webchat.protocol import KEEP_ALIVE

CONNECT = 10.0
READ = 30.0
WRITE = 30.0
POOL = 20.0
TRANSFER = 60.0
"""Seconds without a byte of a file: one on a slow line is long, not silent."""
SILENCE = 3 * KEEP_ALIVE
"""Seconds without a byte, after which a stream is dead."""
CONNECTIONS = 48
KEPT = 3.0
"""Seconds for which an idle connection is used again: fewer than those after which a usual server
ends it, so that no call meets its end."""
AGENT = "omnitui"

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,512}")
_BROKE_OFF = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class Line:
    """The connections to a relay for one site. `open_line` makes it; `close` it once."""

    def __init__(self, account: WebchatAccount, token: str, context: ssl.SSLContext) -> None:
        # It would log every address: who knows a file's may open it.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.relay = account.relay
        self.site = hashlib.sha256(f"{account.relay} {token}".encode()).hexdigest()
        """Names the site without telling its token."""
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}", "User-Agent": AGENT},
            verify=context,
            trust_env=not is_loopback(urlsplit(account.relay).hostname or ""),
            timeout=httpx.Timeout(READ, connect=CONNECT, write=WRITE, pool=POOL),
            limits=httpx.Limits(
                max_connections=CONNECTIONS, max_keepalive_connections=8, keepalive_expiry=KEPT
            ),
        )

    async def call(
        self, method: str, path: str, json: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """The relay's answer. Raises `ChannelError`."""
        answer = await self._asked(method, path, json=json)
        if not answer.is_success:
            raise failures.of(failures.refusal(answer))
        if answer.status_code == httpx.codes.NO_CONTENT:
            return {}
        try:
            body = answer.json()
        except (ValueError, RecursionError):
            raise failures.unreadable() from None
        if not isinstance(body, dict):
            raise failures.unreadable()
        return body

    async def _asked(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A whole answer, whatever it says. Raises `ChannelError`."""
        try:
            try:
                return await self._answer(method, path, **content)
            except _BROKE_OFF:
                # The server may just have ended a connection that was idle. Once more is safe:
                # see `failures`.
                return await self._answer(method, path, **content)
        except bounds.TooLarge:
            raise failures.unreadable() from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise failures.network(error) from error

    async def _answer(self, method: str, path: str, **content: Any) -> httpx.Response:
        async with self._http.stream(method, self.url(path), **content) as answer:
            return await bounds.whole(answer)

    async def upload(
        self, path: str, body: AsyncIterator[bytes], *, size: int, kind: str
    ) -> Mapping[str, Any]:
        """Raises `ChannelError`."""
        try:
            answer = await self._answer(
                "POST",
                path,
                content=body,
                headers={"Content-Length": str(size), "Content-Type": kind},
                timeout=httpx.Timeout(TRANSFER, connect=CONNECT, pool=POOL),
            )
        except bounds.TooLarge:
            raise failures.unreadable() from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise failures.network(error) from error
        if not answer.is_success:
            raise failures.of(failures.refusal(answer))
        try:
            found = answer.json()
        except (ValueError, RecursionError):
            raise failures.unreadable() from None
        if not isinstance(found, dict):
            raise failures.unreadable()
        return found

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[httpx.Response]:
        """Raises `ChannelError`, also for what fails while it is read."""
        try:
            async with self._http.stream(
                "GET",
                self.url(path),
                headers={"Accept-Encoding": "identity"},
                timeout=httpx.Timeout(TRANSFER, connect=CONNECT, pool=POOL),
            ) as answer:
                if not answer.is_success:
                    raise failures.of(failures.refusal(await bounds.whole(answer)))
                yield answer
        except bounds.TooLarge:
            raise failures.unreadable() from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise failures.network(error) from error

    @asynccontextmanager
    async def events(self, after: int) -> AsyncIterator[EventSource]:
        """The stream of events. Raises `ChannelError`, also for one that falls silent."""
        try:
            async with self._http.stream(
                "GET",
                self.url(f"/v1/events?after={after}"),
                headers={
                    "Accept": "text/event-stream",
                    "Accept-Encoding": "identity",
                    "Cache-Control": "no-store",
                },
                timeout=httpx.Timeout(SILENCE, connect=CONNECT, pool=POOL),
            ) as answer:
                if not answer.is_success:
                    raise failures.of(failures.refusal(await bounds.whole(answer)))
                yield EventSource(cast("httpx.Response", bounds.Bounded(answer)))
        except bounds.TooLarge:
            raise failures.unreadable() from None
        except SSEError:
            raise Misconfigured(
                _("What answers at the address is no relay; correct `relay`, or the web server"
                  " before it.")
            ) from None  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise failures.network(error) from error

    async def public(self, path: str) -> httpx.Response:
        """What anybody may ask for. Raises `ChannelError`."""
        return await self._asked("GET", path)

    def url(self, path: str) -> str:
        return f"{self.relay}{path}"

    async def close(self) -> None:
        await self._http.aclose()

    def __repr__(self) -> str:
        return f"Line({self.site[:8]})"


def message_path(key: str) -> str:
    return f"/v1/messages/{quote(key, safe='')}"


async def open_line(account: WebchatAccount) -> Line:
    """Get the token and certificates; no connection yet. Raises `ChannelError`, `SecretError`."""
    # In a thread: a secret may come from a keyring or a program.
    token, context = await asyncio.to_thread(_prepared, account)
    return Line(account, token, context)


def _prepared(account: WebchatAccount) -> tuple[str, ssl.SSLContext]:
    token = resolve(account.token).strip()
    if not _TOKEN.fullmatch(token):
        # Not sent, not even as a header: what refuses it there would repeat it.
        raise AuthFailed(
            _("What {ref} holds is no desk token; take the one of this site from the relay's"
              " configuration.").format(ref=account.token)
        )  # fmt: skip
    return token, client_context(account.tls_ca)
