"""Posting updates to a webhook: those of one chat one after the other, until they are taken; as
many chats at once as the bot allows."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx

from tests.servers.bot_api import errors
from tests.servers.bot_api.calls import HANDLERS, Call, Context, typed
from tests.servers.bot_api.spec import METHODS_BY_LOWER_NAME

if TYPE_CHECKING:
    from tests.servers.bot_api.bots import Bot
    from tests.servers.bot_api.server import BotApi


def deliver(server: BotApi, bot: Bot) -> None:
    """There may be something to post. The server's thread only."""
    if bot.delivery is not None and not bot.delivery.over:
        bot.delivery.news.set()
    elif bot.webhook.url:
        bot.delivery = Delivery(server, bot)
        server.in_background(bot.delivery.run())


class Delivery:
    """Runs until the bot has no webhook any more."""

    def __init__(self, server: BotApi, bot: Bot) -> None:
        self.server = server
        self.bot = bot
        self.news = asyncio.Event()
        self.over = False
        self._busy: set[int] = set()
        """Chats with an update on its way, or with one that waits to be tried again."""
        self._connections = 0
        """Updates on their way: those that wait hold up no other chat."""

    async def run(self) -> None:
        try:
            async with (
                httpx.AsyncClient(timeout=10, verify=False, trust_env=False) as client,
                asyncio.TaskGroup() as posting,
            ):
                while self.bot.webhook.url:
                    self.news.clear()
                    self._start(posting, client)
                    await self.news.wait()
                self.over = True
        finally:
            self.over = True

    def _start(self, posting: asyncio.TaskGroup, client: httpx.AsyncClient) -> None:
        with self.server.world.lock:
            heads = self.bot.updates.heads()
        for chat, (number, raw) in heads.items():
            if self._connections >= self.bot.webhook.max_connections:
                return
            if chat not in self._busy:
                self._busy.add(chat)
                self._connections += 1
                posting.create_task(self._post(client, chat, number, raw))

    async def _post(self, client: httpx.AsyncClient, chat: int, number: int, raw: bytes) -> None:
        delay = self.server.webhook_delay
        while url := self.bot.webhook.url:
            headers = {"Content-Type": "application/json"}
            if self.bot.webhook.secret:
                headers["X-Telegram-Bot-Api-Secret-Token"] = self.bot.webhook.secret
            self.bot.updates.handed_out.append(number)
            try:
                answer = await client.post(url, content=raw, headers=headers)
                problem = f"{answer.status_code} {answer.reason_phrase}"
                if answer.is_success:
                    with self.server.world.lock:
                        self.bot.updates.drop(number)
                    _answered(self.server, self.bot, answer)
                    break
            except httpx.HTTPError as error:
                problem = str(error) or type(error).__name__
            self._connections -= 1
            self.news.set()
            self.bot.webhook.last_error_at = int(self.server.world.now())
            self.bot.webhook.last_error = f"Wrong response from the webhook: {problem}"
            self.server.called()
            await asyncio.sleep(delay)
            delay = min(delay * 2, 1.0)
            self._connections += 1
        self._connections -= 1
        self._busy.discard(chat)
        self.news.set()
        self.server.called()


def _answered(server: BotApi, bot: Bot, answer: httpx.Response) -> None:
    """A webhook may answer with a call of a method."""
    try:
        found = json.loads(answer.content or b"{}")
        method = METHODS_BY_LOWER_NAME[str(found.pop("method")).lower()]
    except (ValueError, KeyError, AttributeError):
        return
    call = Call(method.name, bot.token, found)
    server.calls.append(call)
    try:
        context = Context(server, bot, call, typed(method, found, {}), {})
        with server.world.lock:
            call.answer = HANDLERS[method.name](context)
    except errors.Refusal as refusal:
        call.answer = refusal.description
