"""The Telegram channel: one bot, through the Bot API."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.i18n import _
from config.model import TelegramAccount
from connectors.contract import (
    Address,
    Capabilities,
    ChannelError,
    Check,
    Intake,
    Misconfigured,
    Notice,
    Outgoing,
    Sent,
    Unreachable,
)
from connectors.telegram import checks, files
from connectors.telegram.bot import Line, Me, open_line
from connectors.telegram.cursor import Cursor
from connectors.telegram.greeting import greeting
from connectors.telegram.polling import Polling
from connectors.telegram.receiving import Receiver
from connectors.telegram.sending import FILE_LIMIT, Pacing, Sending

OWN_FILE_LIMIT = 2_000_000_000
"""Bytes of one file out through a Bot API server of our own."""
CURSOR_PATIENCE = 10.0
"""Seconds in which `run` has read what is remembered."""
DELETE_WINDOW = 48 * 3600
PARALLEL = 20
GREETING_PAUSE = 60.0
"""Seconds: /start again and again is greeted once."""
GREETINGS_AT_ONCE = 4
"""So that no reply waits behind thousands of them: all go out at one pace."""

_RECEIVING: dict[tuple[str, int], str] = {}
"""Which account of this process receives for a bot: by its server and its id."""

log = logging.getLogger(__name__)


class TelegramConnector:
    """One bot. Built as `TelegramConnector(name, settings)`; no connection until used."""

    channel = "telegram"

    def __init__(self, name: str, settings: TelegramAccount) -> None:
        self.name = name
        self.account = settings
        self._file_limit = OWN_FILE_LIMIT if settings.own_server else FILE_LIMIT
        self.capabilities = Capabilities(
            part_limit=4096,
            each_file_limit=self._file_limit,
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
        self._sending: Sending | None = None
        self._cursor: Cursor | None = None
        self._has_cursor = asyncio.Event()
        self._greeted: dict[str, float] = {}
        self._greetings: set[asyncio.Task[None]] = set()
        self._greeting = asyncio.Semaphore(GREETINGS_AT_ONCE)

    async def run(self, intake: Intake) -> None:
        """Receive until cancelled. Raises `ChannelError` and what the intake raises."""
        cursor = self._cursor = Cursor(await intake.cursor())
        self._has_cursor.set()
        line = await self._opened()
        me = await line.me()
        self._learn(me)
        with self._alone(me):
            await self._receive(line, me, cursor, intake)

    async def _receive(self, line: Line, me: Me, cursor: Cursor, intake: Intake) -> None:
        cursor.serve(me.id)
        receiver = Receiver(self.account, line, me, cursor, intake, self._greet)
        if self.account.webhook:
            from connectors.telegram.webhook import Webhook

            await Webhook(self.account, line, receiver, me.address).run(intake)
        else:
            await Polling(self.name, line, receiver, me.address).run(intake)

    async def send(self, message: Outgoing) -> Sent:
        """Raises `ChannelError`."""
        return await (await self._sender(message.chat)).send(message)

    async def edit(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Raises `ChannelError`."""
        await (await self._sender(message.chat)).edit(message, parts)

    async def delete(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Raises `ChannelError`."""
        await (await self._sender(message.chat)).delete(message, parts)

    async def typing(self, chat: str) -> None:
        """Raises `ChannelError`."""
        await (await self._sender(chat)).typing(chat)

    async def find_sent(self, message: Outgoing) -> Sent | None:
        """A bot cannot look at what it wrote: the only proof is that Telegram said so to us."""
        return self._sending.found(message.key) if self._sending is not None else None

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

    async def _opened(self) -> Line:
        async with self._opening:
            if self._line is None:
                account = self.account
                pacing = Pacing(account.pace_per_second, account.pace_per_chat)
                line = await open_line(account, pacing)
                self._sending = Sending(line.bot, self._connection, file_limit=self._file_limit)
                self._line = line
            return self._line

    async def _sender(self, chat: str) -> Sending:
        await self._opened()
        if chat.startswith("b"):
            await self._business_known()
        assert self._sending is not None
        return self._sending

    async def _business_known(self) -> None:
        """Which connections there are is in the cursor, which comes with `run`."""
        try:
            async with asyncio.timeout(CURSOR_PATIENCE):
                await self._has_cursor.wait()
        except TimeoutError:
            raise Unreachable(
                _("The Business connections are not known yet; it is tried again.")
            ) from None

    def _connection(self, owner: str) -> str | None:
        """The newest connection of a Business account that lets us answer."""
        assert self._cursor is not None
        return next(
            (
                number
                for number, each in reversed(self._cursor.connections.items())
                if str(each.owner) == owner and each.enabled and each.can_reply
            ),
            None,
        )

    @contextmanager
    def _alone(self, me: Me) -> Iterator[None]:
        """Two accounts with one bot would each take half of its news, or all of it twice."""
        bot = (self.account.base_url, me.id)
        other = _RECEIVING.setdefault(bot, self.name)
        if other != self.name:
            raise Misconfigured(
                _("This is the bot of the account {other}, too ({bot}); take one of the two"
                  " accounts out, or give it a bot of its own.").format(other=other, bot=me.address)
            )  # fmt: skip
        try:
            yield
        finally:
            _RECEIVING.pop(bot, None)

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
            async with self._greeting:
                await self.send(message)
        except ChannelError as error:
            log.info("%s: no greeting: %s", self.name, error)


def _link(address: str) -> str:
    username = address.strip().removeprefix("@")
    return f"https://t.me/{username}?start={{payload}}" if username else ""
