"""What a connector hands its batches to: durable when `accept` returns, never partly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from config.i18n import _
from config.told import words_of
from connectors.contract import Ignored, Inbound, Quarantined, Received, Signal
from omnitui.desk.arriving import intake as desk_intake
from omnitui.desk.context import Desk
from omnitui.engine.desk import EngineDesk, Passing
from omnitui.engine.log import LOGGER, name_of, trace
from omnitui.engine.visitors import Visitors
from store import accounts, ledger
from store.errors import (
    NotLocal,
    StoreDamaged,
    StoreError,
    StoreMissing,
    StoreTooNew,
    UnsafeSqlite,
    is_shortage,
)
from store.model import Account

_NO_ITEM_IS_TO_BLAME = (
    *Passing,
    ImportError,  # a part of the program is being updated
    NotLocal,
    StoreDamaged,
    StoreMissing,
    StoreTooNew,
    UnsafeSqlite,
)

FEW = 10
"""Received things of which a batch waits for more, in a storm. Those of a backlog are larger."""

Report = Callable[[str], Awaitable[None]]
Online = Callable[[str, tuple[int, int]], Awaitable[None]]


class AccountIntake:
    """`connectors.contract.Intake` of one account."""

    def __init__(
        self,
        desk: EngineDesk,
        account: Account,
        *,
        online: Online,
        waiting: Report,
        succeeded: Callable[[Desk], None],
        visitors: Visitors,
    ) -> None:
        self._desk = desk
        self._account = account
        self._online = online
        self._waiting = waiting
        self._succeeded = succeeded
        self._visitors = visitors

    async def cursor(self) -> dict[str, Any]:
        return dict(await self._desk.store.read(accounts.cursor, self._account.id))

    async def known(self, external_ids: Sequence[str]) -> set[str]:
        return await self._desk.store.read(ledger.known, self._account.id, external_ids)

    async def ledger_ids(self, prefix: str) -> set[str]:
        return await self._desk.store.read(ledger.ids, self._account.id, prefix)

    async def signal(self, signals: Sequence[Signal]) -> None:
        self._visitors.signal(signals)

    async def present(self, chats: Sequence[Signal]) -> None:
        self._visitors.present(chats)

    async def online(self, detail: str = "", past: tuple[int, int] = (0, 0)) -> None:
        await self._online(detail, past)

    async def accept(
        self, batch: Sequence[Received], cursor: Mapping[str, Any] | None = None
    ) -> None:
        """One transaction for the batch and the cursor.

        A full or locked store is waited for; past the patience its error is raised and the
        connector confirms nothing. An item that cannot be stored for another reason is found
        by halving and quarantined; the rest goes in.
        """
        try:
            await self._write(batch, cursor)
        except _NO_ITEM_IS_TO_BLAME:
            raise
        except Exception as error:  # the poison is quarantined below
            if is_shortage(error):
                raise
            await self._halve(batch, cursor, error)

    async def _write(self, batch: Sequence[Received], cursor: Mapping[str, Any] | None) -> None:
        waited = False

        async def waiting(error: StoreError) -> None:
            nonlocal waited
            waited = True
            await self._waiting(words_of(error))

        def work(desk: Desk) -> None:
            desk_intake.accept(desk, self._account, batch, cursor)
            self._succeeded(desk)

        await self._desk.write_patiently(
            work,
            patience=self._desk.pace.store_patience,
            waiting=waiting,
            can_wait=0 < len(batch) <= FEW,
        )
        if waited:
            await self._waiting("")

    async def _halve(
        self, batch: Sequence[Received], cursor: Mapping[str, Any] | None, error: Exception
    ) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            # The cursor says "all before is stored", so it goes with the last piece only.
            await self.accept(batch[:middle], None)
            await self.accept(batch[middle:], cursor)
            return
        if not batch:
            raise error
        item = batch[0]
        LOGGER.error(
            "%s: %s cannot be stored and is quarantined\n%s",
            self._account.name,
            item.external_id,
            trace(error),
        )
        await self._quarantine(item, cursor, error)

    async def _quarantine(
        self, item: Received, cursor: Mapping[str, Any] | None, error: Exception
    ) -> None:
        reason = _("omnitui could not take this message in ({error}).").format(error=name_of(error))
        if isinstance(item, Inbound):
            kept = Quarantined(item.external_id, reason, _raw(item))
            try:
                await self._write([kept], cursor)
            except _NO_ITEM_IS_TO_BLAME:
                raise
            except Exception as second:
                if is_shortage(second):
                    raise
                LOGGER.error("%s: %s", self._account.name, trace(second))
            else:
                return

        def note(desk: Desk) -> None:
            ledger.record(
                desk.db,
                self._account.id,
                item.external_id,
                "ignored" if isinstance(item, Ignored) else "quarantined",
                reason=reason,
                at=desk.now(),
            )
            if cursor is not None:
                accounts.set_cursor(desk.db, self._account.id, dict(cursor))

        await self._desk.write_patiently(note, patience=self._desk.pace.store_patience)


def _raw(item: Inbound) -> bytes | Path:
    """What can be looked at later: the message as received, else what was made of it."""
    if item.raw is not None:
        return item.raw
    return f"{item.sender.address}\n{item.subject}\n\n{item.text}".encode("utf-8", "replace")
