"""Contents of files: streamed, asked for anew when they have moved, and told when out of reach."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Inbound, Rejected, Remote, Unreachable
from connectors.telegram import files
from connectors.telegram.connector import TelegramConnector
from connectors.telegram.files import NotNow
from tests.servers.bot_api.posted import Posted
from tests.servers.bot_api.server import BotApi
from tests.telegram_transport.conftest import AccountMaker, receiving


def reference(posted: Posted) -> str:
    return json.dumps({"file_id": posted.file_id})


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PAUSE", 0.01)


async def fetched(connector: TelegramConnector, wanted: str, into: Path) -> bytes:
    await asyncio.to_thread(into.touch)
    async with asyncio.timeout(20):
        await connector.fetch(wanted, into)
    return await asyncio.to_thread(into.read_bytes)


async def test_what_a_message_brings_can_be_fetched(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path
) -> None:
    content = os.urandom(3_000_000)
    bot_api.user("Ann").sends_document(content, "звіт.pdf")
    async with receiving(telegram()) as (connector, intake):
        await intake.until(lambda: bool(intake.messages))
        message = intake.messages[0]
        assert isinstance(message, Inbound)
        (file,) = message.files
        assert file.name == "звіт.pdf"
        assert isinstance(file.content, Remote)
        assert file.content.size == len(content)
        assert await fetched(connector, file.content.reference, tmp_path / "one") == content
        many = [
            fetched(connector, file.content.reference, tmp_path / f"many{n}") for n in range(12)
        ]
        assert set(await asyncio.gather(*many)) == {content}


@pytest.mark.parametrize("fault", ["half", "lost", "error", "bad_gateway", "cut"])
@pytest.mark.parametrize("method", ["getFile", "file"])
async def test_a_download_that_breaks_is_tried_again(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path, method: str, fault: str
) -> None:
    posted = bot_api.user("Ann").sends_document(b"x" * 100_000)
    connector = TelegramConnector("bot", telegram())
    try:
        bot_api.fault(fault, method)  # type: ignore[arg-type]
        assert len(await fetched(connector, reference(posted), tmp_path / "a")) == 100_000
        bot_api.fault(fault, method, times=99)  # type: ignore[arg-type]
        with pytest.raises(Unreachable) as error:
            await fetched(connector, reference(posted), tmp_path / "b")
        assert error.value.retry
    finally:
        await connector.close()


async def test_a_file_too_large_for_telegram_is_told_plainly(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path
) -> None:
    posted = bot_api.user("Ann").sends_document(b"x", size=30 << 20)
    connector = TelegramConnector("bot", telegram())
    try:
        with pytest.raises(Rejected) as error:
            await fetched(connector, reference(posted), tmp_path / "a")
        assert "20 MB" in str(error.value)
        bot_api.self_hosted = True
        with pytest.raises(NotNow):  # of 30 MB one byte came: told, not taken for the file
            await fetched(connector, reference(posted), tmp_path / "b")
    finally:
        await connector.close()


@pytest.mark.parametrize("wanted", ["", "[]", "{}", '{"file_id": 5}', "nonsense", "null"])
async def test_a_reference_that_is_none_is_refused(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path, wanted: str
) -> None:
    connector = TelegramConnector("bot", telegram())
    try:
        with pytest.raises((Rejected, NotNow)):
            await fetched(connector, wanted, tmp_path / "a")
    finally:
        await connector.close()


async def test_a_file_that_is_gone_holds_up_no_other(
    bot_api: BotApi, telegram: AccountMaker, tmp_path: Path
) -> None:
    """Told as a failure of this file: the engine takes the account's failures for all of them."""
    ann = bot_api.user("Ann")
    gone, there = ann.sends_document(b"gone"), ann.sends_document(b"there")
    bot_api.world.files.expire(gone.file_id)
    connector = TelegramConnector("bot", telegram())
    try:
        with pytest.raises(NotNow) as error:
            await fetched(connector, reference(gone), tmp_path / "a")
        assert error.value.retry
        assert await fetched(connector, reference(there), tmp_path / "b") == b"there"
    finally:
        await connector.close()


@pytest.mark.parametrize("readable", [True, False])
async def test_a_server_of_our_own_may_name_a_file_on_its_disk(
    bot_api: BotApi,
    telegram: AccountMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    readable: bool,
) -> None:
    """`telegram-bot-api --local`: getFile answers with an absolute path."""
    posted = bot_api.user("Ann").sends_document(b"from the disk" if not readable else b"network")
    token = bot_api.token
    relative = bot_api.world.files.by_id(posted.file_id).path  # type: ignore[union-attr]
    there = tmp_path / "server" / token / relative
    if readable:
        there.parent.mkdir(parents=True)
        there.write_bytes(b"from the disk")

    async def raw(self: Any, method: str, **_arguments: Any) -> Any:
        assert method == "getFile"
        return {"file_id": "x", "file_size": len(b"from the disk"), "file_path": str(there)}

    monkeypatch.setattr("connectors.telegram.bot.DeskBot.raw", raw)
    connector = TelegramConnector("bot", telegram())
    try:
        assert await fetched(connector, reference(posted), tmp_path / "a") == b"from the disk"
    finally:
        await connector.close()
    assert bool(bot_api.calls_of("file")) is not readable


@pytest.mark.parametrize("way", ["absolute", "dots", "link", "pipe", "relative"])
async def test_a_server_that_names_another_file_does_not_get_it_read(
    bot_api: BotApi,
    telegram: AccountMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    posted = bot_api.user("Ann").sends_document(b"x")
    secret = tmp_path / "passwd"
    secret.write_text("root:x:0:0")
    own = tmp_path / bot_api.token
    own.mkdir()
    match way:
        case "absolute":
            path = str(secret)
        case "dots":
            path = f"{own}/../passwd"
        case "link":
            path = str(own / "photo.jpg")
            (own / "photo.jpg").symlink_to(secret)
        case "pipe":
            path = str(own / "pipe")
            os.mkfifo(path)
        case _:
            path = "documents/../../../etc/passwd"

    async def raw(self: Any, method: str, **_arguments: Any) -> Any:
        return {"file_id": "x", "file_path": path}

    monkeypatch.setattr("connectors.telegram.bot.DeskBot.raw", raw)
    connector = TelegramConnector("bot", telegram())
    try:
        with pytest.raises(NotNow):
            await fetched(connector, reference(posted), tmp_path / "a")
    finally:
        await connector.close()
    assert (tmp_path / "a").read_bytes() == b""


@pytest.mark.parametrize("path", ["a\nb", "a?b#c", "%2e%2e/x", "x" * 70_000, "a b", "//host/x"])
async def test_odd_paths_are_only_paths(
    bot_api: BotApi,
    telegram: AccountMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    posted = bot_api.user("Ann").sends_document(b"x")

    async def raw(self: Any, method: str, **_arguments: Any) -> Any:
        return {"file_id": "x", "file_path": path}

    monkeypatch.setattr("connectors.telegram.bot.DeskBot.raw", raw)
    connector = TelegramConnector("bot", telegram())
    try:
        with pytest.raises((NotNow, Unreachable)):
            await fetched(connector, reference(posted), tmp_path / "a")
    finally:
        await connector.close()
    assert {each.token for each in bot_api.calls_of("file")} <= {bot_api.token}
