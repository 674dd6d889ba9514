"""A one-time link from one chat to another, through a real engine and the server's HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.bot_api.server import BotApi
from tests.telegram_transport.desk import TelegramDesk


@pytest.fixture
def desk(tmp_path: Path, bot_api: BotApi) -> Iterator[TelegramDesk]:
    other = bot_api.add_bot("7000002:" + "B" * 35, username="acme_orders_bot")
    desk = TelegramDesk(tmp_path / "desk", bot_api, bot_api.bot, other)
    yield desk
    desk.close()


def test_the_conversation_goes_on_where_the_link_leads(bot_api: BotApi, desk: TelegramDesk) -> None:
    ann, private = bot_api.user("Ann"), bot_api.user("Ann", username="ann_private")
    orders = next(bot for bot in bot_api.bots.values() if bot.username == "acme_orders_bot")
    ann.says("Where is my order?")
    desk.serve()
    desk.eventually(lambda: desk.texts() == ["Where is my order?"])
    desk.eventually(lambda: desk.account("bot1")[0] == "online")
    conversation = desk.conversation()
    done = desk.run("do", str(conversation), "link bot1", "reply send")
    assert done.returncode == 0, done.stderr
    desk.eventually(lambda: ann.hears())
    found = re.search(r"https://t\.me/acme_orders_bot\?start=(\w{8,64})\b", ann.hears()[-1].text)
    assert found, ann.hears()[-1].text
    there = private.at(orders)
    there.starts(found[1])
    there.says("It is me")
    desk.eventually(lambda: "It is me" in desk.texts())
    (shown,) = desk.json("conversations")
    assert (shown["id"], shown["status"]) == (conversation, "open")
    card = desk.json("customer", str(shown["customer_id"]))
    assert {one["address"]: one["proof"] for one in card["identities"]} == {
        str(ann.id): "platform", str(private.id): "link"
    }  # fmt: skip
    desk.reply(conversation, "Found it.")
    desk.eventually(lambda: there.hears())
    assert there.hears()[-1].text == "Found it."
    # Whoever else comes by it is a stranger.
    eve = bot_api.user("Eve").at(orders)
    eve.starts(found[1])
    eve.says("Let me see")
    desk.eventually(lambda: "Let me see" in desk.texts())
    assert len(desk.json("conversations")) == 2
    assert found[1] not in str(desk.read("SELECT data FROM events"))
    assert found[1] not in desk.log
