"""Webhook mode: Telegram calls a public address of the admin's web server, which passes it here.

A call is answered with 200 only when the store has the update; until then Telegram calls again.
It is told to make one call at a time, so that updates come in their order.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
import secrets
import socket
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from config.i18n import _
from config.model import TelegramAccount
from config.secret_ref import SecretRef
from config.secrets import SecretError, resolve, store
from config.told import joined
from connectors.contract import Intake, Misconfigured
from connectors.telegram.bot import Line
from connectors.telegram.receiving import Receiver
from connectors.telegram.request import read_json
from connectors.telegram.webhook_state import trouble
from connectors.web_server import GuestServer, bound

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 4 << 20
"""Bytes of one update: a message of 4,096 characters with its entities is far below."""
BODY_TIME = 20.0
"""Seconds for the body of one call."""
LOOK = 60.0
"""Seconds between looks whether Telegram can still call us."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Webhook:
    """One bot's (Bot API, setWebhook); see docs/telegram.md for the web server before it."""

    def __init__(
        self, account: TelegramAccount, line: Line, receiver: Receiver, detail: str
    ) -> None:
        self._account = account
        self._line = line
        self._receiver = receiver
        self._detail = detail
        self._secret = b""
        self._turn = asyncio.Lock()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, intake: Intake) -> None:
        """Until cancelled. Raises `ChannelError`, `SecretError` and what the intake raises."""
        secret = await asyncio.to_thread(own_secret, self._account)
        self._secret = secret.encode()
        async with _listening(self._account, self._answer):
            await self._line.bot.raw(
                "setWebhook",
                url=self._account.webhook,
                secret_token=secret,
                allowed_updates=list(self._receiver.wanted),
                max_connections=1,
            )
            while True:
                info = await self._line.bot.raw("getWebhookInfo")
                if info.get("url") != self._account.webhook:
                    raise Misconfigured(
                        _("Another program has taken this bot's webhook; end it, or make a bot of"
                          " its own for this desk at @BotFather.")
                    )  # fmt: skip
                await intake.online(joined((self._detail, trouble(info))))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await asyncio.shield(self._failed)

    async def _answer(self, request: Request) -> Response:
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            return PlainTextResponse("", 403)
        if request.method != "POST":
            return PlainTextResponse("", 405)
        try:
            async with asyncio.timeout(BODY_TIME):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return PlainTextResponse("", 408)
        if body is None:
            return PlainTextResponse("", 413)
        try:
            update = read_json(body)
        except ValueError:
            return PlainTextResponse("", 400)
        async with self._turn:
            if self._failed.done():
                return PlainTextResponse("", 503)
            try:
                await self._receiver.take([update])
            except Exception as error:
                # Told to Telegram, which calls again, and to `run`, which ends of it.
                if not self._failed.done():
                    self._failed.set_exception(error)
                return PlainTextResponse("", 503)
        return PlainTextResponse("")


def own_secret(account: TelegramAccount) -> str:
    """What Telegram proves itself with; made at the first need. Raises `ChannelError`,
    `SecretError`."""
    if account.webhook_secret is not None:
        secret = resolve(account.webhook_secret)
        if not _SECRET.fullmatch(secret):
            raise Misconfigured(
                _("What {ref} holds cannot be a webhook's secret: it has 1 to 256 of A-Z, a-z,"
                  " 0-9, _ and -.").format(ref=account.webhook_secret)
            )  # fmt: skip
        return secret
    ref = SecretRef("file", str(account.webhook_secret_file))
    with contextlib.suppress(SecretError):
        if account.webhook_secret_file.exists():
            return resolve(ref)
    store(ref, secrets.token_urlsafe(32))
    return resolve(ref)


async def _body(request: Request) -> bytes | None:
    """None: larger than any update."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
    return b"".join(parts)


@contextlib.asynccontextmanager
async def _listening(account: TelegramAccount, answer: Any) -> AsyncIterator[None]:
    """Serve while inside; calls in progress are answered before it ends."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    path = "/{path:path}"  # whatever the web server before it leaves of the address
    app = Starlette(routes=[Route(path, answer, methods=["GET", "POST"])])
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, server_header=False, ws="none",
        timeout_graceful_shutdown=5, timeout_keep_alive=75,
    )  # fmt: skip
    server = GuestServer(config)
    # In a thread: a name may have to be looked up.
    listening = await asyncio.to_thread(_bound, *account.webhook_listen)
    with listening:
        serving = asyncio.create_task(
            server.serve(sockets=[listening]), name=f"webhook {account.name}"
        )
        try:
            yield
        finally:
            server.should_exit = True
            await asyncio.wait([serving], timeout=10)
            serving.cancel()


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound(host, port)
    except OSError as error:
        raise Misconfigured(
            _("The webhook cannot listen on {host}:{port}: {why}; correct webhook_listen.").format(
                host=host, port=port, why=error.strerror or error
            )
        ) from None
