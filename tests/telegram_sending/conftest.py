"""A bot of the real library at the test server, and what carries messages out through it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import pytest

from connectors.contract import Address, Outgoing
from connectors.telegram.bot import DeskBot
from connectors.telegram.request import ApiRequest, Way
from connectors.telegram.sending import Pacing, Sending
from tests.servers.bot_api import TOKEN, BotApi


def line(base_url: str, pacing: Pacing, *, read: float = 5.0) -> tuple[DeskBot, ApiRequest]:
    request = ApiRequest(Way(ssl.create_default_context()), read=read)
    bot = DeskBot(TOKEN, base_url=base_url, request=request, rate_limiter=pacing)
    return bot, request


@pytest.fixture
def connections() -> dict[str, str]:
    """Owner → business connection."""
    return {}


@pytest.fixture
async def sending(bot_api: BotApi, connections: dict[str, str]) -> AsyncIterator[Sending]:
    """Without pacing worth the name."""
    bot, request = line(bot_api.base_url, Pacing(10_000, 10_000), read=2.0)
    yield Sending(bot, connections.get)
    await request.shutdown()


class Told:
    """What `progress` was told."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    async def __call__(self, key: str) -> None:
        self.parts.append(key)


def outgoing(chat: str, text: str = "", key: str = "k", **more: object) -> Outgoing:
    return Outgoing(
        key=key, account="bot", to=(Address(chat.partition("/")[0]),), text=text, chat=chat, **more
    )  # type: ignore[arg-type]
