"""The customer's side: everything people do becomes an update that the library can read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, Update

from tests.servers.bot_api import BotApi, User, spec
from tests.servers.bot_api.control import RemoteBotApi
from tests.servers.bot_api.strategies import CONTENTS


@pytest.fixture
async def bot(bot_api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """One that wants every kind of update."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    async with Bot(
        bot_api.token, base_url=bot_api.base_url, base_file_url=bot_api.base_file_url
    ) as made:
        await made.get_updates(allowed_updates=list(spec.UPDATE_KINDS))
        yield made


@pytest.fixture
def ann(bot_api: BotApi) -> User:
    return bot_api.user("Ann", id=42, last_name="Smith", language="uk", phone="+380501112233")


async def heard(bot: Bot) -> list[Update]:
    """What came since the last time."""
    updates = list(await bot.get_updates())
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def one(bot: Bot) -> Any:
    (update,) = await heard(bot)
    return update


async def test_a_text_with_what_telegram_finds_in_it(bot: Bot, ann: User) -> None:
    ann.says("😀 see https://example.org/a, write a@b.co or /help #now @somebody")
    message = (await one(bot)).message
    assert (message.from_user.full_name, message.from_user.language_code) == ("Ann Smith", "uk")
    found = message.parse_entities()
    assert {each.type: text for each, text in found.items()} == {
        "url": "https://example.org/a", "email": "a@b.co", "bot_command": "/help",
        "hashtag": "#now", "mention": "@somebody",
    }  # fmt: skip


async def test_opening_by_a_link(bot: Bot, ann: User) -> None:
    ann.starts("abc_-9")
    message = (await one(bot)).message
    assert message.text == "/start abc_-9"
    assert message.entities[0].type == "bot_command"


async def test_replies_edits_and_deletions(bot: Bot, ann: User) -> None:
    first = ann.says("the blue one")
    ann.says("no, this", reply_to=first, quote="blue")
    ann.edits(first, "the red one")
    _said, reply, edit = await heard(bot)
    assert reply.message is not None
    assert reply.message.reply_to_message is not None
    assert reply.message.reply_to_message.message_id == first.id
    assert reply.message.quote is not None
    assert (reply.message.quote.text, reply.message.quote.position) == ("blue", 4)
    assert edit.edited_message is not None
    assert (edit.edited_message.text, edit.edited_message.message_id) == ("the red one", first.id)
    assert edit.edited_message.edit_date is not None
    ann.deletes(first)
    assert await heard(bot) == [], "Telegram tells bots nothing of it"
    assert [each.text for each in ann.sees()] == ["no, this"]


@pytest.mark.parametrize(
    "kind", ["photo", "document", "audio", "video", "voice", "video_note", "animation", "sticker"]
)
async def test_files(bot: Bot, ann: User, kind: str) -> None:
    posted = getattr(ann, f"sends_{kind}")()
    message = (await one(bot)).message
    attachment = message.effective_attachment
    last = attachment[-1] if isinstance(attachment, tuple) else attachment
    content = await (await bot.get_file(last.file_id)).download_as_bytearray()
    assert bytes(content) == ann.sees()[0].file
    assert last.file_id == posted.file_id


async def test_an_album(bot: Bot, ann: User) -> None:
    ann.sends_album(caption="three")
    messages = [update.message for update in await heard(bot)]
    assert len({each.media_group_id for each in messages if each is not None}) == 1
    assert [each.caption for each in messages if each is not None] == ["three", None, None]


async def test_places_contacts_polls_and_dice(bot: Bot, ann: User) -> None:
    ann.sends_location(1.5, 2.5)
    ann.sends_venue()
    ann.sends_contact()
    ann.sends_contact(own=False, phone="+1", first_name="Bob")
    ann.sends_poll("Which?", ["a", "b"])
    ann.sends_dice(value=3)
    messages = [update.message for update in await heard(bot)]
    place, venue, own, other, poll, dice = messages
    assert place is not None
    assert place.location is not None
    assert (place.location.latitude, place.location.longitude) == (1.5, 2.5)
    assert venue is not None
    assert venue.location is not None, "a venue has both"
    assert own is not None
    assert own.contact is not None
    assert (own.contact.user_id, own.contact.phone_number) == (42, "+380501112233")
    assert other is not None
    assert other.contact is not None
    assert other.contact.user_id is None
    assert poll is not None
    assert poll.poll is not None
    assert [option.text for option in poll.poll.options] == ["a", "b"]
    assert dice is not None
    assert dice.dice is not None
    assert dice.dice.value == 3


async def test_a_live_location_moves(bot: Bot, ann: User) -> None:
    place = ann.sends_location(1, 1, live=900)
    ann.moves(place, 2, 2)
    update = (await heard(bot))[-1]
    assert update.edited_message is not None
    assert update.edited_message.location is not None
    assert update.edited_message.location.latitude == 2


async def test_forwards(bot_api: BotApi, bot: Bot, ann: User) -> None:
    bob = bot_api.user("Bob")
    theirs = bob.says("from me")
    news = bot_api.channel("News").says("from us")
    ann.forwards(theirs)
    ann.forwards(news)
    ann.forwards({
        "text": "x",
        "forward_origin": {"type": "hidden_user", "date": 1_700_000_000, "sender_user_name": "H"},
    })  # fmt: skip
    origins = [
        update.message.forward_origin for update in (await heard(bot))[-3:] if update.message
    ]
    assert [each.type for each in origins if each] == ["user", "channel", "hidden_user"]


async def test_reactions_and_pins(bot: Bot, ann: User) -> None:
    said = ann.says("hi")
    ann.reacts(said, "👍")
    ann.reacts(said)
    ann.pins(said)
    _said, more, none, pin = await heard(bot)
    assert more.message_reaction is not None
    assert [each.to_dict()["emoji"] for each in more.message_reaction.new_reaction] == ["👍"]
    assert none.message_reaction is not None
    assert (len(none.message_reaction.old_reaction), none.message_reaction.new_reaction) == (1, ())
    assert pin.message is not None
    assert pin.message.pinned_message is not None
    assert pin.message.pinned_message.message_id == said.id


async def test_blocking(bot: Bot, ann: User) -> None:
    ann.blocks()
    ann.says("I am back")
    gone, back, said = await heard(bot)
    assert gone.my_chat_member is not None
    assert gone.my_chat_member.new_chat_member.status == "kicked"
    assert back.my_chat_member is not None
    assert back.my_chat_member.new_chat_member.status == "member"
    assert said.message is not None


async def test_a_group(bot_api: BotApi, bot: Bot, ann: User) -> None:
    bob = bot_api.user("Bob")
    group = bot_api.group("Fans", type="group", members=[ann], status="left")
    group.bot_is("member", by=ann)
    ann.in_group(group).says("hi all")
    group.adds(bob, by=ann)
    group.renames("Friends", by=bob)
    group.removes(bob)
    new = group.migrates(ann)
    topic = new.opens_topic("Returns", ann)
    ann.in_group(new, topic).says("in the topic")
    new.service(ann, video_chat_started={})
    kinds = [_what(update) for update in await heard(bot)]
    assert kinds == [
        "new_chat_members", "my_chat_member", "text", "new_chat_members", "chat_member",
        "new_chat_title", "left_chat_member", "chat_member", "migrate_to_chat_id",
        "migrate_from_chat_id", "forum_topic_created", "text", "video_chat_started",
    ]  # fmt: skip


def _what(update: Update) -> str:
    raw = update.to_dict()
    if update.message is None:
        return next(name for name in raw if name != "update_id")
    known = set(raw["message"])
    return next(
        name for name in spec.TYPES["Message"].fields
        if name in known and (name.startswith(("new_", "left_", "migrate_", "forum_", "video_"))
                              or name == "text")
    )  # fmt: skip


async def test_a_channel(bot_api: BotApi, bot: Bot) -> None:
    channel = bot_api.channel("News", username="the_news")
    post = channel.says("hello")
    channel.edits(post, "hello!")
    channel.counts(post, **{"👍": 3})
    first, second, counts = await heard(bot)
    assert first.channel_post is not None
    assert first.channel_post.from_user is None
    assert second.edited_channel_post is not None
    assert counts.message_reaction_count is not None
    assert counts.message_reaction_count.reactions[0].total_count == 3
    await bot.send_message("@the_news", "from the bot")
    assert channel.hears()[-1].text == "from the bot"


async def test_a_business(bot_api: BotApi, bot: Bot, ann: User) -> None:
    shop = bot_api.business(bot_api.user("Owner", id=777))
    asked = shop.customer(ann).says("open?")
    shop.answers(ann).says("yes")
    shop.customer(ann).edits(asked, "open now?")
    shop.customer(ann).deletes(asked)
    shop.connects(is_enabled=False)
    shop.customer(ann).says("nobody hears this")
    updates = await heard(bot)
    kinds = [next(k for k in each.to_dict() if k != "update_id") for each in updates]
    assert kinds == [
        "business_connection", "business_message", "business_message",
        "edited_business_message", "deleted_business_messages", "business_connection",
    ]  # fmt: skip
    assert updates[1].business_message is not None
    assert updates[1].business_message.business_connection_id == shop.id
    assert updates[4].deleted_business_messages is not None
    assert updates[4].deleted_business_messages.message_ids == (asked.id,)


async def test_anything_that_a_message_can_be(bot: Bot, ann: User) -> None:
    for kind in CONTENTS:
        ann.happens(kind)
    for kind, update in zip(CONTENTS, await heard(bot), strict=True):
        assert update.message is not None
        message = update.message.to_dict()
        assert kind in message, kind


async def test_raw_updates(bot_api: BotApi, bot: Bot) -> None:
    bot_api.push({"poll_answer": {"poll_id": "1", "option_ids": [], "option_persistent_ids": []}})
    assert (await one(bot)).poll_answer is not None
    with pytest.raises(AssertionError, match="is missing"):
        bot_api.push({"poll_answer": {"poll_id": "1"}})
    bot_api.problems.clear()
    bot_api.push({"of_the_future": {"x": 1}}, check=False)
    assert await heard(bot) == [], "not a kind that anybody can ask for"
    bot_api.bot.push({"of_the_future": {"x": 1}}, check=False, always=True)
    assert (await one(bot)).api_kwargs == {"of_the_future": {"x": 1}}


async def test_the_same_from_another_process(bot_api_process: RemoteBotApi) -> None:
    ann = bot_api_process.user("Ann", id=42)
    first = ann.says("hello")
    ann.sends_document(b"\x00\xff", name="raw.bin", reply_to=first)
    url = bot_api_process.get("base_url")
    async with Bot(bot_api_process.get("token"), base_url=url) as bot:
        said, sent = await bot.get_updates()
        assert said.message is not None
        assert f"42:{said.message.message_id}" == first.get("key")
        assert sent.message is not None
        assert sent.message.reply_to_message is not None
        await bot.send_message(42, "good bye")
    assert [each.text for each in ann.hears()] == ["good bye"]
    assert ann.sees()[1].file == b"\x00\xff"
    with pytest.raises(RuntimeError, match="AttributeError"):
        ann.nonsense()
