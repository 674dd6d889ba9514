"""One bot as python-telegram-bot knows it, over our own HTTP set-up."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from telegram.error import TelegramError
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import BaseRequest

from config.i18n import _
from config.model import TelegramAccount
from config.secrets import resolve
from connectors.contract import AuthFailed
from connectors.telegram import failures
from connectors.telegram.quiet import silence
from connectors.telegram.reading.values import object_of, whole
from connectors.telegram.request import ApiRequest, Way, way
from connectors.tls import client_context

GRACE = 10.0
"""Seconds beyond its own time after which a held getUpdates counts as lost."""
DOWNLOAD_READ = 30.0
"""Seconds without a byte after which a download counts as lost."""
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


class DeskBot(ExtBot[Any]):
    """The library's bot, which also gives answers as they came."""

    __slots__ = ()

    async def raw(
        self, method: str, *, read_timeout: Any = BaseRequest.DEFAULT_NONE, **arguments: Any
    ) -> Any:
        """The `result` as plain JSON: nothing that the library does not know is lost. Raises
        `ChannelError`; only for methods that may be called again without harm."""
        try:
            return await self._post(method, arguments, read_timeout=read_timeout)
        except TelegramError as error:
            raise failures.of_call(error) from error

    async def _post(self, endpoint: str, data: Any = None, **options: Any) -> Any:
        """Of what was sent only its number is read: a server that leaves the rest out, or
        writes it in its own way, has taken the message all the same."""
        answer = await super()._post(endpoint, data, **options)
        if not endpoint.startswith("send") or endpoint == "sendChatAction":
            return answer
        return [_posted(each) for each in answer] if isinstance(answer, list) else _posted(answer)


def _posted(answer: object) -> dict[str, Any]:
    """A Message object with nothing but its number. Raises `TelegramError`."""
    number = whole(object_of(answer).get("message_id"))
    if number is None:
        raise TelegramError("Invalid server response")
    return {"message_id": number, "date": 0, "chat": {"id": 0, "type": "private"}}


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is (getMe)."""

    id: int
    username: str
    name: str
    sees_groups: bool
    """Privacy mode is off: it is shown all that is written in its groups."""
    for_business: bool

    @property
    def address(self) -> str:
        return f"@{self.username}"


class Line:
    """The connections of one bot. `open_line` makes it; `close` it once."""

    def __init__(
        self, account: TelegramAccount, token: str, way: Way, limiter: BaseRateLimiter[Any] | None
    ) -> None:
        silence()
        self.way = way
        self.poll_timeout = account.poll_timeout
        base, _bot, _nothing = account.base_url.rpartition("/bot")
        self._files = f"{base}/file/bot{token}"
        self._own_server = account.own_server
        self._token = token
        self._requests = (
            ApiRequest(way, connections=2, read=account.poll_timeout + GRACE),
            ApiRequest(way),
        )
        self.bot = DeskBot(
            token,
            base_url=account.base_url,
            base_file_url=f"{base}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
            rate_limiter=limiter,
        )
        self.downloads = httpx.AsyncClient(
            transport=way.transport(8),
            timeout=httpx.Timeout(DOWNLOAD_READ, connect=10.0, pool=600.0),
            trust_env=False,
        )

    async def me(self) -> Me:
        """Raises `ChannelError`."""
        found = await self.bot.raw("getMe")
        return Me(
            int(found["id"]),
            str(found.get("username", "")),
            str(found.get("first_name", "")),
            bool(found.get("can_read_all_group_messages")),
            bool(found.get("can_connect_to_business")),
        )

    def file_url(self, path: str) -> str:
        """Where a file lies whose path getFile told. Holds the token: never shown, never logged."""
        if path.startswith("/"):  # of a server of our own with --local: below the bot's directory
            path = path.rpartition(f"/{self._token}/")[2]
        return f"{self._files}/{quote(path.lstrip('/'))}"

    def is_bots_own(self, path: Path) -> bool:
        """Whether a file on this disk, its links followed, is one that a server of our own keeps
        for this bot: it keeps them in a directory named as the token, which nobody else has."""
        return self._own_server and self._token in path.parent.parts

    async def close(self) -> None:
        await asyncio.gather(
            self.downloads.aclose(), *(request.shutdown() for request in self._requests)
        )

    def __repr__(self) -> str:
        return f"Line({hashlib.sha256(self._token.encode()).hexdigest()[:8]})"


async def open_line(account: TelegramAccount, limiter: BaseRateLimiter[Any] | None = None) -> Line:
    """Get the secrets and certificates; no connection yet. Raises `ChannelError`, `SecretError`."""
    # In a thread: a secret may come from a keyring or a program.
    token, way = await asyncio.to_thread(_prepared, account)
    return Line(account, token, way, limiter)


def _prepared(account: TelegramAccount) -> tuple[str, Way]:
    token = resolve(account.token).strip()
    if not _TOKEN.fullmatch(token):
        raise AuthFailed(
            _("What {ref} holds is no bot token: they look like 123456:ABC-DEF…; copy it from"
              " @BotFather (/mybots → API Token).").format(ref=account.token)
        )  # fmt: skip
    password = resolve(account.proxy_password) if account.proxy_password else ""
    context = client_context(account.tls_ca)
    return token, way(account.base_url, context, account.proxy, password)
