"""The outbox carried out: claimed durably before the first byte, settled by what came of it.

A message is `sending` in the store from before its first byte until its outcome is
committed. Whatever ends the engine in between leaves `sending`, which the next start
turns into `unknown`: it is never sent again unless an agent says so.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from config.i18n import _
from connectors.contract import (
    ChannelError,
    Connector,
    MaybeSent,
    Outgoing,
    Rejected,
    Sent,
    Unreachable,
)
from omnitui.desk import follow_ups
from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox as desk_outbox
from omnitui.desk.replying import reply_token
from omnitui.engine.channel import Channel, raised, unserved
from omnitui.engine.desk import EngineDesk, Passing
from omnitui.engine.keeper import keep
from omnitui.engine.log import LOGGER, failure, name_of, trace
from omnitui.engine.pulse import Pulse, until
from store import outbox
from store.errors import StoreError
from store.model import Millis, OutboxEntry

SLOWEST = 20_000
"""Bytes a second: what files may take on a slow line, beyond the time for a message."""


class Sender:
    """One loop per account, side by side. Each has one message at a time on its way, or as many
    as its channel takes at once; of a chat never more than one, in their order."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channels: Iterable[Channel]) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channels = list(channels)
        for channel in self._channels:
            # The first to be woken: an answer waits for no other loop's look into the store.
            pulse.subscribe(channel.name)
        self._stopping = asyncio.Event()
        self._in_flight: dict[str, set[asyncio.Task[None]]] = {
            channel.name: set() for channel in self._channels
        }
        self._behind: set[str] = set()
        """Accounts that had more to send than room for it: that there is more needs no look."""

    async def recover(self) -> None:
        """Before anything is sent: what was in flight when the last engine died is `unknown`."""
        patience = self._desk.pace.store_patience
        await self._desk.write_patiently(desk_outbox.recover, patience=patience)

    async def run(self) -> None:
        """Until `stop`; then ends as soon as no send is in flight."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels:
                name = f"outbox {channel.name}"
                group.create_task(keep(name, partial(self._serve, channel, group)), name=name)
            name = "outbox of no account"
            group.create_task(keep(name, self._refuse_orphans), name=name)

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping.set()
        self._pulse.wake()

    async def _serve(self, channel: Channel, group: asyncio.TaskGroup) -> None:
        beat = self._pulse.subscribe(channel.name)
        while not self._stopping.is_set():
            due_at: Millis | None
            try:
                # Nothing is claimed while there is nothing to send it with.
                if channel.live is not None:
                    due_at = await self._begin(channel, group, beat)
                else:
                    due_at = self._desk.now() + 500
            except StoreError as error:
                LOGGER.warning("%s: outbox: %s", channel.name, error)
                due_at = self._desk.now() + 1_000
            if not self._stopping.is_set():
                await until(beat, due_at, self._desk.now())

    async def _begin(
        self, channel: Channel, group: asyncio.TaskGroup, beat: asyncio.Event
    ) -> Millis | None:
        """Have what is due leave; when to look again."""
        while (room := channel.parallel - len(self._in_flight[channel.name])) > 0:
            if channel.name not in self._behind:
                due_at = await self._desk.read(_next_due, channel)
                if due_at is None or due_at > self._desk.now():
                    return due_at
            if self._stopping.is_set():
                return None
            guessed = channel.name in self._behind
            if not await self._launch(channel, group, beat, room) and not guessed:
                # What stays due although it was tried must not spin.
                return self._desk.now() + 20
        # The end of what is in flight wakes.
        return None

    async def _launch(
        self, channel: Channel, group: asyncio.TaskGroup, beat: asyncio.Event, room: int
    ) -> bool:
        """Begin as many sends as there is room for; False when there was nothing to begin."""
        if (live := channel.live) is None:
            self._behind.discard(channel.name)
            return False
        in_flight = self._in_flight[channel.name]

        def landed(task: asyncio.Task[None]) -> None:
            live.release()
            in_flight.discard(task)
            beat.set()

        live.hold()
        try:
            # Ours to send: committed to disk before the first byte.
            entries = await self._desk.write(_claim, channel, room)
            for entry in entries:
                live.hold()
                carry = self._carry(channel, live.connector, entry)
                task = group.create_task(carry, name=f"message {entry.message_id}")
                in_flight.add(task)
                task.add_done_callback(landed)
        finally:
            live.release()
        if len(entries) < room:
            self._behind.discard(channel.name)
        else:
            self._behind.add(channel.name)
        return bool(entries)

    async def _carry(self, channel: Channel, connector: Connector, entry: OutboxEntry) -> None:
        try:
            outgoing = await self._compose(channel, entry)
            if outgoing is not None:
                result = await self._send(channel, connector, entry, outgoing)
                await self._settle(channel.name, entry, result, channel.note_success)
        except Exception as error:
            # Quarantined: it went out or not, and how that ended could not be written down.
            failure(f"{channel.name}: message {entry.message_id}", error)
            await self._lose(entry, _unexpected(error))

    async def _lose(self, entry: OutboxEntry, why: MaybeSent) -> None:
        """The least that can be said, so that its chat goes on before the engine's next start."""

        def lose(desk: Desk) -> None:
            outbox.settle_unknown(desk.db, entry.message_id, str(why))

        try:
            await self._desk.write_patiently(lose)
        except Exception as error:
            # Quarantined: it stays `sending`, which the next start makes `unknown`.
            failure(f"{entry.account}: message {entry.message_id}", error)

    async def _send(
        self, channel: Channel, connector: Connector, entry: OutboxEntry, outgoing: Outgoing
    ) -> Sent | ChannelError:
        limit = self._desk.pace.send_limit + _size(outgoing) / SLOWEST

        async def progress(part: str) -> None:
            await self._desk.write_patiently(
                lambda desk: desk_outbox.part_out(desk, entry.message_id, part)
            )

        try:
            async with asyncio.timeout(limit):
                return await connector.send(replace(outgoing, progress=progress))
        except TimeoutError:
            return MaybeSent(
                _("The server did not answer within {n} minutes.").format(n=int(limit // 60))
            )
        except (asyncio.CancelledError, Exception) as error:
            # Quarantined: the account goes on with the next message.
            found = raised(error, f"{channel.name}: unexpected error on sending")
            return found if isinstance(found, ChannelError) else _unexpected(found)

    async def _compose(self, channel: Channel, entry: OutboxEntry) -> Outgoing | None:
        try:
            return await self._desk.read(_outgoing, entry)
        except Exception as error:
            if isinstance(error, Passing):
                # Nothing has left, and nothing is wrong with it.
                failure(f"{channel.name}: message {entry.message_id}", error)
                await self._settle(channel.name, entry, Unreachable(str(error)))
                return None
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
                    if entry.account not in served and await self._desk.write(_claim_one, entry):
                        await self._settle(entry.account, entry, unserved(entry.account))
            except StoreError as error:
                LOGGER.warning("outbox: %s", error)
            if not self._stopping.is_set():
                await until(beat, None, self._desk.now())


def _size(outgoing: Outgoing) -> int:
    """Bytes of its files, as far as they can be looked at."""
    size = 0
    for file in outgoing.files:
        if isinstance(file.content, bytes):
            size += len(file.content)
        elif isinstance(file.content, Path):
            with contextlib.suppress(OSError):
                size += file.content.stat().st_size
    return size


def _unexpected(error: BaseException) -> MaybeSent:
    """Where it failed is not known, so neither is whether it went out."""
    return MaybeSent(
        _("omnitui itself failed while sending ({error}).").format(error=name_of(error))
    )


def _claim(desk: Desk, channel: Channel, room: int) -> list[OutboxEntry]:
    if channel.account is None:
        return []
    if channel.account.channel == "email":
        follow_ups.take_back(desk)
    claimed = outbox.claim_heads(
        desk.db,
        channel.account.id,
        desk.now(),
        by_recipient=channel.parallel > 1,
        limit=room,
    )
    return [reply_token.signed(desk, entry) for entry in claimed]


def _claim_one(desk: Desk, entry: OutboxEntry) -> bool:
    """False when it was cancelled meanwhile."""
    return outbox.claim(desk.db, entry.message_id, desk.now())


def _all_due(desk: Desk) -> list[OutboxEntry]:
    return outbox.due(desk.db, desk.now(), limit=1000)


def _next_due(desk: Desk, channel: Channel) -> Millis | None:
    if channel.account is None:
        return None
    return outbox.next_head_at(
        desk.db, channel.account.id, desk.now(), by_recipient=channel.parallel > 1
    )


def _outgoing(desk: Desk, entry: OutboxEntry) -> Outgoing:
    return desk_outbox.outgoing(desk, outbox.get(desk.db, entry.message_id))
