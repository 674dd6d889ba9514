"""One relay for all tests that only talk to it, and fresh ones for those that end it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webchat_relay.server import RelayProcess


@pytest.fixture(scope="session")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    """A relay that stays up; each test has visitors of its own on it."""
    with RelayProcess(tmp_path_factory.mktemp("relay")) as running:
        yield running


@pytest.fixture
def own_relay(tmp_path: Path) -> Iterator[RelayProcess]:
    """A relay that the test may kill."""
    directory = tmp_path / "own"
    directory.mkdir()
    with RelayProcess(directory) as running:
        yield running
