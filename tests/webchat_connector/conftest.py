"""Accounts at a relay, and messages to its visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from config.model import WebchatAccount
from config.secret_ref import SecretRef
from connectors.contract import Address, Outgoing
from tests.webchat_connector.relay import relay_with_sites
from tests.webchat_connector.samples import ANN
from tests.webchat_relay.server import RelayProcess, Visitor

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


@dataclass(frozen=True, slots=True)
class Shop:
    """A site that no other test has used, at a relay that all share."""

    relay: RelayProcess
    site: str
    token: str

    def visitor(self) -> Visitor:
        return Visitor(self.relay, site=self.site)


@pytest.fixture(scope="session")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RelayProcess, Iterator[Any]]]:
    process, tokens = relay_with_sites(tmp_path_factory.mktemp("webchat") / "relay")
    with process:
        yield process, iter(tokens.items())


@pytest.fixture
def shop(relay: tuple[RelayProcess, Iterator[tuple[str, str]]]) -> Shop:
    process, sites = relay
    return Shop(process, *next(sites))
