"""HTTP to the relay: one pool of connections, the desk's token, and nothing said about either.

A proxy is taken from the environment, as httpx does; never for a relay on this machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
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
        return _object(await self._asked(method, path, json=json))

    async def _asked(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A whole answer, whatever it says. Raises `ChannelError`."""
        with _failures_told():
            try:
                return await self._answer(method, path, **content)
            except _BROKE_OFF:
                # The server may just have ended a connection that was idle. Once more is safe:
                # see `failures`.
                return await self._answer(method, path, **content)

    async def _answer(self, method: str, path: str, **content: Any) -> httpx.Response:
        async with self._http.stream(method, self.url(path), **content) as answer:
            return await bounds.whole(answer)

    async def upload(
        self, path: str, body: AsyncIterator[bytes], *, size: int, kind: str
    ) -> Mapping[str, Any]:
        """Raises `ChannelError`."""
        with _failures_told():
            answer = await self._answer(
                "POST",
                path,
                content=body,
                headers={"Content-Length": str(size), "Content-Type": kind},
                timeout=httpx.Timeout(TRANSFER, connect=CONNECT, pool=POOL),
            )
        return _object(answer)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[httpx.Response]:
        """Raises `ChannelError`, also for what fails while it is read."""
        async with self._streamed(path, TRANSFER) as answer:
            yield answer

    @asynccontextmanager
    async def events(self, after: int) -> AsyncIterator[EventSource]:
        """The stream of events. Raises `ChannelError`, also for one that falls silent."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        async with self._streamed(f"/v1/events?after={after}", SILENCE, headers) as answer:
            try:
                yield EventSource(cast("httpx.Response", bounds.Bounded(answer)))
            except SSEError:
                raise Misconfigured(
                    _("What answers at the address is no relay; correct `relay`, or the web server"
                      " before it.")
                ) from None  # fmt: skip

    @asynccontextmanager
    async def _streamed(
        self, path: str, silence: float, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """An answer while it comes, never `silence` seconds without a byte of it. Raises
        `ChannelError`, also for what fails while it is read."""
        with _failures_told():
            async with self._http.stream(
                "GET",
                self.url(path),
                headers={"Accept-Encoding": "identity", **(headers or {})},
                timeout=httpx.Timeout(silence, connect=CONNECT, pool=POOL),
            ) as answer:
                if not answer.is_success:
                    raise failures.of(failures.refusal(await bounds.whole(answer)))
                yield answer

    async def public(self, path: str) -> httpx.Response:
        """What anybody may ask for. Raises `ChannelError`."""
        return await self._asked("GET", path)

    def url(self, path: str) -> str:
        return f"{self.relay}{path}"

    async def close(self) -> None:
        await self._http.aclose()

    def __repr__(self) -> str:
        return f"Line({self.site[:8]})"


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    """What a whole answer says; an empty one where there is nothing to say. Raises
    `ChannelError`."""
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


@contextmanager
def _failures_told() -> Iterator[None]:
    """What httpx raises, and that an answer has no end, becomes a `ChannelError`."""
    try:
        yield
    except bounds.TooLarge:
        raise failures.unreadable() from None
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        raise failures.network(error) from error


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
