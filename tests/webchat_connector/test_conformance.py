"""The contract of all channels, on a web chat with a real relay."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from connectors.conformance import ConnectorConformance, Harness
from connectors.contract import Connector, Outgoing
from connectors.webchat.connector import WebchatConnector
from tests.webchat_connector.conftest import AccountMaker, Shop, outgoing
from tests.webchat_connector.relay import answers


class WebchatHarness:
    def __init__(self, shop: Shop, account: AccountMaker) -> None:
        self.shop = shop
        self.account = account
        self.visitor = shop.visitor()
        self.texts: dict[str, str] = {}
        self.written = 0

    def connector(self) -> Connector:
        return WebchatConnector("site", self.account(self.shop.relay.url, self.shop.token))

    def broken(self) -> Connector | None:
        return WebchatConnector("site", self.account(self.shop.relay.url, "another-" * 5))

    async def customer_writes(self) -> str | None:
        if not self.visitor.id:
            await self.visitor.open()
        self.written += 1
        text = f"Where is my order {self.written}?"
        await self.visitor.write(text)
        return text

    def outgoing(self, key: str, text: str) -> Outgoing:
        self.texts[key] = text
        return outgoing(text, to=self.visitor.id or "v_" + "A" * 22, key=key)

    async def delivered(self, key: str) -> int:
        return answers(self.visitor).count(self.texts[key])


class TestWebchat(ConnectorConformance):
    @pytest.fixture
    async def harness(self, shop: Shop, account: AccountMaker) -> AsyncIterator[Harness]:
        harness = WebchatHarness(shop, account)
        yield harness
        await harness.visitor.close()
