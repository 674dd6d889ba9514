"""How a bot gets its updates: polling, offsets, conflicts, webhooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, InvalidToken
from telegram.ext import Application, MessageHandler, filters

from tests.servers.bot_api import BotApi
from tests.servers.bot_api.updates import KEPT_SECONDS
from tests.servers.scripted import scripted_server


@pytest.fixture
async def bot(bot_api: BotApi) -> AsyncIterator[Bot]:
    """python-telegram-bot's, at the test's server."""
    async with Bot(
        bot_api.token, base_url=bot_api.base_url, base_file_url=bot_api.base_file_url
    ) as made:
        yield made


async def polled(bot: Bot, **parameters: Any) -> list[int]:
    return [update.update_id for update in await bot.get_updates(**parameters)]


async def test_updates_come_in_order_until_they_are_confirmed(bot_api: BotApi, bot: Bot) -> None:
    ann = bot_api.user("Ann", id=42)
    numbers = [ann.says(str(number)).update_id for number in range(5)]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert await polled(bot) == numbers
    assert await polled(bot, limit=2) == numbers[:2]
    assert await polled(bot, offset=numbers[2]) == numbers[2:]
    assert await polled(bot) == numbers[2:], "the first two are forgotten"
    assert await polled(bot, offset=numbers[-1] + 1) == []
    assert ann.says("next").update_id == numbers[-1] + 1


async def test_a_negative_offset_keeps_only_the_last_ones(bot_api: BotApi, bot: Bot) -> None:
    ann = bot_api.user()
    numbers = [ann.says(str(number)).update_id for number in range(5)]
    assert await polled(bot, offset=-2) == numbers[3:]
    assert await polled(bot) == numbers[3:]


async def test_an_offset_far_ahead_confirms_nothing(bot_api: BotApi, bot: Bot) -> None:
    number = bot_api.user().says("hello").update_id
    assert await polled(bot, offset=number + 1000) == [number]
    assert await polled(bot) == [number]


async def test_after_a_quiet_week_numbers_may_start_lower(bot_api: BotApi, bot: Bot) -> None:
    ann = bot_api.user()
    before = ann.says("before").update_id
    await polled(bot, offset=before + 1)
    bot_api.advance(8 * 24 * 3600)
    bot_api.bot.updates.restart(1000)
    assert ann.says("after").update_id == 1000
    assert await polled(bot, offset=before + 1) == [1000]


async def test_nobody_fetched_it_for_a_day(bot_api: BotApi, bot: Bot) -> None:
    ann = bot_api.user()
    ann.says("old")
    bot_api.advance(KEPT_SECONDS + 1)
    assert await polled(bot) == []


async def test_a_long_poll_wakes_for_an_update_and_ends_without(bot_api: BotApi, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await bot_api.until(lambda: bot_api.bot.poll is not None)
    bot_api.user().says("wake up")
    async with asyncio.timeout(5):
        (update,) = await waiting
    assert update.message is not None
    assert update.message.text == "wake up"
    assert await polled(bot, offset=update.update_id + 1, timeout=1) == []


async def test_a_second_poll_ends_the_first(bot_api: BotApi, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await bot_api.until(lambda: bot_api.bot.poll is not None)
    async with Bot(bot_api.token, base_url=bot_api.base_url) as other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        bot_api.user().says("for the second one")
        assert len(await second) == 1


async def test_a_poll_whose_program_was_killed_takes_nothing_along(
    bot_api: BotApi, bot: Bot
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bot_api.port)
    path = f"/bot{bot_api.token}/getUpdates?timeout=50"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await bot_api.until(lambda: bot_api.bot.poll is not None)
    writer.transport.abort()
    assert await reader.read() == b""
    said = bot_api.user().says("is anybody there?")
    assert await polled(bot) == [said.update_id]


async def test_which_kinds_are_wanted_is_remembered(bot_api: BotApi, bot: Bot) -> None:
    ann = bot_api.user()
    said = ann.says("hi")
    assert ann.reacts(said, "👍") is None, "not among the default ones"
    await polled(bot, allowed_updates=["message_reaction", "not_a_kind"])
    assert ann.reacts(said, "❤") is not None
    assert ann.says("unheard").update is None
    await polled(bot)
    assert ann.says("still unheard").update is None
    await polled(bot, allowed_updates=[])
    assert ann.says("heard").update is not None


async def test_hasty_polls_get_little(bot_api: BotApi, bot: Bot) -> None:
    ann = bot_api.user()
    numbers = [ann.says(text).update_id for text in "abc"]
    bot_api.slows_hasty_polls = True
    assert await polled(bot) == numbers
    assert await polled(bot) == numbers[:1], "the same again at once"
    assert await polled(bot, offset=numbers[1]) == numbers[1:]


async def test_duplicates_and_any_order_can_be_made(bot_api: BotApi, bot: Bot) -> None:
    ann = bot_api.user()
    numbers = [ann.says(text).update_id for text in "abc"]
    bot_api.bot.updates.shuffle(lambda ids: ids[::-1])
    assert await polled(bot) == numbers[::-1]
    bot_api.bot.updates.repeat()
    assert await polled(bot) == numbers[::-1] * 2


async def test_tokens(bot_api: BotApi) -> None:
    other = bot_api.add_bot("8000002:other", username="other_bot")
    async with Bot(other.token, base_url=bot_api.base_url) as bot:
        assert bot.username == "other_bot"
        bot_api.user("Ann", id=42).says("to the first one")
        assert await polled(bot) == []
        bot_api.user(id=42, bot=other).says("to the other one")
        assert len(await polled(bot)) == 1
    for token in ("8000002:wrong", "8000002", "nonsense"):
        with pytest.raises(InvalidToken):
            async with Bot(token, base_url=bot_api.base_url):
                pass
    async with httpx.AsyncClient() as client:
        said = [
            (await client.get(f"{bot_api.base_url}{token}/getMe")).json()
            for token in ("8000002:wrong", "nonsense")
        ]
    assert said == [
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
        {"ok": False, "error_code": 404, "description": "Not Found"},
    ]


async def test_a_token_that_was_revoked(bot_api: BotApi, bot: Bot) -> None:
    bot_api.revoke(bot_api.bot, "7000001:new")
    with pytest.raises(InvalidToken):
        await bot.get_me()
    async with Bot("7000001:new", base_url=bot_api.base_url) as again:
        assert again.id == bot.id


async def test_logging_out_ends_it(bot_api: BotApi, bot: Bot) -> None:
    assert await bot.log_out()
    with pytest.raises(BadRequest, match="Logged out"):
        await bot.get_me()


async def test_the_librarys_own_application_polls(bot_api: BotApi) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def answer(update: Update, _context: Any) -> None:
        assert update.message is not None
        await update.message.reply_text(f"you said {update.message.text}")
        heard.put_nowait(update.message.text or "")

    builder = Application.builder().token(bot_api.token)
    application = builder.base_url(bot_api.base_url).base_file_url(bot_api.base_file_url).build()
    application.add_handler(MessageHandler(filters.TEXT, answer))
    ann = bot_api.user("Ann", id=42)
    async with application:
        assert application.updater is not None
        await application.updater.start_polling()
        await application.start()
        for text in ("one", "two"):
            ann.says(text)
        async with asyncio.timeout(10):
            assert [await heard.get(), await heard.get()] == ["one", "two"]
        await application.updater.stop()
        await application.stop()
    assert [each.text for each in ann.hears()] == ["you said one", "you said two"]
    assert bot_api.bot.updates.waiting == []


class Receiver:
    """A webhook's other end: answers with `statuses` one by one, then 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.failing: set[int] = set()
        """Updates that are answered with 500 as long as they are in here."""
        self.taken: list[int] = []
        self.got: list[tuple[int, str | None]] = []
        self.body = b""
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
            update = json.loads(await reader.readexactly(int(headers["content-length"])))
            secret = headers.get("x-telegram-bot-api-secret-token")
            self.got.append((update["update_id"], secret))
            status = self.statuses.pop(0) if self.statuses else 200
            if update["update_id"] in self.failing:
                status = 500
            if status == 200:
                self.taken.append(update["update_id"])
            body = self.body if status == 200 else b""
            length = f"Content-Length: {len(body)}"
            writer.write(f"HTTP/1.1 {status} X\r\n{length}\r\n\r\n".encode() + body)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    async with scripted_server(made.serve) as port:
        made.url = f"http://127.0.0.1:{port}/hook"
        yield made


async def test_a_webhook_gets_every_update_in_order(
    bot_api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    ann = bot_api.user("Ann", id=42)
    numbers = [ann.says("before it was set").update_id]
    assert await bot.set_webhook(receiver.url, secret_token="a-secret_1")
    receiver.statuses = [200, 500, 404, 200]
    numbers += [ann.says(str(number)).update_id for number in range(3)]
    await bot_api.until(lambda: not bot_api.bot.updates.waiting)
    first, second, *rest = numbers
    got = [number for number, _secret in receiver.got]
    assert got == [first, second, second, second, *rest], "again until it is taken"
    assert {secret for _number, secret in receiver.got} == {"a-secret_1"}
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (receiver.url, 0)
    assert "404" in (info.last_error_message or "")


async def test_one_chat_that_fails_holds_up_no_other(
    bot_api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    ann, bob = bot_api.user("Ann"), bot_api.user("Bob")
    first, later = ann.says("fails").update_id, ann.says("waits for it").update_id
    other = bob.says("gets through").update_id
    receiver.failing = {first}
    await bot.set_webhook(receiver.url, max_connections=1)
    await bot_api.until(lambda: bot_api.bot.updates.waiting == [first, later])
    assert later not in [number for number, _secret in receiver.got]
    receiver.failing = set()
    await bot_api.until(lambda: not bot_api.bot.updates.waiting)
    assert receiver.taken == [other, first, later]


async def test_no_polling_beside_a_webhook(bot_api: BotApi, bot: Bot, receiver: Receiver) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await bot_api.until(lambda: bot_api.bot.poll is not None)
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await waiting
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook()
    assert await polled(bot) == []


async def test_a_webhook_may_answer_with_a_call(
    bot_api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    ann = bot_api.user("Ann", id=42)
    receiver.body = json.dumps({"method": "sendMessage", "chat_id": 42, "text": "hi"}).encode()
    await bot.set_webhook(receiver.url)
    ann.says("hello")
    await bot_api.until(ann.hears)
    assert ann.hears()[0].text == "hi"


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("nonsense", "", "Invalid webhook url specified"),
        ("http://example.org/", "", "HTTPS"),
        ("https://example.org/", "with space", "unallowed characters"),
        ("https://example.org/", "x" * 257, "too long"),
    ],
)
async def test_webhooks_that_are_refused(
    bot_api: BotApi, bot: Bot, url: str, secret: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.set_webhook(url, secret_token=secret or None)
    assert bot_api.bot.webhook.url == ""
