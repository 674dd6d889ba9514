"""Editing and deleting what is out, and showing that somebody types."""

from __future__ import annotations

import pytest

from connectors.contract import File, Rejected, Unreachable
from connectors.telegram.sending import Sending
from tests.servers.bot_api import BotApi
from tests.servers.bot_api.pictures import png
from tests.telegram_sending.conftest import outgoing

PHOTO = File("a.png", "image/png", png(64, 64))


async def test_a_text_is_changed_and_changing_it_again_is_no_fault(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    sent = await sending.send(outgoing("42", "helo"))
    for _ in range(2):
        await sending.edit(outgoing("42", "**hello**"), [sent.external_id])
    (message,) = ann.sees()
    assert (message.text, message.entities, message.edited) == ("hello", (("bold", "hello"),), True)


async def test_parts_become_fewer_but_never_more(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    sent = await sending.send(outgoing("42", "word " * 2000, files=(PHOTO,)))
    assert len(sent.parts) == 4
    with pytest.raises(Rejected, match="3 parts"):
        await sending.edit(outgoing("42", "word " * 4000, files=(PHOTO,)), sent.parts)
    await sending.edit(outgoing("42", "short " * 800, files=(PHOTO,)), sent.parts)
    assert [m.kind for m in ann.sees()] == ["text", "text", "photo"]
    assert "".join(m.text for m in ann.sees()).count("short") == 800
    # What was taken away does not come back, and nothing is half of one and half of the other.
    with pytest.raises(Rejected, match="2 parts"):
        await sending.edit(outgoing("42", "word " * 2000, files=(PHOTO,)), sent.parts)
    assert "".join(m.text for m in ann.sees()).count("short") == 800
    with pytest.raises(Rejected, match="empty"):
        await sending.edit(outgoing("42", " ", files=(PHOTO,)), sent.parts)


async def test_a_caption_is_changed(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    sent = await sending.send(outgoing("42", "old", files=(PHOTO,)))
    await sending.edit(outgoing("42", "_new_", files=(PHOTO,)), [sent.external_id])
    (photo,) = ann.sees()
    assert (photo.kind, photo.text, photo.entities) == ("photo", "new", (("italic", "new"),))
    with pytest.raises(Rejected, match="1024"):
        await sending.edit(outgoing("42", "x" * 1025, files=(PHOTO,)), [sent.external_id])
    # Also when nobody says that there was a file.
    await sending.edit(outgoing("42", "newer"), [sent.external_id])
    assert ann.sees()[0].text == "newer"
    await sending.edit(outgoing("42", "", files=(PHOTO,)), [sent.external_id])
    assert ann.sees()[0].text == ""


async def test_what_is_gone_cannot_be_changed_and_is_deleted_already(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    sent = await sending.send(outgoing("42", "word " * 1000))
    bystander = ann.says("mine")
    for _ in range(2):
        await sending.delete(outgoing("42"), sent.parts)
        assert [m.key for m in ann.sees()] == [bystander.key]
    with pytest.raises(Rejected, match="not in Telegram any more"):
        await sending.edit(outgoing("42", "new"), sent.parts)


async def test_after_two_days_nothing_is_taken_back(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    sent = await sending.send(outgoing("42", "hello"))
    bot_api.advance(49 * 3600)
    with pytest.raises(Rejected, match="48 hours"):
        await sending.delete(outgoing("42"), [sent.external_id])
    assert len(ann.sees()) == 1


async def test_a_change_whose_answer_is_lost_may_be_made_again(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    sent = await sending.send(outgoing("42", "helo"))
    for method, change in (
        ("editMessageText", lambda: sending.edit(outgoing("42", "hello"), [sent.external_id])),
        ("deleteMessage", lambda: sending.delete(outgoing("42"), [sent.external_id])),
    ):
        bot_api.fault("lost", method)
        with pytest.raises(Unreachable):
            await change()
        await change()
    assert ann.sees() == []


async def test_typing_is_shown_in_the_chat(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    group = bot_api.group(members=[ann])
    thread = group.opens_topic("Orders", ann)
    await sending.typing("42")
    await sending.typing(f"{group.id}/{thread}")
    calls = bot_api.calls_of("sendChatAction")
    assert [(c.arguments["chat_id"], c.arguments.get("message_thread_id")) for c in calls] == [
        ("42", None), (str(group.id), thread),
    ]  # fmt: skip
    assert {c.arguments["action"] for c in calls} == {"typing"}
