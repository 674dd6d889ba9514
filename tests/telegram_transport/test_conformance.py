"""The contract of all channels, on Telegram."""

from __future__ import annotations

import pytest

from connectors.conformance import ConnectorConformance, Harness
from connectors.contract import Connector, Outgoing
from connectors.telegram.connector import TelegramConnector
from tests.servers.bot_api.server import BotApi
from tests.telegram_transport.conftest import AccountMaker, answer


class TelegramHarness:
    def __init__(self, server: BotApi, accounts: AccountMaker) -> None:
        self.server = server
        self.accounts = accounts
        self.customer = server.user("Ann")
        self.texts: dict[str, str] = {}
        self.written = 0

    def connector(self) -> Connector:
        return TelegramConnector("bot", self.accounts())

    def broken(self) -> Connector | None:
        bot = self.server.add_bot("7000009:AAH-a_token-that_is-taken-back-00000")
        account = self.accounts(bot, name="revoked")
        self.server.revoke(bot, "7000009:AAH-another_one-00000000000000000")
        return TelegramConnector("revoked", account)

    async def customer_writes(self) -> str | None:
        self.written += 1
        text = f"Where is my order {self.written}?"
        self.customer.says(text)
        return text

    def outgoing(self, key: str, text: str) -> Outgoing:
        self.texts[key] = text
        return answer(self.customer.address, text, key=key)

    async def delivered(self, key: str) -> int:
        return sum(seen.text == self.texts[key] for seen in self.customer.hears())


class TestTelegram(ConnectorConformance):
    @pytest.fixture
    def harness(self, bot_api: BotApi, telegram: AccountMaker) -> Harness:
        return TelegramHarness(bot_api, telegram)
