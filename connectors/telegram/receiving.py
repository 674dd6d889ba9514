"""From a batch of updates as Telegram sent them to what the store has taken in."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from config.model import TelegramAccount
from connectors.contract import Intake, Notice, Received, Rejected
from connectors.telegram.again import reading_context
from connectors.telegram.bot import Line, Me
from connectors.telegram.cursor import Cursor
from connectors.telegram.failures import NoSuchMethod
from connectors.telegram.reading import (
    KINDS,
    BusinessConnection,
    connection_needed,
    read_connection,
    read_update,
)

log = logging.getLogger(__name__)

Greet = Callable[[Notice, str], Awaitable[None]]
"""Called with a chat that was opened, and the language of who opened it."""


class Receiver:
    """Takes batches in, one at a time."""

    wanted = KINDS
    """Everything is asked for: what is nothing to an agent ends in the ledger, with the reason."""

    def __init__(
        self,
        account: TelegramAccount,
        line: Line,
        me: Me,
        cursor: Cursor,
        intake: Intake,
        greet: Greet,
    ) -> None:
        self._account = account
        self._line = line
        self._me = me
        self._cursor = cursor
        self._intake = intake
        self._greet = greet

    async def take(self, updates: Sequence[Any]) -> int:
        """How many of them are new. Returns when the store has them all. Raises `ChannelError`
        and what the intake raises."""
        new = await self._unknown(updates)
        if not new:
            return 0
        self._cursor.received()
        await self._intake.accept([item for item, _update in new], self._cursor.to_json())
        for item, update in new:
            if isinstance(item, Notice) and item.kind == "started":
                await self._greet(item, _language(update))
        return len(new)

    async def _unknown(self, updates: Sequence[Any]) -> list[tuple[Received, Any]]:
        """Those that the ledger does not have, once each."""
        if self._cursor.may_be_numbered_anew():
            self._cursor.number_anew()
        read = await self._read(updates)
        known = await self._intake.known(list(read))
        if known and not self._cursor.is_repeated():
            log.info("%s: Telegram numbers the updates anew", self._account.name)
            self._cursor.number_anew()
            read = await self._read(updates)
            known = await self._intake.known(list(read))
        return [pair for number, pair in read.items() if number not in known]

    async def _read(self, updates: Sequence[Any]) -> dict[str, tuple[Received, Any]]:
        me, cursor = self._me, self._cursor
        context = reading_context(self._account, cursor, me.id, me.username, cursor.prefix)
        read = {}
        for update in updates:
            if isinstance(update, dict):
                if connection := connection_needed(update, context):
                    await self._ask_for(connection)
                self._learn(update.get("business_connection"))
            item = read_update(update, context)
            read[item.external_id] = (item, update)
        return read

    async def _ask_for(self, connection: str) -> None:
        """One whose own update was lost, or came before this account was ours."""
        try:
            self._learn(
                await self._line.bot.raw("getBusinessConnection", business_connection_id=connection)
            )
        except Rejected as error:
            # It has been ended meanwhile, or the server does not know that method; what is
            # written in its chats is taken in without the owner's name.
            log.info("%s: %s", self._account.name, error)
            works = isinstance(error, NoSuchMethod)
            self._cursor.connections[connection] = BusinessConnection(0, enabled=works)

    def _learn(self, found: Any) -> None:
        if (connection := read_connection(found)) is not None:
            self._cursor.connections[connection[0]] = connection[1]


def _language(update: Any) -> str:
    try:
        return str(update["message"]["from"]["language_code"])
    except (KeyError, TypeError):
        return ""
