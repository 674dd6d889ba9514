"""The connector as the engine and the doctor use it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from config.model import TelegramAccount
from connectors.contract import Alters, Connector, Fetches, Inbound, Notice, Types
from connectors.telegram import connector as connector_module
from connectors.telegram.connector import TelegramConnector
from connectors.telegram.greeting import BUILT_IN, greeting
from tests.servers.bot_api.people import User
from tests.servers.bot_api.server import BotApi
from tests.telegram_transport.conftest import AccountMaker, answer, receiving
from tests.telegram_transport.test_polling import eventually, texts


def heard(user: User) -> list[str]:
    return [seen.text for seen in user.hears()]


async def test_it_is_all_that_a_chat_channel_can_be(telegram: AccountMaker) -> None:
    connector = TelegramConnector("bot", telegram(address="@acme_bot"))
    assert isinstance(connector, Connector)
    assert isinstance(connector, Fetches)
    assert isinstance(connector, Alters)
    assert isinstance(connector, Types)
    able = connector.capabilities
    assert (able.edit, able.delete, able.answers, able.silent, able.typing) == (True,) * 5
    assert able.link == "https://t.me/acme_bot?start={payload}"
    assert able.each_file_limit == 2_000_000_000
    telegrams_own = telegram(base_url="https://api.telegram.org/bot")
    assert TelegramConnector("bot", telegrams_own).capabilities.each_file_limit == 50_000_000


# -- the greeting ------------------------------------------------------------------------------


async def test_who_opens_the_chat_is_greeted_once_in_their_language(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    ann, bohdan = bot_api.user("Ann", language="en-GB"), bot_api.user("Богдан", language="uk")
    ann.starts("order-7")
    async with receiving(telegram(greeting=None)) as (_connector, intake):
        bohdan.starts()
        bohdan.says("Доброго дня")
        await eventually(lambda: heard(bohdan) and heard(ann))
        ann.starts()
        await intake.until(lambda: len(intake.items) == 4)
    assert heard(ann) == [BUILT_IN["en"]]
    assert heard(bohdan) == [BUILT_IN["uk"]]
    started = [item for item in intake.items if isinstance(item, Notice)]
    assert [item.text for item in started] == ["order-7", "", ""]


async def test_a_greeting_comes_only_when_the_store_has_the_start_and_never_again(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector_module, "GREETING_PAUSE", 0.0)
    ann = bot_api.user("Ann")
    account = telegram(greeting={"": "**Hello!**"})
    confirming = bot_api.fault("hang", "getUpdates", skip=1)
    ann.starts()
    async with receiving(account) as (_connector, intake):
        await eventually(lambda: confirming.met and heard(ann))
    async with receiving(account, intake):
        await eventually(lambda: not bot_api.bot.updates.waiting)
        ann.says("And?")
        await intake.until(lambda: texts(intake) == ["And?"])
    bot_api.release()
    assert heard(ann) == ["Hello!"]


async def test_no_greeting_where_none_is_wanted(bot_api: BotApi, telegram: AccountMaker) -> None:
    ann = bot_api.user("Ann")
    async with receiving(telegram(greeting={})) as (_connector, intake):
        ann.starts()
        ann.says("Hello?")
        await intake.until(lambda: texts(intake) == ["Hello?"])
    assert not heard(ann)


async def test_a_greeting_that_fails_stops_nothing(bot_api: BotApi, telegram: AccountMaker) -> None:
    ann = bot_api.user("Ann")
    async with receiving(telegram(greeting=None)) as (_connector, intake):
        ann.starts()
        ann.blocks()
        bob = bot_api.user("Bob")
        bob.starts()
        bob.says("Hello")
        await intake.until(lambda: texts(intake) == ["Hello"])
        await eventually(lambda: heard(bob))


async def test_a_reply_does_not_wait_for_a_crowd_to_be_greeted(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    ann = bot_api.user("Ann")
    for number in range(60):
        bot_api.user(f"No. {number}").starts()
    account = telegram(greeting={"": "Hello!"}, pace_per_second=20)
    async with receiving(account) as (connector, intake):
        await intake.until(lambda: len(intake.items) == 60)
        await eventually(lambda: bot_api.calls_of("sendMessage"))
        await connector.send(answer(str(ann.id), "Here you are."))
        assert len(bot_api.calls_of("sendMessage")) < 60
    assert heard(ann) == ["Here you are."]


def test_greetings_by_language() -> None:
    assert greeting({"": "Hi"}, "uk") == "Hi"
    assert greeting({"uk": "Вітаємо", "en": "Hi"}, "uk-UA") == "Вітаємо"
    assert greeting({"uk": "Вітаємо", "en": "Hi"}, "pt_BR") == "Вітаємо"
    assert greeting({}, "uk") == ""
    assert greeting(None, "xx") == BUILT_IN["en"]
    assert greeting(None, "") == BUILT_IN["en"]


# -- business -----------------------------------------------------------------------------------


async def test_a_business_connection_that_was_not_told_is_asked_for(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    owner, customer = bot_api.user("Olha"), bot_api.user("Ann")
    business = bot_api.business(owner, tell=False)
    business.customer(customer).says("Do you deliver?")
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: texts(intake) == ["Do you deliver?"])
    message = intake.messages[0]
    assert message.chat == f"b{owner.id}:{customer.id}"
    assert len(bot_api.calls_of("getBusinessConnection")) == 1
    # It is remembered with the batch.
    business.customer(customer).says("Hello?")
    async with receiving(telegram(), intake):
        await intake.until(lambda: len(intake.messages) == 2)
    assert len(bot_api.calls_of("getBusinessConnection")) == 1


async def test_groups_are_off_until_wanted(bot_api: BotApi, telegram: AccountMaker) -> None:
    ann = bot_api.user("Ann")
    room = bot_api.group("Customers", members=[ann])
    ann.in_group(room).says("unheard")
    ann.says("heard")
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: texts(intake) == ["heard"])
    assert len(intake.items) == 2
    async with receiving(telegram(groups=True), intake):
        ann.in_group(room).says("in the group")
        await intake.until(lambda: "in the group" in texts(intake))
    message = intake.messages[-1]
    assert isinstance(message, Inbound)
    assert (message.sender.address, message.author) == (str(room.id), "Ann")


# -- the doctor ---------------------------------------------------------------------------------


async def checks(account: TelegramAccount) -> dict[str, Any]:
    connector = TelegramConnector(account.name, account)
    try:
        async with asyncio.timeout(20):
            return {check.name: check for check in await connector.check()}
    finally:
        await connector.close()


async def test_the_doctor_asks_for_no_news(bot_api: BotApi, telegram: AccountMaker) -> None:
    async with receiving(telegram()) as (_connector, intake):
        found = await checks(telegram(groups=True))
        assert all(check.ok for check in found.values())
        assert bot_api.bot.username in found["bot"].detail
        bot_api.user("Ann").says("still received")
        await intake.until(lambda: texts(intake) == ["still received"])
    assert {call.method for call in bot_api.calls} == {"getMe", "getWebhookInfo", "getUpdates"}


async def test_privacy_mode_is_told_where_groups_are_on(
    bot_api: BotApi, telegram: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = bot_api.bot.me() | {"can_read_all_group_messages": False}
    monkeypatch.setattr(bot_api.bot, "me", lambda: me)
    assert "/setprivacy" in (await checks(telegram(groups=True)))["groups"].detail
    assert "groups" not in await checks(telegram())


async def test_a_webhook_that_will_be_removed_is_told(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    bot_api.bot.webhook.url = "https://hooks.example/secret-path"
    check = (await checks(telegram()))["webhook"]
    assert check.ok
    assert "hooks.example" in check.detail
    assert "secret-path" not in check.detail
