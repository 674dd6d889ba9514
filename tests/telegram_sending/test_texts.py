"""Texts as the customer sees them, over HTTP and with the real library."""

from __future__ import annotations

import pytest

from connectors.contract import Blocked, ChannelError, Rejected, Sent
from connectors.telegram.sending import Sending
from tests.servers.bot_api import BotApi
from tests.telegram_sending.conftest import Told, outgoing


async def test_formatting_arrives_as_formatting(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    sent = await sending.send(
        outgoing(
            "42",
            "👍 **bold** _it_ __under__ ~~gone~~ ||spoil|| `code` [here](https://example.org/a_b)\n"
            "> quoted\n```python\nx = 1\n```\nC:\\_old_ 2**8 snake_case_name 5*3*2",
        )
    )
    (message,) = ann.sees()
    assert sent == Sent(message.key)
    assert message.text == (
        "👍 bold it under gone spoil code here\nquoted\nx = 1\nC:\\_old_ 2**8 snake_case_name 5*3*2"
    )
    assert message.entities == (
        ("bold", "bold"),
        ("italic", "it"),
        ("underline", "under"),
        ("strikethrough", "gone"),
        ("spoiler", "spoil"),
        ("code", "code"),
        ("text_link", "here"),
        ("blockquote", "quoted"),
        ("pre", "x = 1"),
    )
    (call,) = bot_api.calls_of("sendMessage")
    assert "parse_mode" not in call.arguments


async def test_a_mention_of_a_person_without_a_name_there(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    await sending.send(outgoing("42", "ask [Bo](tg://user?id=43)"))
    (message,) = ann.sees()
    assert message.entities == (("text_mention", "Bo"),)


async def test_a_long_text_goes_out_in_parts_in_order(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    asked = ann.says("Tell me all")
    paragraphs = [f"{n} " + "word " * 300 + "**end**" for n in range(12)]
    told = Told()
    sent = await sending.send(
        outgoing("42", "\n\n".join(paragraphs), answers=asked.key, silent=True, progress=told)
    )
    heard = ann.hears()
    assert len(heard) > 3
    assert [m.key for m in heard] == list(sent.parts)
    assert sent.external_id == sent.parts[0]
    assert told.parts == list(sent.parts[:-1])
    shown = "\n\n".join(m.text for m in heard)
    assert shown == "\n\n".join(p.replace("**", "") for p in paragraphs)
    assert sum(len(m.entities) for m in heard) == 12
    assert [m.reply_to for m in heard] == [asked.id] + [None] * (len(heard) - 1)
    assert all(m.silent for m in heard)


async def test_an_answer_to_what_is_deleted_meanwhile_goes_out_all_the_same(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    await sending.send(outgoing("42", "hello", answers="42:999"))
    assert [m.reply_to for m in ann.sees()] == [None]


async def test_topics_and_business_chats(
    bot_api: BotApi, sending: Sending, connections: dict[str, str]
) -> None:
    ann, owner = bot_api.user(), bot_api.user("Olga", id=777)
    group = bot_api.group(members=[ann])
    thread = group.opens_topic("Orders", ann)
    sent = await sending.send(outgoing(f"{group.id}/{thread}", "in the topic"))
    seen = ann.in_group(group, thread).hears()
    assert [m.text for m in seen] == ["in the topic"]
    assert sent.external_id == f"{group.id}:{seen[0].id}"

    business = bot_api.business(owner)
    asked = business.customer(ann).says("Are you open?")
    with pytest.raises(Rejected, match="not connected"):
        await sending.send(outgoing("b777:42", "Yes", "b"))
    connections["777"] = business.id
    sent = await sending.send(outgoing("b777:42", "Yes", "b", answers=asked.key))
    (answer,) = business.customer(ann).hears()
    assert (answer.text, answer.reply_to) == ("Yes", asked.id)
    assert sent.external_id == answer.key == f"b777:42:{answer.id}"
    await sending.edit(outgoing("b777:42", "Yes, till **six**"), [answer.key])
    assert business.customer(ann).hears()[0].entities == (("bold", "six"),)
    await sending.delete(outgoing("b777:42"), [answer.key])
    assert business.customer(ann).hears() == []
    bot_api.advance(25 * 3600)
    with pytest.raises(Rejected, match="24 hours"):
        await sending.send(outgoing("b777:42", "Still there?", "c"))


async def test_a_group_that_became_a_supergroup_is_followed(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    group = bot_api.group(type="group", members=[ann])
    new = group.migrates(ann)
    sent = await sending.send(outgoing(str(group.id), "word " * 1000))
    seen = ann.in_group(new).hears()
    assert [m.key for m in seen] == list(sent.parts)
    assert all(key.startswith(f"{new.id}:") for key in sent.parts)
    # The old chat is not asked for every part.
    assert len(bot_api.calls_of("sendMessage")) == len(sent.parts) + 1


async def test_groups_that_lead_to_each_other_are_not_followed_for_ever(
    bot_api: BotApi, sending: Sending
) -> None:
    ann = bot_api.user()
    group = bot_api.group(type="group", members=[ann])
    group.migrates(ann).chat.migrated_to = group.id
    with pytest.raises(Rejected, match="circle"):
        await sending.send(outgoing(str(group.id), "Anybody there?"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no link", None),
        ("see https://example.org/a", {"prefer_small_media": True}),
        ("https://a.example.org [and](https://b.example.org)", {"is_disabled": True}),
    ],
)
async def test_previews_of_links_stay_small(
    bot_api: BotApi, sending: Sending, text: str, shown: object
) -> None:
    bot_api.user()
    await sending.send(outgoing("42", text))
    (call,) = bot_api.calls_of("sendMessage")
    assert call.arguments.get("link_preview_options") == shown


async def test_an_entity_that_telegram_refuses_leaves_the_text(
    bot_api: BotApi, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours are always valid, so one is made wrong on its way."""
    from connectors.telegram.sending import calls

    ann = bot_api.user()
    true = calls.entities_of

    def wrong(text: calls.Formatted) -> list[calls.MessageEntity]:
        return [calls.MessageEntity(e.type, e.offset, 5000) for e in true(text)]

    monkeypatch.setattr(calls, "entities_of", wrong)
    sent = await sending.send(outgoing("42", "**bold** and more"))
    (message,) = ann.sees()
    assert (message.text, message.entities) == ("bold and more", ())
    assert sent == Sent(message.key)
    monkeypatch.setattr(calls, "entities_of", true)
    await sending.edit(outgoing("42", "now **bold**"), [message.key])
    monkeypatch.setattr(calls, "entities_of", wrong)
    await sending.edit(outgoing("42", "and **plain**"), [message.key])
    assert [(m.text, m.entities) for m in ann.sees()] == [("and plain", ())]


async def refused(sending: Sending, chat: str, text: str = "hello") -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await sending.send(outgoing(chat, text))
    return caught.value


async def test_who_cannot_be_reached_is_said_plainly(bot_api: BotApi, sending: Sending) -> None:
    ann = bot_api.user()
    ann.blocks()
    error = await refused(sending, "42")
    assert type(error) is Blocked
    assert "blocked the bot" in str(error)
    ann.unblocks()
    ann.deactivates()
    assert type(await refused(sending, "42")) is Blocked
    bot_api.user("Bo", started=False)
    error = await refused(sending, "43")
    assert type(error) is Rejected
    assert "open a chat" in str(error)
    error = await refused(sending, "99")
    assert type(error) is Rejected
    assert "write to it first" in str(error)
    group = bot_api.group(status="kicked")
    assert type(await refused(sending, str(group.id))) is Blocked
    for chat in ("@ann", "", "42:", "b:42", "１２"):
        assert type(await refused(sending, chat or " ")) is Rejected
    assert type(await refused(sending, "42", " \n ")) is Rejected
    assert all(call.status != 200 for call in bot_api.calls)
