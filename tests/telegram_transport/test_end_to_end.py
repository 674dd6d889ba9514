"""A customer, a bot, a real engine, an agent: also when the engine is killed at the worst time."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from omnitui.cli import quarantine
from tests.servers.bot_api.server import BotApi
from tests.servers.process import free_port
from tests.telegram_transport.desk import TelegramDesk

MakeDesk = Callable[..., TelegramDesk]


@pytest.fixture
def make_desk(tmp_path: Path, bot_api: BotApi) -> Iterator[MakeDesk]:
    made: list[TelegramDesk] = []

    def make(*bots: Any, **settings: Any) -> TelegramDesk:
        made.append(TelegramDesk(tmp_path / f"desk{len(made)}", bot_api, *bots, **settings))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def test_a_question_an_answer_a_file_and_what_is_said_of_it(
    bot_api: BotApi, make_desk: MakeDesk
) -> None:
    desk = make_desk(settings="")
    process = desk.serve()
    ann = bot_api.user("Ann", last_name="Lee", language="en")
    ann.starts()
    desk.eventually(lambda: ann.hears())  # the greeting
    assert desk.read("SELECT count(*) FROM conversations") == [(0,)]
    question = ann.says("Where is my order? 🙂")
    ann.sends_document(b"%PDF-1.4 receipt", "receipt.pdf")
    desk.eventually(lambda: len(desk.texts()) == 2)
    desk.eventually(lambda: not bot_api.bot.updates.waiting)
    assert desk.account() == ("online", f"@{bot_api.bot.username}")
    (shown,) = desk.json("conversations")
    (first, second) = desk.json("show", str(shown["id"]))["messages"]
    assert (first["text"], first["author"]) == ("Where is my order? 🙂", "Ann Lee")
    assert first["external_id"] == str(question.key)
    (file,) = second["attachments"]
    assert file["name"] == "receipt.pdf"
    desk.eventually(
        lambda: desk.read("SELECT count(*) FROM attachments WHERE blob IS NOT NULL") == [(1,)]
    )
    reply = desk.reply(shown["id"], "It is **on its way**.")
    desk.eventually(lambda: desk.state(reply) == "sent")
    seen = ann.hears()[-1]
    assert seen.text == "It is on its way."
    assert seen.entities == (("bold", "on its way"),)
    ann.says("Thanks", reply_to=seen.id)
    desk.eventually(lambda: len(desk.texts()) == 3)
    assert len(desk.json("conversations")) == 1
    outcomes = {entry["outcome"] for entry in desk.json("ledger")}
    assert outcomes <= {"accepted", "ignored"}
    assert desk.stop(process) == 0
    assert bot_api.token.partition(":")[2] not in desk.log


def test_killed_between_the_commit_and_the_confirmation(
    bot_api: BotApi, make_desk: MakeDesk
) -> None:
    desk = make_desk()
    ann = bot_api.user("Ann")
    for number in range(150):
        ann.says(str(number))
    # The first hundred are in the store; that Telegram may forget them never gets there.
    confirming = bot_api.fault("hang", "getUpdates", skip=1)
    process = desk.serve()
    desk.eventually(lambda: confirming.met)
    assert len(desk.texts()) == 100
    desk.kill(process)
    assert len(bot_api.bot.updates.waiting) == 150
    process = desk.serve()
    desk.eventually(lambda: len(desk.texts()) == 150)
    desk.eventually(lambda: not bot_api.bot.updates.waiting)
    assert desk.texts() == [str(number) for number in range(150)]
    desk.stop(process)


def test_killed_while_a_batch_is_on_its_way(bot_api: BotApi, make_desk: MakeDesk) -> None:
    desk = make_desk()
    ann = bot_api.user("Ann")
    bot_api.fault("slow", "getUpdates", seconds=1.0)
    ann.says("one")
    process = desk.serve()
    desk.eventually(lambda: bot_api.calls_of("getUpdates"))
    desk.kill(process)
    assert desk.texts() == []
    desk.serve()
    desk.eventually(lambda: desk.texts() == ["one"])


@pytest.mark.parametrize("taken", [True, False])
def test_killed_between_the_send_and_its_answer(
    bot_api: BotApi, make_desk: MakeDesk, taken: bool
) -> None:
    """Whether Telegram took it cannot be known: it is unknown, and sent again by nobody."""
    desk = make_desk()
    process = desk.serve()
    ann = bot_api.user("Ann")
    ann.says("Hello")
    desk.eventually(lambda: desk.texts() == ["Hello"])
    holding = bot_api.fault("hang", "sendMessage", after=taken)
    reply = desk.reply(desk.conversation(), "Good day")
    desk.eventually(lambda: holding.met)
    assert desk.state(reply) == "sending"
    desk.kill(process)
    desk.serve()
    desk.eventually(lambda: desk.state(reply) == "unknown")
    ann.says("Anybody there?")
    desk.eventually(lambda: len(desk.texts()) == 2)
    assert desk.state(reply) == "unknown"
    assert len(bot_api.calls_of("sendMessage")) == 1
    assert [seen.text for seen in ann.hears()] == (["Good day"] if taken else [])
    # The agent decides.
    done = desk.run("do", str(desk.conversation()), f"outbox retry {reply}")
    assert done.returncode == 0, done.stderr
    desk.eventually(lambda: desk.state(reply) == "sent")
    assert len(bot_api.calls_of("sendMessage")) == 2
    bot_api.release()


def test_an_answer_that_is_lost_on_its_way_is_not_sent_twice(
    bot_api: BotApi, make_desk: MakeDesk
) -> None:
    desk = make_desk()
    desk.serve()
    ann = bot_api.user("Ann")
    ann.says("Hello")
    desk.eventually(lambda: desk.texts() == ["Hello"])
    bot_api.fault("lost", "sendMessage")
    reply = desk.reply(desk.conversation(), "Good day")
    desk.eventually(lambda: desk.state(reply) == "unknown")
    bot_api.fault("error", "sendMessage")
    second = desk.reply(desk.conversation(), "And again")
    desk.eventually(lambda: desk.state(second) == "unknown")
    assert [seen.text for seen in ann.hears()] == ["Good day"]


def test_a_week_offline_and_several_bots(bot_api: BotApi, make_desk: MakeDesk) -> None:
    other = bot_api.add_bot("7000002:AAH-the_other_bots-token-0000000000")
    desk = make_desk(bot_api.bot, other)
    process = desk.serve()
    ann = bot_api.user("Ann")
    ann.says("before")
    bob = bot_api.user("Bob", bot=other)
    bob.says("to the other")
    desk.eventually(lambda: sorted(desk.texts()) == ["before", "to the other"])
    desk.stop(process)
    bot_api.advance(8 * 86400)
    bot_api.bot.updates.restart(3)
    for number in range(250):
        ann.says(str(number))
    desk.serve()
    desk.eventually(lambda: len(desk.texts()) == 252)
    assert desk.texts()[2:] == [str(number) for number in range(250)]
    assert {desk.account(name)[0] for name in ("bot", "bot1")} == {"online"}


def test_a_token_that_is_taken_back_and_another_poller_are_said(
    bot_api: BotApi, make_desk: MakeDesk
) -> None:
    other = bot_api.add_bot("7000002:AAH-the_other_bots-token-0000000000")
    desk = make_desk(bot_api.bot, other)
    bot_api.revoke(other, "7000002:AAH-a_new_one-that_the_desk_does_not_know")
    bot_api.fault("conflict", "getUpdates", times=99)
    desk.serve()
    desk.eventually(lambda: desk.account("bot1")[0] == "failed")
    assert "@BotFather" in desk.account("bot1")[1]
    desk.eventually(lambda: desk.account("bot")[0] == "failed")
    assert "Another program is receiving for this bot" in desk.account("bot")[1]


def test_what_was_not_understood_can_be_tried_again(
    bot_api: BotApi, make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade: here what was missing is put into the kept JSON."""
    desk = make_desk()
    process = desk.serve()
    ann = bot_api.user("Ann")
    update = ann.says("A message").update
    assert update is not None
    bot_api.bot.push({"message": update["message"] | {"chat": 5}}, check=False)
    desk.eventually(lambda: desk.texts() == ["A message"])
    desk.eventually(lambda: not bot_api.bot.updates.waiting)
    desk.stop(process)
    (kept,) = desk.json("quarantine")
    shown = desk.run("quarantine", "show", kept["external_id"])
    assert json.loads(shown.stdout)["message"]["text"] == "A message"
    assert "1 still in quarantine" in desk.run("quarantine", "retry").stderr
    good = json.dumps({"update_id": 1, "message": update["message"] | {"message_id": 99}})
    monkeypatch.setattr(quarantine, "_raw", lambda _desk, _receipt: good.encode())
    arguments = argparse.Namespace(
        home=str(desk.directory), verb="quarantine", action="retry", ids=[], account=None,
        agent=None,
    )  # fmt: skip
    assert quarantine.run(arguments) == 0
    assert desk.texts() == ["A message", "A message"]
    assert desk.json("quarantine") == []


def test_by_webhook(bot_api: BotApi, make_desk: MakeDesk) -> None:
    port = free_port()
    desk = make_desk(
        settings=f'greeting = ""\nwebhook = "http://127.0.0.1:{port}/in"\n'
        f'webhook_listen = "127.0.0.1:{port}"'
    )
    process = desk.serve()
    ann = bot_api.user("Ann")
    ann.says("one")
    desk.eventually(lambda: desk.texts() == ["one"])
    desk.kill(process)
    for number in range(20):
        ann.says(str(number))
    process = desk.serve()
    desk.eventually(lambda: len(desk.texts()) == 21)
    desk.eventually(lambda: not bot_api.bot.updates.waiting)
    assert desk.texts()[1:] == [str(number) for number in range(20)]
    reply = desk.reply(desk.conversation(), "Good day")
    desk.eventually(lambda: desk.state(reply) == "sent")
    assert desk.stop(process) == 0
    assert not bot_api.calls_of("getUpdates")
    secret = bot_api.bot.webhook.secret
    assert secret
    assert secret not in desk.log
