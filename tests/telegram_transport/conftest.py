"""A bot on a Bot API server of the test's own, its settings, and connectors on it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from config.model import TelegramAccount
from config.secret_ref import SecretRef
from connectors.conformance import MemoryIntake, running
from connectors.contract import Address, Outgoing
from connectors.telegram.connector import TelegramConnector
from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.fixture import bot_api
from tests.servers.bot_api.server import BotApi

__all__ = ["bot_api"]

AccountMaker = Callable[..., TelegramAccount]


def secret_file(directory: Path, name: str, secret: str) -> SecretRef:
    path = directory / name
    path.write_text(secret)
    path.chmod(0o600)
    return SecretRef("file", str(path))


@pytest.fixture
def telegram(bot_api: BotApi, tmp_path: Path) -> AccountMaker:
    """`telegram(bot=…, proxy=…)`: settings of a bot on the test's server, unhurried."""

    def make(bot: Bot | None = None, *, name: str = "bot", **settings: Any) -> TelegramAccount:
        token = secret_file(tmp_path, f"{name}.token", (bot or bot_api.bot).token)
        usual: dict[str, Any] = {
            "token": token,
            "webhook_secret_file": tmp_path / "state" / f"{name}.webhook",
            "base_url": bot_api.base_url,
            "greeting": {},
            "poll_timeout": 5,
            "pace_per_second": 1000,
            "pace_per_chat": 1000,
        }
        return TelegramAccount(name=name, **(usual | settings))

    return make


@asynccontextmanager
async def receiving(
    account: TelegramAccount, intake: MemoryIntake | None = None
) -> AsyncIterator[tuple[TelegramConnector, MemoryIntake]]:
    """A connector that receives while inside."""
    connector, intake = TelegramConnector(account.name, account), intake or MemoryIntake()
    async with running(connector, intake):
        yield connector, intake


def answer(chat: str, text: str, *, key: str = "answer.1", **more: Any) -> Outgoing:
    return Outgoing(
        key=key,
        account="bot",
        to=(Address(chat),),
        text=text,
        chat=chat,
        created_at=int(time.time() * 1000),
        **more,
    )
