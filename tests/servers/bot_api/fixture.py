"""`bot_api`: a Bot API server of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.bot_api.server import BotApi


@pytest.fixture
def bot_api() -> Iterator[BotApi]:
    """A server with one bot and nobody else. Fails the test whose answers or updates were not
    valid by the specification."""
    server = BotApi()
    try:
        yield server.start()
    finally:
        server.close()
    assert not server.problems, server.problems
