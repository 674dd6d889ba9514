"""The token stands in every URL. It is in no log, no error and nothing that is stored."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from connectors.conformance import MemoryIntake
from connectors.contract import ChannelError
from connectors.telegram import bot, files, polling, quiet, request
from connectors.telegram.connector import TelegramConnector
from tests.servers.bot_api.server import BotApi
from tests.servers.process import free_port
from tests.telegram_transport.conftest import AccountMaker, answer

FAULTS = [
    "too_many", "error", "bad_gateway", "conflict", "unauthorized", "hang", "half", "lost", "cut",
    "garbage",
]  # fmt: skip


QUICK = {"connections": 8, "read": 0.5}
"""How long an answer is waited for here."""


class Everything(logging.Handler):
    """Whatever any logger says, formatted as the most talkative program would."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record))


@pytest.fixture
def log() -> Iterator[list[str]]:
    handler = Everything()
    names = ["", *logging.root.manager.loggerDict]
    loggers = [logging.getLogger(name) for name in names if not name.startswith("asyncio")]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)
    for logger, level in before:
        logger.setLevel(level)


def told(error: BaseException) -> str:
    """All that a program could show of it, with its causes."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("fault", FAULTS)
async def test_under_every_fault(
    bot_api: BotApi,
    telegram: AccountMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log: list[str],
    fault: str,
) -> None:
    monkeypatch.setattr(request.ApiRequest.__init__, "__kwdefaults__", QUICK)
    monkeypatch.setattr(bot, "GRACE", 0.3)
    monkeypatch.setattr(bot, "DOWNLOAD_READ", 0.3)
    monkeypatch.setattr(polling, "GRACE", 0.3)
    monkeypatch.setattr(polling, "MANNERS", 0.0)
    monkeypatch.setattr(files, "PAUSE", 0.0)
    customer = bot_api.user("Ann")
    document = customer.sends_document(b"x" * 100)
    target = tmp_path / "file"
    target.touch()
    shown: list[str] = []
    reference = f'{{"file_id": "{document.file_id}"}}'
    jobs: dict[str, Callable[[TelegramConnector], Awaitable[object]]] = {
        "getMe": lambda connector: connector.run(MemoryIntake()),
        "getUpdates": lambda connector: connector.run(MemoryIntake()),
        "sendMessage": lambda connector: connector.send(answer(customer.address, "Hello")),
        "getFile": lambda connector: connector.fetch(reference, target),
        "file": lambda connector: connector.fetch(reference, target),
        "getWebhookInfo": lambda connector: connector.check(),
    }
    for method, job in jobs.items():
        bot_api.faults.clear()
        met = bot_api.fault(fault, method, times=99, retry_after=60)  # type: ignore[arg-type]
        connector = TelegramConnector("bot", telegram(poll_timeout=1))
        async with asyncio.timeout(20):
            try:
                found = await job(connector)
            except ChannelError as error:
                shown += [str(error), told(error)]
            else:
                shown.append(repr(found))
        assert met.met
        shown.append(repr(connector._line))
        await connector.close()
    bot_api.release()
    everything = "\n".join([*shown, *log])
    assert bot_api.token not in everything
    assert bot_api.token.partition(":")[2] not in everything
    assert "Ann" not in "\n".join(log)


async def test_when_nothing_is_there_or_the_proxy_fails(
    bot_api: BotApi, telegram: AccountMaker, log: list[str]
) -> None:
    nowhere = [
        {"base_url": f"http://127.0.0.1:{free_port()}/bot"},
        {"base_url": "https://bot-api.invalid/bot"},
        {"base_url": f"https://127.0.0.1:{bot_api.port}/bot"},
        {"proxy": f"http://127.0.0.1:{free_port()}"},
        {"proxy": f"socks5://127.0.0.1:{free_port()}"},
        {"proxy": f"http://127.0.0.1:{bot_api.port}"},
    ]
    shown = []
    for settings in nowhere:
        connector = TelegramConnector("bot", telegram(**settings))
        with pytest.raises(ChannelError) as error:
            await connector.run(MemoryIntake())
        shown += [str(error.value), told(error.value)]
        await connector.close()
    assert bot_api.token.partition(":")[2] not in "\n".join([*shown, *log])


async def test_the_log_of_a_good_day(
    bot_api: BotApi, telegram: AccountMaker, log: list[str]
) -> None:
    connector = TelegramConnector("bot", telegram())
    await connector.check()
    await connector.send(answer(bot_api.user("Ann").address, "Something private"))
    await connector.close()
    everything = "\n".join(log)
    assert bot_api.token.partition(":")[2] not in everything
    assert "Something private" not in everything


def test_the_silence_is_needed() -> None:
    """httpx does write URLs: when this fails, `quiet` may go."""
    assert "httpx" in quiet._TALKATIVE
    logger = logging.getLogger("httpx")
    quiet.silence()
    assert not logger.filter(logging.makeLogRecord({"name": "httpx", "msg": "URL"}))
