"""Tells the channel whom agents keep out, and whom they let in again, until it knows."""

from __future__ import annotations

import asyncio

from connectors.contract import Bars, ChannelError, Rejected
from omnitui.desk.context import Desk
from omnitui.engine.channel import Channel, raised
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, rounds
from store import barred
from store.barred import Barred
from store.model import Account, Millis

LIMIT = 30.0
DELAYS = (1_000, 10_000, 60_000, 300_000)
"""Milliseconds between tries."""


class Barrer:
    """One account's; ends at once where the channel can keep nobody out."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel
        self._failures = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with self._channel.in_use() as connector:
            if not isinstance(connector, Bars):
                return
        beat = self._pulse.subscribe(f"barring {self._channel.name}")
        name = f"{self._channel.name}: barring"
        await rounds(self._desk, beat, name, self._round, DELAYS[1])

    async def _round(self) -> Millis | None:
        """When to try again what could not be told; None: the channel knows all."""
        account = self._channel.account
        assert account is not None  # registered before any loop is begun
        for one in await self._desk.read(_untold, account):
            if not await self._tell(one):
                delay = DELAYS[min(self._failures, len(DELAYS) - 1)]
                self._failures += 1
                return self._desk.now() + delay
            await self._desk.write(_told, one)
            self._failures = 0
        return None

    async def _tell(self, one: Barred) -> bool:
        try:
            async with self._channel.in_use() as connector, asyncio.timeout(LIMIT):
                if isinstance(connector, Bars):
                    await connector.bar(one.address, one.lifted_at is None)
        except TimeoutError:
            LOGGER.warning("%s: barring: the server takes too long", self._channel.name)
        except (asyncio.CancelledError, Exception) as error:
            # Quarantined: told again later, as it is by then.
            found = raised(error, f"{self._channel.name}: barring")
            if isinstance(found, ChannelError):
                LOGGER.warning("%s: barring: %s", self._channel.name, found)
            return isinstance(found, Rejected)  # the channel knows no such person
        else:
            verb = "let in" if one.lifted_at is not None else "kept out"
            LOGGER.info("%s: a visitor is %s", self._channel.name, verb)
            return True
        return False


def _untold(desk: Desk, account: Account) -> list[Barred]:
    return barred.untold(desk.db, account.id)


def _told(desk: Desk, one: Barred) -> None:
    barred.told(desk.db, one, desk.now())
