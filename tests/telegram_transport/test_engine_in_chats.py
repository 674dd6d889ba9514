"""What an agent does to a chat reaches the customer: parts, answers, edits, deletions, typing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from omnitui.desk.context import Desk
from omnitui.desk.visiting import typing
from store.database import open_database, transaction
from store.model import ConversationId
from tests.servers.bot_api.server import BotApi
from tests.telegram_transport.desk import TelegramDesk

MakeDesk = Callable[[], TelegramDesk]


@pytest.fixture
def desk(tmp_path: Path, bot_api: BotApi) -> Iterator[TelegramDesk]:
    made = TelegramDesk(tmp_path / "desk", bot_api)
    made.serve()
    yield made
    made.close()


def test_what_was_sent_is_changed_where_the_customer_sees_it(
    bot_api: BotApi, desk: TelegramDesk
) -> None:
    ann = bot_api.user("Ann")
    question = ann.says("When?")
    desk.eventually(lambda: desk.texts() == ["When?"])
    here = str(desk.conversation())
    (asked,) = desk.read("SELECT id FROM messages WHERE direction = 'in'")[0]
    reply = desk.reply(int(here), "Tommorow", "--answers", str(asked), "--silent")
    desk.eventually(lambda: desk.state(reply) == "sent")
    (seen,) = ann.hears()
    assert (seen.text, seen.reply_to, seen.silent) == ("Tommorow", question.id, True)

    assert desk.run("do", here, f"message edit {reply} Tomorrow, **surely**").returncode == 0
    desk.eventually(lambda: ann.hears()[0].text == "Tomorrow, surely")
    desk.eventually(lambda: desk.texts("out") == ["Tomorrow, **surely**"])
    (shown,) = [m for m in desk.json("show", here)["messages"] if m["id"] == reply]
    assert [edit["text"] for edit in shown["edits"]] == ["Tommorow"]

    assert desk.run("do", here, f"message delete {reply}").returncode == 0
    desk.eventually(lambda: ann.hears() == [])
    desk.eventually(
        lambda: (
            desk.read(
                "SELECT details ->> '$.deleted_at' IS NOT NULL FROM messages WHERE id = ?", reply
            )
            == [(1,)]
        )
    )
    refused = desk.run("do", here, f"message edit {reply} Never")
    assert refused.returncode == 1
    assert "deleted already" in refused.stderr


def test_a_long_reply_is_told_in_parts_and_all_are_taken_back(
    bot_api: BotApi, desk: TelegramDesk
) -> None:
    ann = bot_api.user("Ann")
    ann.says("Tell me everything")
    desk.eventually(lambda: desk.texts())
    here = desk.conversation()
    reply = desk.reply(here, "\n\n".join(f"Chapter {n}. " + "word " * 300 for n in range(8)))
    desk.eventually(lambda: desk.state(reply) == "sent")
    parts = [str(seen.key) for seen in ann.hears()]
    assert len(parts) > 2
    assert [row[0] for row in desk.read("SELECT external_id FROM message_aliases")] == parts
    # What is said to its last part is said to this message.
    ann.says("Thanks for that", reply_to=ann.hears()[-1].id)
    desk.eventually(lambda: len(desk.texts()) == 2)
    assert desk.run("do", str(here), f"message delete {reply}").returncode == 0
    desk.eventually(lambda: ann.hears() == [])


def test_a_flood_limit_holds_one_chat_in_its_order_and_no_other(
    bot_api: BotApi, desk: TelegramDesk
) -> None:
    ann, bob = bot_api.user("Ann"), bot_api.user("Bob")
    ann.says("hello")
    desk.eventually(lambda: len(desk.texts()) == 1)
    hers = desk.conversation()
    bob.says("hello")
    desk.eventually(lambda: len(desk.texts()) == 2)
    his = desk.conversation()
    bot_api.fault("too_many", "sendMessage", times=1, retry_after=3, where={"chat_id": ann.id})
    first, second = desk.reply(hers, "a"), desk.reply(hers, "b")
    other = desk.reply(his, "x")
    desk.eventually(lambda: desk.state(other) == "sent")
    desk.eventually(lambda: desk.state(second) == "sent")
    assert desk.state(first) == "sent"
    assert [seen.text for seen in ann.hears()] == ["a", "b"]


def test_the_customer_sees_that_an_agent_types(bot_api: BotApi, desk: TelegramDesk) -> None:
    ann = bot_api.user("Ann")
    ann.says("hello")
    desk.eventually(lambda: desk.texts())
    db = open_database(desk.directory / "desk.sqlite")
    with transaction(db):
        agent = Desk(db, load(find_home(desk.directory)), "ann")
        assert typing.note(agent, ConversationId(desk.conversation()))
    db.close()
    desk.eventually(lambda: bot_api.calls_of("sendChatAction"))
