"""One relay for all tests that only talk to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webchat_relay.server import RelayProcess


@pytest.fixture(scope="session")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    """A relay that stays up; each test has visitors of its own on it."""
    with RelayProcess(tmp_path_factory.mktemp("relay")) as running:
        yield running
