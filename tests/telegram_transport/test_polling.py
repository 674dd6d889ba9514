"""Long polling: what is stored is confirmed, what is not comes again, and nothing else happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from connectors.conformance import MemoryIntake
from connectors.contract import AuthFailed, ChannelError, Deferred, Misconfigured, Unreachable
from connectors.telegram import polling
from connectors.telegram.connector import TelegramConnector
from connectors.telegram.cursor import KEPT_BY_TELEGRAM, Cursor
from connectors.telegram.failures import OtherPoller
from connectors.telegram.polling import offset_after
from tests.servers.bot_api.server import BotApi
from tests.telegram_transport.conftest import AccountMaker, receiving

PATIENCE = 20.0


async def eventually(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - the server is in another thread
            await asyncio.sleep(0.01)


def texts(intake: MemoryIntake) -> list[str]:
    return [message.text for message in intake.messages]


async def failure(connector: TelegramConnector, intake: MemoryIntake | None = None) -> ChannelError:
    """How receiving ends."""
    try:
        with pytest.raises(ChannelError) as error:
            async with asyncio.timeout(PATIENCE):
                await connector.run(intake or MemoryIntake())
    finally:
        await connector.close()
    return error.value


# -- what is confirmed -----------------------------------------------------------------------


async def test_only_the_call_after_a_batch_has_an_offset(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    customer = bot_api.user("Ann")
    async with receiving(telegram(poll_timeout=1)) as (_connector, intake):
        first = customer.says("one").update_id
        await intake.until(lambda: texts(intake) == ["one"])
        await eventually(lambda: not bot_api.bot.updates.waiting)
        await eventually(lambda: len(bot_api.calls_of("getUpdates")) >= 4)
        second = customer.says("two").update_id
        await intake.until(lambda: texts(intake) == ["one", "two"])
        await eventually(lambda: not bot_api.bot.updates.waiting)
    offsets = [call.arguments.get("offset") for call in bot_api.calls_of("getUpdates")]
    given = [offset for offset in offsets if offset is not None]
    assert given == [first + 1, second + 1]
    assert offsets[0] is None
    # And none of those is held open: what comes meanwhile may have a lower number.
    held = [call.arguments["timeout"] for call in bot_api.calls_of("getUpdates")]
    assert all(not hold for hold, offset in zip(held, offsets, strict=True) if offset is not None)
    assert 1 in held


async def test_what_was_stored_and_not_confirmed_is_not_doubled(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    """The engine dies between the commit and the confirmation."""
    customer = bot_api.user("Ann")
    customer.says("one")
    # The confirmation is on its way for ever.
    confirming = bot_api.fault("hang", "getUpdates", skip=1)
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: texts(intake) == ["one"])
        await eventually(lambda: confirming.met)
    assert bot_api.bot.updates.waiting
    customer.says("two")
    async with receiving(telegram(), intake):
        await intake.until(lambda: "two" in texts(intake))
        await eventually(lambda: not bot_api.bot.updates.waiting)
    bot_api.release()
    assert texts(intake) == ["one", "two"]


async def test_a_lost_answer_to_the_confirmation_loses_nothing(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    """Telegram has confirmed, and given the next ones with an answer that never came."""
    customer = bot_api.user("Ann")
    customer.says("one")
    bot_api.fault("lost", "getUpdates", skip=1)
    async with receiving(telegram()) as (_connector, intake):
        await bot_api.until(lambda: len(bot_api.calls_of("getUpdates")) >= 2)
        customer.says("two")
        await intake.until(lambda: "two" in texts(intake))
    assert texts(intake) == ["one", "two"]


@pytest.mark.parametrize("kind", ["error", "lost", "too_many"])
async def test_a_server_that_stumbles_for_a_moment_is_no_failure(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(polling, "HICCUPS", (0.01, 1.0))
    customer = bot_api.user("Ann")
    async with receiving(telegram()) as (_connector, intake):
        asked = 2  # the first look, and one that is held open
        for text in ("one", "two", "three"):
            await bot_api.until(lambda n=asked: len(bot_api.calls_of("getUpdates")) >= n)
            # As often as it may; the next good answer makes it well again.
            more = {"retry_after": 0} if kind == "too_many" else {}
            bot_api.fault(kind, "getUpdates", 2, **more)  # type: ignore[arg-type]
            customer.says(text)
            await intake.until(lambda text=text: text in texts(intake))  # type: ignore[misc]
            asked += 4  # two that failed, the one that confirms, and one that is held open
    assert texts(intake) == ["one", "two", "three"]


async def test_a_server_that_goes_on_stumbling_is_a_failure(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "HICCUPS", (0.01, 0.01))
    bot_api.fault("error", "getUpdates", 3, skip=1)
    error = await failure(TelegramConnector("bot", telegram()))
    assert isinstance(error, Unreachable)


@pytest.mark.parametrize("kind", ["half", "garbage", "cut", "lost", "error", "bad_gateway"])
async def test_a_broken_poll_is_told_and_loses_nothing(
    bot_api: BotApi, telegram: AccountMaker, kind: str
) -> None:
    customer = bot_api.user("Ann")
    customer.says("one")
    bot_api.fault(kind, "getUpdates")  # type: ignore[arg-type]
    intake = MemoryIntake()
    error = await failure(TelegramConnector("bot", telegram()), intake)
    assert isinstance(error, Unreachable)
    assert error.retry
    assert str(error).endswith(".")
    async with receiving(telegram(), intake):
        await intake.until(lambda: texts(intake) == ["one"])


async def test_a_connection_that_is_dead_is_noticed(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "GRACE", 0.3)
    monkeypatch.setattr(polling, "HICCUPS", ())
    bot_api.fault("hang", "getUpdates", skip=1)
    began = time.monotonic()
    error = await failure(TelegramConnector("bot", telegram(poll_timeout=1)))
    assert isinstance(error, Unreachable)
    assert time.monotonic() - began < PATIENCE
    bot_api.release()


# -- order -----------------------------------------------------------------------------------


async def test_a_thousand_that_waited_come_in_order(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    customers = [bot_api.user(f"Customer {n}") for n in range(7)]
    for number in range(1000):
        customers[number % 7].says(str(number))
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: len(intake.messages) == 1000)
        await eventually(lambda: not bot_api.bot.updates.waiting)
    assert texts(intake) == [str(number) for number in range(1000)]
    assert len(bot_api.calls_of("getUpdates")) <= 13


async def test_numbers_that_begin_anew_lower_are_not_passed_over(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    customer = bot_api.user("Ann")
    async with receiving(telegram(poll_timeout=1)) as (_connector, intake):
        customer.says("before")
        await intake.until(lambda: texts(intake) == ["before"])
        polls = len(bot_api.calls_of("getUpdates"))
        await eventually(lambda: len(bot_api.calls_of("getUpdates")) >= polls + 2)
        bot_api.bot.updates.restart(17)
        customer.says("after")
        await intake.until(lambda: texts(intake) == ["before", "after"])


async def test_a_number_that_was_used_long_ago_is_another_update(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    customer = bot_api.user("Ann")
    bot_api.bot.updates.restart(500)
    intake = MemoryIntake()
    async with receiving(telegram(), intake):
        customer.says("weeks ago")
        await intake.until(lambda: texts(intake) == ["weeks ago"])
        await eventually(lambda: not bot_api.bot.updates.waiting)
    intake.place["last"] -= 3 * KEPT_BY_TELEGRAM
    bot_api.bot.updates.restart(500)
    async with receiving(telegram(), intake):
        customer.says("today")
        await intake.until(lambda: texts(intake) == ["weeks ago", "today"])
    customer.says("and once more")
    bot_api.bot.updates.repeat()
    async with receiving(telegram(), intake):
        await intake.until(lambda: len(intake.messages) == 3)
    old, new, newest = intake.items
    assert old.external_id == "500"
    assert new.external_id.endswith("/500")
    assert newest.external_id.endswith("/501")


async def test_out_of_order_and_twice_comes_once_each(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    customer = bot_api.user("Ann")
    for number in range(9):
        customer.says(str(number))
    bot_api.bot.updates.repeat()
    bot_api.bot.updates.shuffle(lambda ids: [*ids[5:], *ids[:5]])
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: len(intake.messages) == 9)
        await eventually(lambda: not bot_api.bot.updates.waiting)
    assert sorted(texts(intake)) == [str(number) for number in range(9)]


def test_an_offset_passes_over_nothing_that_waits() -> None:
    def updates(*numbers: int) -> list[dict[str, int]]:
        return [{"update_id": number} for number in numbers]

    assert offset_after([]) is None
    assert offset_after([{"nothing": 1}, "text", None]) is None
    assert offset_after(updates(7, 9, 8)) == 10
    assert offset_after(updates(*range(100))) == 100
    # Numbered anew, and more of the new ones wait behind these.
    assert offset_after(updates(900, 901, *range(5, 103))) == 103


async def test_what_cannot_be_understood_holds_nothing_up(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    bot = bot_api.bot
    bot.push({"message": "no message"}, check=False)
    bot.push({"something_new": {"a": [1, {"b": "й"}]}}, check=False, always=True)
    bot.push({"message": {"message_id": "x", "chat": None}}, check=False)
    bot_api.user("Ann").says("and a real one")
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: texts(intake) == ["and a real one"])
        await eventually(lambda: not bot.updates.waiting)
    assert len(intake.items) == 4


# -- who else ---------------------------------------------------------------------------------


async def test_another_poller_is_told_and_not_fought(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "MANNERS", 0.1)
    bot_api.fault("conflict", "getUpdates", times=2)
    error = await failure(TelegramConnector("bot", telegram()))
    assert isinstance(error, OtherPoller)
    assert not error.retry
    assert "Another program is receiving for this bot" in str(error)


async def test_one_conflict_is_a_late_call_of_an_engine_that_has_ended(
    bot_api: BotApi,
    telegram: AccountMaker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(polling, "MANNERS", 0.1)
    bot_api.fault("conflict", "getUpdates")
    bot_api.user("Ann").says("one")
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: texts(intake) == ["one"])
    assert "Another program is receiving for this bot" in caplog.text


async def test_two_connectors_of_one_bot_do_conflict(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "MANNERS", 0.1)
    connector = TelegramConnector("bot", telegram())
    first = asyncio.create_task(failure(connector))
    await eventually(lambda: len(bot_api.calls_of("getUpdates")) >= 2)
    second = asyncio.create_task(failure(TelegramConnector("bot", telegram())))
    done, waiting = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
    assert all(isinstance(task.result(), OtherPoller) for task in done)
    for task in waiting:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_webhook_that_was_left_is_removed_and_its_updates_are_kept(
    bot_api: BotApi, telegram: AccountMaker, caplog: pytest.LogCaptureFixture
) -> None:
    bot_api.bot.webhook.url = "https://old.example/hook"
    bot_api.user("Ann").says("waited for it")
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: texts(intake) == ["waited for it"])
    (call,) = bot_api.calls_of("deleteWebhook")
    assert "drop_pending_updates" not in call.arguments
    assert "webhook" in caplog.text


async def test_a_webhook_that_is_set_again_and_again_is_told(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    bot_api.bot.webhook.url = "https://other.example/hook"
    bot_api.fault("slow", "deleteWebhook", seconds=0)
    connector = TelegramConnector("bot", telegram())
    running = asyncio.create_task(failure(connector))
    await eventually(lambda: bot_api.calls_of("deleteWebhook"))
    await eventually(lambda: not bot_api.bot.webhook.url)
    bot_api.bot.webhook.url = "https://other.example/hook"
    bot_api.user("Ann").says("wakes the poll")
    error = await running
    assert isinstance(error, Misconfigured)
    assert "webhook" in str(error)


@pytest.mark.parametrize("method", ["getMe", "getUpdates"])
async def test_a_token_that_is_not_known_is_told_with_what_to_do(
    bot_api: BotApi, telegram: AccountMaker, method: str
) -> None:
    bot_api.fault("unauthorized", method)
    error = await failure(TelegramConnector("bot", telegram()))
    assert isinstance(error, AuthFailed)
    assert "@BotFather" in str(error)


async def test_a_server_that_knows_no_such_bot_is_told(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    account = telegram(base_url=f"{bot_api.url}/elsewhere/bot")
    error = await failure(TelegramConnector("bot", account))
    assert isinstance(error, AuthFailed)
    assert "base_url" in str(error)


async def test_being_told_to_wait_is_obeyed(bot_api: BotApi, telegram: AccountMaker) -> None:
    bot_api.fault("too_many", "getUpdates", retry_after=7)
    error = await failure(TelegramConnector("bot", telegram()))
    assert isinstance(error, Deferred)
    assert error.retry_after == 7


async def test_another_bot_under_the_account_starts_afresh(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    other = bot_api.add_bot("7000002:AAH-the_other_bots-token-0000000000", username="new_bot")
    for bot in (bot_api.bot, other):
        bot.updates.restart(100)
    customer = bot_api.user("Ann")
    intake = MemoryIntake()
    async with receiving(telegram(), intake) as (connector, _):
        customer.says("to the old")
        await intake.until(lambda: texts(intake) == ["to the old"])
        assert bot_api.bot.username in connector.capabilities.link
    async with receiving(telegram(other), intake) as (connector, _):
        customer.at(other).says("to the new")
        await intake.until(lambda: texts(intake) == ["to the old", "to the new"])
        assert "new_bot" in connector.capabilities.link
    assert [item.external_id for item in intake.items] == ["100", "7000002/100"]
    bot_api.bot.updates.restart(101)
    async with receiving(telegram(), intake):
        customer.says("to the old again")
        await intake.until(lambda: len(intake.messages) == 3)
    assert intake.items[-1].external_id == "101"


async def test_several_bots_receive_side_by_side(bot_api: BotApi, telegram: AccountMaker) -> None:
    other = bot_api.add_bot("7000002:AAH-the_other_bots-token-0000000000")
    async with (
        receiving(telegram()) as (_one, first),
        receiving(telegram(other, name="second")) as (_two, second),
    ):
        bot_api.user("Ann").says("to one")
        bot_api.user("Bob", bot=other).says("to two")
        await first.until(lambda: texts(first) == ["to one"])
        await second.until(lambda: texts(second) == ["to two"])


def test_a_cursor_survives_json() -> None:
    cursor = Cursor({})
    cursor.serve(7)
    cursor.received()
    again = Cursor(cursor.to_json())
    again.serve(7)
    assert again.prefix == ""
    assert again.is_repeated()
    again.serve(8)
    assert again.prefix == "8/"
    again.number_anew()
    assert Cursor(again.to_json()).to_json() == again.to_json()
