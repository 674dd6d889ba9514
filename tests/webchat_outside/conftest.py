"""One relay process for every stranger's test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.webchat_outside.desk import Desk
from tests.webchat_outside.relay_process import config, running

TOKEN = "desk-token-" + "0123456789abcdef" * 2


@pytest.fixture(scope="session")
def relay_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("outside")
    (home / "config.toml").write_text(config(home))
    return home


@pytest.fixture(scope="session")
def relay(relay_home: Path) -> Iterator[str]:
    with running(relay_home, "--test-page") as address:
        yield address


@pytest.fixture
async def desk(relay: str) -> AsyncIterator[Desk]:
    async with Desk(relay, TOKEN) as desk:
        yield desk
