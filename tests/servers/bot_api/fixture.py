"""`bot_api`: a Bot API server of the test's own; `bot_api_process`: one in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.servers.bot_api.control import RemoteBotApi
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


@pytest.fixture
def bot_api_process() -> Iterator[RemoteBotApi]:
    """The same in a process of its own, which outlives whatever a test kills."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.bot_api", "--until-eof"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield RemoteBotApi(process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)
