"""Faults, as the real library meets them: what it raises, and whether the message was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from tests.servers.bot_api import BotApi, User
from tests.servers.bot_api.faults import FaultKind


@pytest.fixture
async def bot(bot_api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with Bot(
        bot_api.token, base_url=bot_api.base_url, base_file_url=bot_api.base_file_url
    ) as made:
        yield made


@pytest.fixture
def ann(bot_api: BotApi) -> User:
    return bot_api.user("Ann", id=42)


@pytest.mark.parametrize(
    ("kind", "error", "was_sent"),
    [
        ("too_many", RetryAfter, False),
        ("error", NetworkError, False),
        ("bad_gateway", NetworkError, False),
        ("conflict", Conflict, False),
        ("unauthorized", InvalidToken, False),
        ("cut", NetworkError, False),
        ("half", NetworkError, True),
        ("lost", NetworkError, True),
        ("garbage", TelegramError, True),
    ],
)
async def test_a_fault_once(
    bot_api: BotApi, bot: Bot, ann: User, kind: FaultKind, error: type[Exception], was_sent: bool
) -> None:
    fault = bot_api.fault(kind, "sendMessage")
    await bot.send_chat_action(42, "typing")
    with pytest.raises(error):
        await bot.send_message(42, "one")
    assert [each.text for each in ann.hears()] == ["one"] * was_sent
    assert fault.met == 1
    await bot.send_message(42, "two")
    assert ann.hears()[-1].text == "two"
    first, second = bot_api.calls_of("sendMessage")
    assert (first.fault, second.fault) == (kind, "")
    assert (second.status, second.answer["text"]) == (200, "two")


@pytest.mark.parametrize("kind", ["too_many", "error", "bad_gateway", "cut"])
async def test_a_fault_after_the_effect(
    bot_api: BotApi, bot: Bot, ann: User, kind: FaultKind
) -> None:
    bot_api.fault(kind, "sendMessage", after=True)
    with pytest.raises(TelegramError):
        await bot.send_message(42, "sent all the same")
    assert len(ann.hears()) == 1


async def test_half_an_answer_confirms_nothing(bot_api: BotApi, bot: Bot, ann: User) -> None:
    said = ann.says("hello")
    for kind in ("half", "lost", "garbage", "cut"):
        bot_api.fault(kind, "getUpdates")
        with pytest.raises(TelegramError):
            await bot.get_updates()
    assert [update.update_id for update in await bot.get_updates()] == [said.update_id]


async def test_which_calls_are_hit(bot_api: BotApi, bot: Bot, ann: User) -> None:
    bot_api.fault("error", "sendMessage", times=2, skip=1, where={"chat_id": 42})
    other = bot_api.user("Bob")
    outcomes = []
    for chat in (42, other.id, 42, 42, 42):
        try:
            await bot.send_message(chat, "x")
            outcomes.append("sent")
        except NetworkError:
            outcomes.append("failed")
    assert outcomes == ["sent", "sent", "failed", "failed", "sent"]
    assert len(ann.hears()) == 2


async def test_no_answer_in_time(bot_api: BotApi, bot: Bot, ann: User) -> None:
    bot_api.fault("hang", "sendMessage", after=True)
    with pytest.raises(TimedOut):
        await bot.send_message(42, "one", read_timeout=0.05)
    assert len(ann.hears()) == 1, "it was taken"
    bot_api.fault("hang", "sendMessage")
    waiting = asyncio.create_task(bot.send_message(42, "two"))
    await bot_api.until(lambda: len(bot_api.calls_of("sendMessage")) == 2)
    assert len(ann.hears()) == 1, "it is not carried out yet"
    bot_api.release()
    await waiting
    assert len(ann.hears()) == 2


async def test_a_slow_answer(bot_api: BotApi, bot: Bot, ann: User) -> None:
    bot_api.fault("slow", "sendMessage", seconds=0.2)
    with pytest.raises(TimedOut):
        await bot.send_message(42, "one", read_timeout=0.05)
    await bot_api.until(ann.hears)


@pytest.mark.parametrize("kind", ["half", "cut", "bad_gateway"])
async def test_downloads_that_go_wrong(
    bot_api: BotApi, bot: Bot, ann: User, kind: FaultKind
) -> None:
    photo = ann.sends_photo()
    bot_api.fault(kind, "file")
    file = await bot.get_file(photo.file_id)
    with pytest.raises(TelegramError):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == ann.sees()[0].file


async def test_a_server_that_went_away_and_came_back(bot_api: BotApi, bot: Bot, ann: User) -> None:
    bot_api.close()
    with pytest.raises(NetworkError):
        await bot.send_message(42, "nobody there")
    bot_api.start()
    await bot.send_message(42, "here again")
    assert [each.text for each in ann.hears()] == ["here again"]
