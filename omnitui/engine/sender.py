"""The outbox carried out: claimed durably before the first byte, settled by what came of it.

A message is `sending` in the store from before its first byte until its outcome is
committed. Whatever ends the engine in between leaves `sending`, which the next start
turns into `unknown`: it is never sent again unless an agent says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from config.i18n import _
from connectors.contract import ChannelError, MaybeSent, Outgoing, Rejected, Sent
from omnitui.desk import outbox as desk_outbox
from omnitui.desk.context import Desk
from omnitui.engine.channel import Channel, innermost, told_to_end, unserved
from omnitui.engine.desk import EngineDesk
from omnitui.engine.keeper import keep
from omnitui.engine.log import LOGGER, name_of, trace
from omnitui.engine.pulse import Pulse, until
from store import outbox
from store.errors import StoreError
from store.model import Millis, OutboxEntry

PAGE = 20


class Sender:
    """One loop per account, side by side; one message at a time in each."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channels: Iterable[Channel]) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channels = list(channels)
        self._stopping = asyncio.Event()
        self._in_flight: set[int] = set()

    async def recover(self) -> None:
        """Before anything is sent: what was in flight when the last engine died is `unknown`."""
        patience = self._desk.pace.store_patience
        await self._desk.write_patiently(desk_outbox.recover, patience=patience)

    async def run(self) -> None:
        """Until `stop`; then ends as soon as no send is in flight."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels:
                name = f"outbox {channel.name}"
                group.create_task(keep(name, partial(self._serve, channel)), name=name)
            name = "outbox of no account"
            group.create_task(keep(name, self._refuse_orphans), name=name)

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping.set()
        self._pulse.wake()

    async def _serve(self, channel: Channel) -> None:
        beat = self._pulse.subscribe(channel.name)
        while not self._stopping.is_set():
            due_at: Millis | None
            try:
                # Nothing is claimed while there is nothing to send it with.
                if channel.ready.is_set():
                    for entry in await self._desk.read(_due, channel):
                        if self._stopping.is_set():
                            break
                        await self._deliver(channel, entry)
                    due_at = await self._desk.read(_next_due, channel)
                else:
                    due_at = self._desk.now() + 500
            except StoreError as error:
                LOGGER.warning("%s: outbox: %s", channel.name, error)
                due_at = self._desk.now() + 1_000
            if not self._stopping.is_set():
                await until(beat, due_at, self._desk.now())

    async def _deliver(self, channel: Channel, entry: OutboxEntry) -> None:
        async with channel.in_use() as connector:
            if self._stopping.is_set() or not await self._claim(entry):
                return
            outgoing = await self._compose(channel, entry)
            if outgoing is None:
                return
            result: Sent | ChannelError
            limit = self._desk.pace.send_limit
            try:
                async with asyncio.timeout(limit):
                    result = await connector.send(outgoing)
            except TimeoutError:
                result = MaybeSent(
                    _("The server did not answer within {n} minutes.").format(n=int(limit // 60))
                )
            except asyncio.CancelledError as error:
                if told_to_end():
                    raise
                result = _unexpected(error)
            except ChannelError as error:
                result = error
            except Exception as error:
                # Quarantined: the account goes on with the next message.
                LOGGER.error("%s: unexpected error on sending\n%s", channel.name, trace(error))
                found = innermost(error)
                result = found if isinstance(found, ChannelError) else _unexpected(found)
            await self._settle(channel.name, entry, result, channel.note_success)

    async def _claim(self, entry: OutboxEntry) -> bool:
        """Ours to send: committed to disk before the first byte. False when cancelled meanwhile."""

        def claim(desk: Desk) -> bool:
            return outbox.claim(desk.db, entry.message_id, desk.now())

        return await self._desk.write(claim)

    async def _compose(self, channel: Channel, entry: OutboxEntry) -> Outgoing | None:
        try:
            return await self._desk.read(_outgoing, entry)
        except Exception as error:
            # Nothing has left: the agent may change it and try again.
            LOGGER.error("%s: a reply cannot be put together\n%s", channel.name, trace(error))
            sentence = (
                str(error)
                if isinstance(error, StoreError)
                else _("This message could not be put together ({error}).").format(
                    error=name_of(error)
                )
            )
            await self._settle(channel.name, entry, Rejected(sentence))
            return None

    async def _settle(
        self,
        account: str,
        entry: OutboxEntry,
        result: Sent | ChannelError,
        succeeded: Callable[[Desk], None] | None = None,
    ) -> None:
        """Written down whatever it takes: without it a message that went out would be `unknown`."""

        def settle(desk: Desk) -> None:
            desk_outbox.settle(desk, outbox.get(desk.db, entry.message_id), result)
            if succeeded is not None and isinstance(result, Sent):
                succeeded(desk)

        await self._desk.write_patiently(settle)
        if isinstance(result, Sent):
            LOGGER.info("%s: message %d sent", account, entry.message_id)
        else:
            LOGGER.warning("%s: message %d: %s", account, entry.message_id, type(result).__name__)

    async def _refuse_orphans(self) -> None:
        """Replies of accounts that the configuration no longer has fail where the agent sees it."""
        beat = self._pulse.subscribe("no account")
        served = {channel.name for channel in self._channels}
        while not self._stopping.is_set():
            try:
                for entry in await self._desk.read(_all_due):
                    if entry.account not in served and await self._claim(entry):
                        await self._settle(entry.account, entry, unserved(entry.account))
            except StoreError as error:
                LOGGER.warning("outbox: %s", error)
            if not self._stopping.is_set():
                await until(beat, None, self._desk.now())


def _unexpected(error: BaseException) -> MaybeSent:
    """Where it failed is not known, so neither is whether it went out."""
    return MaybeSent(
        _("omnitui itself failed while sending ({error}).").format(error=name_of(error))
    )


def _due(desk: Desk, channel: Channel) -> list[OutboxEntry]:
    if channel.account is None:
        return []
    return outbox.due(desk.db, desk.now(), channel.account.id, limit=PAGE)


def _all_due(desk: Desk) -> list[OutboxEntry]:
    return outbox.due(desk.db, desk.now(), limit=1000)


def _next_due(desk: Desk, channel: Channel) -> Millis | None:
    if channel.account is None:
        return None
    due_at = outbox.next_due_at(desk.db, desk.now(), channel.account.id)
    # What stays due although it was tried must not spin.
    return None if due_at is None else max(due_at, desk.now() + 20)


def _outgoing(desk: Desk, entry: OutboxEntry) -> Outgoing:
    return desk_outbox.outgoing(desk, outbox.get(desk.db, entry.message_id))
