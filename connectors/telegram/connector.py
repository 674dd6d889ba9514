"""The Telegram channel: one bot, through the Bot API."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections import OrderedDict
from pathlib import Path

from telegram.error import TelegramError

from config.i18n import _
from config.model import TelegramAccount
from connectors.contract import (
    Address,
    Capabilities,
    ChannelError,
    Check,
    Intake,
    Notice,
    Outgoing,
    Sent,
)
from connectors.telegram import checks, failures, files
from connectors.telegram.bot import Line, Me, open_line
from connectors.telegram.cursor import Cursor
from connectors.telegram.greeting import greeting
from connectors.telegram.polling import Polling
from connectors.telegram.receiving import Receiver

UPLOAD_LIMIT = 50_000_000
OWN_UPLOAD_LIMIT = 2_000_000_000
"""Bytes of one file out, at Telegram's server and at one of our own (Bot API)."""
DELETE_WINDOW = 48 * 3600
PARALLEL = 20
REMEMBERED = 1000
"""Messages whose sending this process can prove."""
GREETING_PAUSE = 60.0
"""Seconds: /start again and again is greeted once."""

log = logging.getLogger(__name__)


class TelegramConnector:
    """One bot. Built as `TelegramConnector(name, settings)`; no connection until used."""

    channel = "telegram"

    def __init__(self, name: str, settings: TelegramAccount) -> None:
        self.name = name
        self.account = settings
        self.capabilities = Capabilities(
            part_limit=4096,
            each_file_limit=OWN_UPLOAD_LIMIT if settings.own_server else UPLOAD_LIMIT,
            formatting="markdown",
            edit=True,
            delete=True,
            delete_window=DELETE_WINDOW,
            answers=True,
            silent=True,
            typing=True,
            link=_link(settings.address),
            parallel=PARALLEL,
        )
        self._line: Line | None = None
        self._opening = asyncio.Lock()
        self._sent: OrderedDict[str, Sent] = OrderedDict()
        self._greeted: dict[str, float] = {}
        self._greetings: set[asyncio.Task[None]] = set()

    async def run(self, intake: Intake) -> None:
        """Receive until cancelled. Raises `ChannelError` and what the intake raises."""
        line = await self._opened()
        me = await line.me()
        self._learn(me)
        cursor = Cursor(await intake.cursor())
        cursor.serve(me.id)
        receiver = Receiver(self.account, line, me, cursor, intake, self._greet)
        if self.account.webhook:
            from connectors.telegram.webhook import Webhook

            await Webhook(self.account, line, receiver, me.address).run(intake)
        else:
            await Polling(self.name, line, receiver, me.address).run(intake)

    async def send(self, message: Outgoing) -> Sent:
        """Raises `ChannelError`."""
        line = await self._opened()
        sent = await self._send(line, message)
        self._sent[message.key] = sent
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        return sent

    async def find_sent(self, message: Outgoing) -> Sent | None:
        """A bot cannot look at what it wrote: the only proof is that Telegram said so to us."""
        return self._sent.get(message.key)

    async def fetch(self, reference: str, into: Path) -> None:
        """Raises `ChannelError`."""
        await files.fetch(await self._opened(), reference, into)

    async def check(self) -> list[Check]:
        """Ask who the bot is and how it is set up; nothing is received or sent."""
        try:
            line = await self._opened()
            me = await line.me()
        except ChannelError as error:
            return [Check(_("bot"), False, str(error), error)]
        self._learn(me)
        return await checks.of(self.account, line, me)

    async def close(self) -> None:
        for task in self._greetings:
            task.cancel()
        await asyncio.gather(*self._greetings, return_exceptions=True)
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _send(self, line: Line, message: Outgoing) -> Sent:
        chat = message.chat or message.to[0].address
        try:
            found = await line.bot.send_message(int(chat), message.text)
        except TelegramError as error:
            raise failures.of_send(error) from error
        return Sent(f"{chat}:{found.message_id}")

    async def _opened(self) -> Line:
        async with self._opening:
            if self._line is None:
                self._line = await open_line(self.account)
            return self._line

    def _learn(self, me: Me) -> None:
        self.capabilities = dataclasses.replace(self.capabilities, link=_link(me.address))

    async def _greet(self, started: Notice, language: str) -> None:
        """In the background: what comes in does not wait for it."""
        text = greeting(self.account.greeting, language)
        now = time.monotonic()
        if not text or now - self._greeted.get(started.chat, -GREETING_PAUSE) < GREETING_PAUSE:
            return
        self._greeted = {c: at for c, at in self._greeted.items() if now - at < GREETING_PAUSE}
        self._greeted[started.chat] = now
        message = Outgoing(
            key=f"greeting/{started.external_id}",
            account=self.name,
            to=(started.who or Address(started.chat),),
            text=text,
            chat=started.chat,
        )
        task = asyncio.create_task(self._greet_now(message), name=f"greeting {self.name}")
        self._greetings.add(task)
        task.add_done_callback(self._greetings.discard)

    async def _greet_now(self, message: Outgoing) -> None:
        """May fail: it is a courtesy, and is not tried again."""
        try:
            await self._send(await self._opened(), message)
        except ChannelError as error:
            log.info("%s: no greeting: %s", self.name, error)


def _link(address: str) -> str:
    username = address.strip().removeprefix("@")
    return f"https://t.me/{username}?start={{payload}}" if username else ""
