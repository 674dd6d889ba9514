"""What a bot may send, edit and delete, by Telegram's rules, spoken by the real library."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from tests.servers.bot_api import BotApi, User, pictures
from tests.servers.bot_api.entities import formatted, units
from tests.servers.bot_api.errors import Refusal
from tests.servers.bot_api.files import DOWNLOAD_LIMIT, PHOTO_LIMIT
from tests.servers.bot_api.hostile import entities, texts, users_of_no_account
from tests.servers.bot_api.posted import covered

PICTURE = pictures.png(100, 80)


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


async def refusal(call: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises((BadRequest, Forbidden)) as caught:
        await call
    return str(caught.value)


async def test_what_is_sent_is_seen(bot: Bot, ann: User) -> None:
    question = ann.says("where is my parcel?")
    sent = await bot.send_message(
        42,
        "😀 it is here",
        entities=[MessageEntity("bold", 3, 2), MessageEntity("spoiler", 9, 4)],
        reply_parameters=ReplyParameters(question.id, quote="my parcel"),
        disable_notification=True,
    )
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "where is my parcel?"
    (heard,) = ann.hears()
    assert (heard.id, heard.text, heard.silent) == (sent.message_id, "😀 it is here", True)
    assert heard.entities == (("bold", "it"), ("spoiler", "here"))
    assert (heard.reply_to, heard.quote) == (question.id, "my parcel")
    assert heard.from_id == bot.id


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("photo", PICTURE), ("document", b"%PDF-1.4"), ("audio", pictures.MP3),
        ("video", pictures.MP4), ("voice", pictures.OGG), ("animation", pictures.MP4),
        ("video_note", pictures.MP4), ("sticker", pictures.WEBP),
    ],
)  # fmt: skip
async def test_every_kind_of_file_goes_out_and_can_be_fetched(
    bot_api: BotApi, bot: Bot, ann: User, kind: str, content: bytes
) -> None:
    await getattr(bot, f"send_{kind}")(42, content)
    (heard,) = ann.hears()
    assert (heard.kind, heard.file) == (kind, content)
    file_id = bot_api.world.files.by_id(ann.stored(heard).json and _file_id(heard.json, kind))
    assert file_id is not None
    fetched = await (await bot.get_file(file_id.file_id)).download_as_bytearray()
    assert bytes(fetched) == content
    await getattr(bot, f"send_{kind}")(42, file_id.file_id)
    assert ann.hears()[-1].file == content, "an id does as well as the file"


def _file_id(message: dict[str, Any], kind: str) -> str:
    found = message[kind][-1] if kind == "photo" else message[kind]
    return str(found["file_id"])


async def test_names_and_captions(bot: Bot, ann: User) -> None:
    await bot.send_document(42, b"x", filename="рахунок №1.pdf", caption="*this* one")
    (heard,) = ann.hears()
    assert (heard.file_name, heard.text) == ("рахунок №1.pdf", "*this* one")


async def test_an_album(bot: Bot, ann: User) -> None:
    sent = await bot.send_media_group(
        42, [InputMediaPhoto(PICTURE, caption="both"), InputMediaPhoto(pictures.png(9, 9))]
    )
    heard = ann.hears()
    assert [each.id for each in heard] == [each.message_id for each in sent]
    assert [each.text for each in heard] == ["both", ""]
    assert len({each.album for each in heard}) == 1
    assert heard[0].album
    film = InputMediaVideo(pictures.MP4)
    assert len(await bot.send_media_group(42, [InputMediaPhoto(PICTURE), film])) == 2
    mixed = [InputMediaPhoto(PICTURE), InputMediaDocument(b"x")]
    assert "album" in await refusal(bot.send_media_group(42, mixed))
    eleven = [InputMediaPhoto(PICTURE)] * 11
    assert "Too many" in await refusal(bot.send_media_group(42, eleven))


async def test_other_things(bot: Bot, ann: User) -> None:
    await bot.send_location(42, 50.45, 30.52)
    await bot.send_venue(42, 50.45, 30.52, "Cafe", "Main Street 1")
    await bot.send_contact(42, "+380441234567", "Olena")
    poll = await bot.send_poll(42, "Which?", ["this", "that"], is_anonymous=False)
    await bot.send_dice(42)
    assert [each.kind for each in ann.hears()] == ["location", "venue", "contact", "poll", "dice"]
    ann.votes(poll.message_id, 1)
    closed = await bot.stop_poll(42, poll.message_id)
    assert [option.voter_count for option in closed.options] == [0, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Message text is empty"),
        (" \n ", "Text must be non-empty"),
        ("x" * 4097, "Message is too long"),
        ("😀" * 2049, "Message is too long"),
    ],
)
async def test_texts_that_are_refused(bot: Bot, ann: User, text: str, words: str) -> None:
    assert await refusal(bot.send_message(42, text)) == words
    assert ann.hears() == []


async def test_limits_count_utf_16(bot: Bot, ann: User) -> None:
    await bot.send_message(42, "😀" * 2048)
    await bot.send_photo(42, PICTURE, caption="x" * 1024)
    assert len(ann.hears()) == 2
    words = await refusal(bot.send_photo(42, PICTURE, caption="😀" * 513))
    assert words == "Message caption is too long"


@pytest.mark.parametrize(
    ("mode", "text", "plain", "found"),
    [
        ("HTML", "<b>a<i>b</i></b> &lt;", "ab <", (("bold", "ab"), ("italic", "b"))),
        ("MarkdownV2", "*a _b_* \\!", "a b !", (("bold", "a b"), ("italic", "b"))),
    ],
)
async def test_parse_modes(
    bot: Bot, ann: User, mode: str, text: str, plain: str, found: tuple[tuple[str, str], ...]
) -> None:
    await bot.send_message(42, text, parse_mode=mode)
    (heard,) = ann.hears()
    assert (heard.text, heard.entities) == (plain, found)


@pytest.mark.parametrize(
    ("mode", "text"),
    [("HTML", "<b>x"), ("HTML", "<x>y</x>"), ("MarkdownV2", "*x"), ("MarkdownV2", "a.b")],
)
async def test_markup_that_cannot_be_parsed(bot: Bot, ann: User, mode: str, text: str) -> None:
    words = await refusal(bot.send_message(42, text, parse_mode=mode))
    assert words.startswith("Can't parse entities: ")
    assert ann.hears() == []


@pytest.mark.parametrize("entity", [("bold", 1, 1), ("bold", 0, 1), ("bold", 0, 9)])
async def test_entities_that_do_not_fit(bot: Bot, ann: User, entity: tuple[str, int, int]) -> None:
    assert "ntity" in await refusal(bot.send_message(42, "😀ab", entities=[MessageEntity(*entity)]))
    assert ann.hears() == []


async def test_entities_as_telegram_keeps_them(bot: Bot, ann: User) -> None:
    entities = [
        MessageEntity("url", 0, 3),
        MessageEntity("text_link", 0, 3, url="example.org"),
        MessageEntity("text_link", 4, 3, url="javascript:alert(1)"),
        MessageEntity("bold", 4, 5),
        MessageEntity("italic", 6, 5),
    ]
    await bot.send_message(42, "one two three  ", entities=entities)
    (heard,) = ann.hears()
    assert heard.text == "one two three"
    assert heard.json["entities"][0]["url"] == "http://example.org/"
    assert heard.entities == (
        ("text_link", "one"), ("bold", "two t"), ("italic", "o t"), ("italic", "hr"),
    )  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts(1).flatmap(lambda text: st.tuples(st.just(text), entities(text, users_of_no_account))))
def test_whatever_is_sent_comes_out_as_telegram_shows_it(made: tuple[str, list[Any]]) -> None:
    text, given_ones = made
    try:
        shown = formatted(text, None, given_ones, limit=4096, words="too long")
    except Refusal as refused:
        if refused.description != "Bad Request: text must be non-empty":
            raise
        return
    plain = shown["text"]
    found = shown.get("entities", [])
    assert not set("\r\x00\x1b") & set(plain)
    assert plain == plain.rstrip()
    for entity in found:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units(plain)
        assert covered(plain, entity) in plain
        assert covered(plain, entity).strip()
    styles = [
        (each["offset"], each["offset"] + each["length"]) for each in found
        if each["type"] in ("bold", "italic", "underline", "strikethrough", "spoiler")
    ]  # fmt: skip
    for low, high in styles:
        assert not any(low < other < high < end for other, end in styles), "styles are nested"
    again = formatted(plain, None, found, limit=4096, words="too long")
    assert again == shown, "sent once more it is the same"


async def test_who_cannot_be_written_to(bot_api: BotApi, bot: Bot, ann: User) -> None:
    assert await refusal(bot.send_message(4711, "x")) == "Chat not found"
    ann.blocks()
    assert await refusal(bot.send_message(42, "x")) == "Forbidden: bot was blocked by the user"
    ann.unblocks()
    await bot.send_message(42, "x")
    ann.deactivates()
    assert await refusal(bot.send_message(42, "x")) == "Forbidden: user is deactivated"
    stranger = bot_api.user("Bob", started=False)
    assert "can't initiate conversation" in await refusal(bot.send_message(stranger.id, "x"))
    stranger.starts()
    await bot.send_message(stranger.id, "x")
    group = bot_api.group(type="group", members=[stranger])
    group.bot_is("kicked", by=stranger)
    words = await refusal(bot.send_message(group.id, "x"))
    assert words == "Forbidden: bot was kicked from the group chat"


async def test_a_group_that_moved(bot_api: BotApi, bot: Bot, ann: User) -> None:
    group = bot_api.group(type="group", members=[ann])
    new = group.migrates(ann)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.new_chat_id == new.id
    await bot.send_message(new.id, "x")
    assert ann.in_group(new).hears()[-1].text == "x"


async def test_topics(bot_api: BotApi, bot: Bot, ann: User) -> None:
    group = bot_api.group(members=[ann])
    topic = group.opens_topic("Returns", ann)
    await bot.send_message(group.id, "here", message_thread_id=topic)
    assert [each.text for each in ann.in_group(group, topic).hears()] == ["here"]
    words = await refusal(bot.send_message(group.id, "x", message_thread_id=topic + 100))
    assert words == "Message thread not found"


async def test_replies_to_what_is_gone(bot: Bot, ann: User) -> None:
    said = ann.says("oops")
    ann.deletes(said)
    gone = ReplyParameters(said.id)
    assert await refusal(bot.send_message(42, "x", reply_parameters=gone)) == (
        "Message to be replied not found"
    )
    lenient = ReplyParameters(said.id, allow_sending_without_reply=True)
    assert (await bot.send_message(42, "x", reply_parameters=lenient)).reply_to_message is None


async def test_editing(bot: Bot, ann: User) -> None:
    sent = await bot.send_message(42, "frist")
    await bot.edit_message_text("first", 42, sent.message_id)
    (heard,) = ann.hears()
    assert (heard.text, heard.edited) == ("first", True)
    same = bot.edit_message_text("first", 42, sent.message_id)
    assert (await refusal(same)).startswith("Message is not modified")
    assert await refusal(bot.edit_message_text("x", 42, 999)) == "Message to edit not found"
    theirs = ann.says("mine")
    assert await refusal(bot.edit_message_text("x", 42, theirs.id)) == "Message can't be edited"
    photo = await bot.send_photo(42, PICTURE, caption="c")
    assert "no text" in await refusal(bot.edit_message_text("x", 42, photo.message_id))
    await bot.edit_message_caption(42, photo.message_id, caption="d")
    await bot.edit_message_media(InputMediaDocument(b"z"), 42, photo.message_id)
    assert (ann.hears()[-1].kind, ann.hears()[-1].text) == ("document", "")
    assert "no caption" in await refusal(bot.edit_message_caption(42, sent.message_id, caption="x"))


async def test_deleting(bot_api: BotApi, bot: Bot, ann: User) -> None:
    sent = [await bot.send_message(42, text) for text in "abcd"]
    assert await bot.delete_message(42, sent[0].message_id)
    again = bot.delete_message(42, sent[0].message_id)
    assert await refusal(again) == "Message to delete not found"
    assert await bot.delete_messages(42, [sent[0].message_id, sent[1].message_id])
    assert [each.text for each in ann.hears()] == ["c", "d"]
    bot_api.advance(48 * 3600 + 1)
    late = bot.delete_message(42, sent[2].message_id)
    assert await refusal(late) == "Message can't be deleted for everyone"


async def test_buttons(bot_api: BotApi, bot: Bot, ann: User) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Good", callback_data="5")]])
    sent = await bot.send_message(42, "How was it?", reply_markup=keyboard)
    assert ann.hears()[0].buttons == ("Good",)
    number = ann.presses(sent.message_id, "Good")
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "5"
    await bot.answer_callback_query(number, "Thank you")
    assert bot_api.world.callbacks[number] == {"callback_query_id": number, "text": "Thank you"}
    assert "too old" in await refusal(bot.answer_callback_query(number))


async def test_copies_forwards_reactions_and_pins(bot: Bot, ann: User) -> None:
    said = ann.says("hello")
    copied = await bot.copy_message(42, 42, said.id)
    forwarded = await bot.forward_message(42, 42, said.id)
    assert forwarded.forward_origin is not None
    assert [each.text for each in ann.hears()] == ["hello", "hello"]
    await bot.set_message_reaction(42, said.id, "👍")
    assert ann.sees()[0].reactions == ("👍",)
    assert (
        await refusal(bot.set_message_reaction(42, said.id, ReactionTypeEmoji("🦖")))
        == "Reaction_invalid"
    )
    await bot.pin_chat_message(42, copied.message_id)
    assert ann.sees()[-1].kind == "pinned_message"
    assert (await bot.get_chat(42)).pinned_message is not None


async def test_sizes(bot_api: BotApi, bot: Bot, ann: User, tmp_path: Path) -> None:
    big = ann.sends_document(b"x", size=DOWNLOAD_LIMIT + 1)
    assert await refusal(bot.get_file(big.file_id)) == "File is too big"
    bot_api.self_hosted = True
    assert (await bot.get_file(big.file_id)).file_path
    bot_api.self_hosted = False
    bot_api.local_files = tmp_path
    path = (await bot.get_file(big.file_id)).file_path
    assert path is not None
    assert await asyncio.to_thread(Path(path).read_bytes) == b"x"
    picture = pictures.png(4000, 4000) + bytes(PHOTO_LIMIT)
    assert "too big for a photo" in await refusal(bot.send_photo(42, io.BytesIO(picture)))
    assert await refusal(bot.send_photo(42, b"no picture")) == "Image_process_failed"
    assert await refusal(bot.send_photo(42, pictures.png(2100, 100))) == "Photo_invalid_dimensions"
    assert await refusal(bot.send_document(42, b"")) == "File must be non-empty"
    bot_api.upload_limit_bytes = 1000
    with pytest.raises(TelegramError, match="Request Entity Too Large"):
        await bot.send_document(42, bytes(1001))


async def test_a_file_id_that_telegram_has_forgotten(bot_api: BotApi, bot: Bot, ann: User) -> None:
    photo = ann.sends_photo()
    bot_api.world.files.expire(photo.file_id)
    assert "temporarily unavailable" in await refusal(bot.get_file(photo.file_id))


async def test_a_business(bot_api: BotApi, bot: Bot, ann: User) -> None:
    owner = bot_api.user("Owner", id=777)
    shop = bot_api.business(owner)
    send: Callable[[str], Any] = lambda text: bot.send_message(  # noqa: E731
        42, text, business_connection_id=shop.id
    )
    assert await refusal(send("too early")) == "Business_peer_invalid"
    question = shop.customer(ann).says("open today?")
    assert question.key == "b777:42:1"
    sent = await send("yes")
    assert sent.from_user is not None
    assert sent.from_user.id == 777
    assert [each.text for each in shop.customer(ann).hears()] == ["yes"]
    assert (await bot.get_business_connection(shop.id)).user.id == 777
    assert await bot.read_business_message(shop.id, 42, question.id)
    assert ann.sees() == [], "the bot's own chat is another one"
    seen_before = len(bot_api.bot.updates.waiting)
    bot_api.echoes_business = True
    await send("told")
    assert len(bot_api.bot.updates.waiting) == seen_before + 1
    bot_api.advance(24 * 3600 + 1)
    assert await refusal(send("too late")) == "Business_peer_usage_missing"
    shop.customer(ann).says("still there?")
    shop.connects(can_reply=False)
    assert await refusal(send("not allowed")) == "Business_connection_not_allowed"
    shop.connects(is_enabled=False, can_reply=True)
    assert await refusal(send("gone")) == "Business_connection_invalid"


async def test_too_fast(bot_api: BotApi, bot: Bot, ann: User) -> None:
    pace = bot_api.limit(per_chat=1, overall=3, scale=1e-3)
    await bot.send_message(42, "one")
    with pytest.raises(RetryAfter):
        await bot.send_message(42, "two")
    for person in (bot_api.user("Bob"), bot_api.user("Cid")):
        await bot.send_message(person.id, "hello")
    with pytest.raises(RetryAfter):
        await bot.send_message(bot_api.user("Dan").id, "the fourth")
    assert pace.refused == 2
    assert [each.text for each in ann.hears()] == ["one"]
    group = bot_api.group(members=[ann])
    bot_api.limit(per_chat=100, overall=100, per_group_minute=2, scale=1e-3)
    for text in "ab":
        await bot.send_message(group.id, text)
    with pytest.raises(RetryAfter):
        await bot.send_message(group.id, "c")
    bot_api.limit(per_chat=1, overall=30, scale=1000)
    for _ in range(3):
        await bot.send_message(42, "its seconds are short")
        await asyncio.sleep(0.002)


async def test_parameters_come_in_every_way(bot_api: BotApi, ann: User) -> None:
    url = f"{bot_api.url}/bot{bot_api.token}/sendMessage"
    parameters = {"chat_id": "42", "text": "hi", "disable_notification": "true"}
    async with httpx.AsyncClient() as client:
        for answer in (
            await client.get(url, params=parameters),
            await client.post(url, data=parameters),
            await client.post(url, json=parameters),
            await client.post(url.lower().replace(bot_api.token.lower(), bot_api.token),
                              files={"x": b""}, data=parameters),
        ):  # fmt: skip
            assert answer.json()["ok"], answer.text
        unknown = await client.post(url.replace("sendMessage", "sendNonsense"))
        assert (unknown.status_code, unknown.json()["description"]) == (
            404,
            "Not Found: method not found",
        )
        nowhere = await client.get(f"{bot_api.url}/elsewhere")
        assert nowhere.json() == {"ok": False, "error_code": 404, "description": "Not Found"}
        wrong = await client.post(url, json={"chat_id": 42, "text": "x", "entities": "{"})
        assert wrong.status_code == 400
    assert [each.silent for each in ann.hears()] == [True] * 4
    assert bot_api.calls_of("sendMessage")[0].arguments["disable_notification"] is True
