"""Webhook mode: Telegram calls, and is told 200 only for what the store has."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.model import TelegramAccount
from connectors.conformance import MemoryIntake
from connectors.contract import Misconfigured, Signal
from connectors.telegram import webhook
from connectors.telegram.connector import TelegramConnector
from tests.servers.bot_api.server import BotApi
from tests.servers.process import free_port
from tests.telegram_transport.conftest import AccountMaker, receiving, secret_file
from tests.telegram_transport.test_polling import eventually, failure, texts


class Intake(MemoryIntake):
    def __init__(self) -> None:
        super().__init__()
        self.details: list[str] = []

    async def signal(self, signals: Sequence[Signal]) -> None:
        """Kept nowhere: no such thing here."""

    async def present(self, chats: Sequence[Signal]) -> None:
        """Kept nowhere: no such thing here."""

    async def online(self, detail: str = "", past: tuple[int, int] = (0, 0)) -> None:
        self.details.append(detail)


@pytest.fixture
def account(telegram: AccountMaker) -> TelegramAccount:
    port = free_port()
    return telegram(webhook=f"http://127.0.0.1:{port}/telegram", webhook_listen=("127.0.0.1", port))


async def call(
    account: TelegramAccount, body: bytes, secret: str = "", method: str = "POST"
) -> int:
    headers = {webhook.HEADER: secret} if secret else {}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.request(method, account.webhook, content=body, headers=headers)
        return answer.status_code


async def test_updates_come_in_order_and_are_gone_at_telegram(
    bot_api: BotApi, account: TelegramAccount
) -> None:
    customer = bot_api.user("Ann")
    for number in range(30):
        customer.says(str(number))
    intake = Intake()
    async with receiving(account, intake) as (connector, _):
        await intake.until(lambda: len(intake.messages) == 30)
        await eventually(lambda: not bot_api.bot.updates.waiting)
        assert bot_api.bot.username in connector.capabilities.link
    assert texts(intake) == [str(number) for number in range(30)]
    assert not bot_api.calls_of("getUpdates")
    (setting,) = bot_api.calls_of("setWebhook")
    assert setting.arguments["max_connections"] == 1
    assert "message_reaction" in setting.arguments["allowed_updates"]
    assert "drop_pending_updates" not in setting.arguments
    assert intake.details
    # It stays set: what comes while the engine is away waits at Telegram.
    customer.says("while away")
    assert bot_api.bot.webhook.url == account.webhook
    async with receiving(account, intake):
        await intake.until(lambda: "while away" in texts(intake))
    assert len(intake.messages) == 31


async def test_what_the_store_refuses_comes_again(
    bot_api: BotApi, account: TelegramAccount
) -> None:
    intake = Intake()
    connector = TelegramConnector("bot", account)
    running = asyncio.create_task(connector.run(intake))
    await eventually(lambda: bot_api.bot.webhook.secret)
    intake.refusing = True
    update = json.dumps({"update_id": 1, "message": {}}).encode()
    assert await call(account, update, bot_api.bot.webhook.secret) == 503
    with pytest.raises(OSError, match="No space left"):
        await running
    await connector.close()
    bot_api.user("Ann").says("one")
    intake.refusing = False
    async with receiving(account, intake):
        await intake.until(lambda: texts(intake) == ["one"])
        await eventually(lambda: not bot_api.bot.updates.waiting)


async def test_only_telegram_is_let_in(bot_api: BotApi, account: TelegramAccount) -> None:
    update = json.dumps({"update_id": 1, "message": {}}).encode()
    intake = Intake()
    async with receiving(account, intake):
        await eventually(lambda: bot_api.bot.webhook.secret)
        secret = bot_api.bot.webhook.secret
        assert await call(account, update) == 403
        assert await call(account, update, secret[:-1]) == 403
        assert await call(account, update, secret + "0") == 403
        assert await call(account, b"", secret, method="GET") == 405
        assert await call(account, b"{", secret) == 400
        assert await call(account, b"x" * (webhook.LARGEST + 1), secret) == 413
        assert not intake.items
        assert await call(account, update, secret) == 200
        assert await call(account, update, secret) == 200
    assert len(intake.items) == 1


async def test_the_secret_is_made_once_and_kept_closed(
    bot_api: BotApi, account: TelegramAccount
) -> None:
    secrets = []
    for _time in range(2):
        async with receiving(account, Intake()):
            await eventually(lambda: bot_api.calls_of("setWebhook"))
            secrets.append(bot_api.calls_of("setWebhook")[-1].arguments["secret_token"])
    assert secrets[0] == secrets[1]
    assert len(secrets[0]) >= 32
    assert stat.S_IMODE(account.webhook_secret_file.stat().st_mode) == 0o600


async def test_a_secret_of_the_admins_own(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path
) -> None:
    port = free_port()
    settings: dict[str, Any] = {
        "webhook": f"http://127.0.0.1:{port}/", "webhook_listen": ("127.0.0.1", port)
    }  # fmt: skip
    own = telegram(webhook_secret=secret_file(tmp_path, "s", "Our-own_1"), **settings)
    async with receiving(own, Intake()):
        await eventually(lambda: bot_api.bot.webhook.secret == "Our-own_1")
    odd = telegram(webhook_secret=secret_file(tmp_path, "s", "not/allowed!"), **settings)
    error = await failure(TelegramConnector("bot", odd))
    assert isinstance(error, Misconfigured)
    assert "not/allowed!" not in str(error)


async def test_a_port_that_is_taken_is_told(bot_api: BotApi, account: TelegramAccount) -> None:
    with socket.create_server(account.webhook_listen):
        error = await failure(TelegramConnector("bot", account))
    assert isinstance(error, Misconfigured)
    assert "webhook_listen" in str(error)
    assert not bot_api.calls_of("setWebhook")


async def test_a_webhook_that_another_program_took_is_told(
    bot_api: BotApi, account: TelegramAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "LOOK", 0.1)
    running = asyncio.create_task(failure(TelegramConnector("bot", account)))
    await eventually(lambda: bot_api.bot.webhook.url)
    bot_api.bot.webhook.url = "https://other.example/"
    error = await running
    assert isinstance(error, Misconfigured)
    assert "Another program" in str(error)


async def test_what_telegram_could_not_deliver_is_told(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The web server before the engine answers nothing good."""
    monkeypatch.setattr(webhook, "LOOK", 0.1)
    bot_api.user("Ann").says("one")
    account = telegram(
        webhook=f"http://127.0.0.1:{free_port()}/", webhook_listen=("127.0.0.1", free_port())
    )
    intake = Intake()
    async with receiving(account, intake) as (connector, _):
        await eventually(lambda: any("could not deliver" in each for each in intake.details))
        checks = await connector.check()
        (check,) = [check for check in checks if check.name == "webhook"]
        assert not check.ok
        assert "could not deliver" in check.detail


async def test_back_to_long_polling_nothing_is_lost(
    bot_api: BotApi, account: TelegramAccount, telegram: AccountMaker
) -> None:
    customer, intake = bot_api.user("Ann"), Intake()
    async with receiving(account, intake):
        customer.says("by webhook")
        await intake.until(lambda: texts(intake) == ["by webhook"])
    customer.says("meanwhile")
    async with receiving(telegram(), intake):
        await intake.until(lambda: texts(intake) == ["by webhook", "meanwhile"])
    assert not bot_api.bot.webhook.url
