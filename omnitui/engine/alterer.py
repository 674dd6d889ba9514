"""Carries edits and deletions of sent messages to the channel.

Doing one twice changes nothing, so it stays `queued` until it is known how it ended: what a
crash interrupts is simply done again.
"""

from __future__ import annotations

import asyncio

from config.i18n import _
from connectors.contract import Alters, ChannelError, Connector, Outgoing, Rejected
from omnitui.desk.channel_names import channel_first
from omnitui.desk.context import Desk
from omnitui.desk.replying import alterations
from omnitui.engine.channel import Channel, raised
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER, name_of
from omnitui.engine.pulse import Pulse, until
from store import alterations as store_alterations
from store.alterations import Alteration
from store.errors import StoreError
from store.model import Millis

LIMIT = 120.0
"""Seconds for one change."""
AT_ONCE = 4


class Alterer:
    """One account's; changes of one message in their order, of several side by side."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe(f"altering {self._channel.name}")
        while True:
            try:
                due_at = await self._round()
            except StoreError as error:
                LOGGER.warning("%s: changes: %s", self._channel.name, error)
                due_at = self._desk.now() + 5_000
            await until(beat, due_at, self._desk.now())

    async def _round(self) -> Millis | None:
        """Carry out what is due; when the next one is."""
        while due := await self._desk.read(_due, self._channel):
            async with asyncio.TaskGroup() as group:
                for change in due:
                    group.create_task(self._carry_out(change), name=f"change {change.id}")
        return await self._desk.read(_next_due, self._channel)

    async def _carry_out(self, change: Alteration) -> None:
        try:
            error = await self._try(change)
        except _TakenBack:
            return

        def settle(desk: Desk) -> None:
            alterations.settle(desk, change.id, error)
            if error is None:
                self._channel.note_success(desk)

        await self._desk.write_patiently(settle)
        said = "done" if error is None else type(error).__name__
        LOGGER.info(
            "%s: message %d: %s: %s", self._channel.name, change.message_id, change.kind, said
        )

    async def _try(self, change: Alteration) -> ChannelError | None:
        """None when the channel has it. Raises `_TakenBack`."""
        try:
            async with self._channel.in_use() as connector, asyncio.timeout(LIMIT):
                await self._alter(connector, change)
        except _TakenBack:
            raise
        except TimeoutError:
            return ChannelError(_("The server takes too long."))
        except (asyncio.CancelledError, Exception) as error:
            # Quarantined: it is tried again, and the sentence is shown with the message.
            found = raised(error, f"{self._channel.name}: change")
            return found if isinstance(found, ChannelError) else _unexpected(found)
        return None

    async def _alter(self, connector: Connector, change: Alteration) -> None:
        if not isinstance(connector, Alters):
            raise Rejected(
                _("{channel} cannot change what was sent.").format(
                    channel=channel_first(connector.channel)
                )
            )
        message, parts = await self._desk.read(_outgoing, change)
        if change.kind == "edit":
            await connector.edit(message, parts)
        else:
            await connector.delete(message, parts)


class _TakenBack(Exception):
    """An agent did so while it waited for a connector, which may be for days."""


def _unexpected(error: BaseException) -> ChannelError:
    return ChannelError(
        _("omnitui itself failed while changing it ({error}).").format(error=name_of(error))
    )


def _outgoing(desk: Desk, change: Alteration) -> tuple[Outgoing, tuple[str, ...]]:
    """Raises `_TakenBack`."""
    if store_alterations.get(desk.db, change.id).state != "queued":
        raise _TakenBack
    return alterations.outgoing(desk, change)


def _due(desk: Desk, channel: Channel) -> list[Alteration]:
    if channel.account is None:
        return []
    return store_alterations.due(desk.db, desk.now(), channel.account.id, limit=AT_ONCE)


def _next_due(desk: Desk, channel: Channel) -> Millis | None:
    if channel.account is None:
        return None
    return store_alterations.next_due_at(desk.db, channel.account.id)
