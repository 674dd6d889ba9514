"""Accounts at a relay, and messages to its visitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config.model import WebchatAccount
from config.secret_ref import SecretRef
from connectors.contract import Address, Outgoing
from tests.webchat_connector.samples import ANN

TOKEN = "desk-token-0123456789abcdefghij"

AccountMaker = Callable[..., WebchatAccount]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> AccountMaker:
    def made(relay: str, token: str = TOKEN, **more: Any) -> WebchatAccount:
        variable = f"SITE_TOKEN_{len(token)}_{abs(hash(token))}"
        monkeypatch.setenv(variable, token)
        return WebchatAccount("site", relay, SecretRef("env", variable), **more)

    return made


def outgoing(text: str = "Hello", *, to: str = ANN, key: str = "k1@desk", **more: Any) -> Outgoing:
    return Outgoing(key=key, account="site", to=(Address(to),), text=text, chat=to, **more)
