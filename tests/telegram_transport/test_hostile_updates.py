"""Updates that no honest server sends: none holds up those behind it, each is in the ledger."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from connectors.conformance import MemoryIntake
from connectors.contract import Inbound, Quarantined
from connectors.telegram import webhook
from connectors.telegram.cursor import QUIET_WEEK
from connectors.telegram.request import read_json
from tests.servers.bot_api.server import BotApi
from tests.servers.process import free_port
from tests.telegram_transport.conftest import AccountMaker, receiving
from tests.telegram_transport.test_polling import eventually, texts

DEEP = 100_000
BOMBS = {
    "lists": b'"message":{"x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "objects": b'"message":' + b'{"message":' * DEEP + b"1" + b"}" * DEEP,
    "digits": b'"message":{"message_id":' + b"9" * 10_000 + b"}",
    "float": b'"message":{"message_id":1e99999,"date":-1e400}',
    "no UTF-8": b'"message":{"text":"\xff\xfe"}',
    "strings of brackets": b'"message":{"a":"' + b"[{" * 2000 + b'\\"","b":' + b"[" * DEEP
    + b"]" * DEEP + b"}",
    "half a surrogate": b'"message":{"text":"\\ud83d"}',
    "names": b'"message":{' + b",".join(b'"n%d":0' % n for n in range(20_000)) + b"}",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
async def test_those_behind_it_come(bot_api: BotApi, telegram: AccountMaker, name: str) -> None:
    ann = bot_api.user("Ann")
    ann.says("before")
    number = bot_api.bot.updates.push_raw(BOMBS[name])
    ann.says("after")
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: texts(intake) == ["before", "after"])
        await eventually(lambda: not bot_api.bot.updates.waiting)
    (bomb,) = [each for each in intake.items if each.external_id == str(number)]
    assert isinstance(bomb, Quarantined)


async def test_those_behind_it_come_by_webhook(bot_api: BotApi, telegram: AccountMaker) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    account = telegram(webhook=url, webhook_listen=("127.0.0.1", port))
    async with receiving(account) as (_connector, intake):
        await eventually(lambda: bot_api.bot.webhook.secret)
        headers = {webhook.HEADER: bot_api.bot.webhook.secret}
        async with httpx.AsyncClient(trust_env=False) as client:
            for number, (name, bomb) in enumerate(BOMBS.items()):
                body = b'{"update_id":%d,%s}' % (number, bomb)
                answer = await client.post(url, content=body, headers=headers)
                assert answer.status_code == 200, name
        bot_api.user("Ann").says("after")
        await intake.until(lambda: texts(intake) == ["after"])
    assert sum(isinstance(each, Quarantined) for each in intake.items) == len(BOMBS)


def test_what_can_be_read_is_read() -> None:
    for value in ({"a": [1, "[", '"', "\\"], "b": {"c": None}}, [], "x", 12345678901234567890):
        assert read_json(json.dumps(value).encode()) == value
    deep = b'{"a":"[\\"]","b":' + b"[" * DEEP + b"]" * DEEP + b',"c":[{"d":2}]}'
    found = read_json(deep)
    assert (found["a"], found["c"]) == ('["]', [{"d": 2}])
    for broken in (b'{"a":', b"[" * DEEP, b'{"ok":tru\xff\x00 <!', b"", b"[" * DEEP + b'"'):
        with pytest.raises(ValueError, match=r".+"):
            read_json(broken)


async def test_a_message_of_50_mb_is_a_message(bot_api: BotApi, telegram: AccountMaker) -> None:
    ann = bot_api.user("Ann")
    big = "слово " * (5 << 20)
    update = ann.says("small").update
    assert update is not None
    message = update["message"] | {"message_id": 5000, "text": big}
    bot_api.bot.updates.push_raw(b'"message":' + json.dumps(message, ensure_ascii=False).encode())
    async with receiving(telegram()) as (_connector, intake):
        await intake.until(lambda: len(intake.messages) == 2)
        await eventually(lambda: not bot_api.bot.updates.waiting)
    (first, second) = intake.messages
    assert isinstance(first, Inbound)
    assert isinstance(second, Inbound)
    assert second.text == big


async def test_after_a_quiet_week_numbers_lead_into_old_ones(
    bot_api: BotApi, telegram: AccountMaker
) -> None:
    """The first ones are new, later ones have been used: no update is taken for an old one."""
    ann = bot_api.user("Ann")
    intake = MemoryIntake()
    bot_api.bot.updates.restart(500)
    async with receiving(telegram(), intake):
        ann.says("a week ago")
        await intake.until(lambda: texts(intake) == ["a week ago"])
        await eventually(lambda: not bot_api.bot.updates.waiting)
    place: dict[str, Any] = intake.place
    place["last"] = time.time() - QUIET_WEEK - 1
    bot_api.bot.updates.restart(499)
    async with receiving(telegram(), intake):
        ann.says("today")
        await intake.until(lambda: texts(intake)[1:] == ["today"])
        await eventually(lambda: not bot_api.bot.updates.waiting)
        ann.says("and more")
        await intake.until(lambda: texts(intake)[1:] == ["today", "and more"])
