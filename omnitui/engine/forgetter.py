"""Has the channel's server delete what it has of customers who were erased, until it has."""

from __future__ import annotations

import asyncio

from connectors.contract import ChannelError, Forgets, Rejected
from omnitui.desk.context import Desk
from omnitui.engine.channel import Channel, raised
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER
from omnitui.engine.pulse import Pulse, rounds
from store import forgets
from store.forgets import Forget
from store.model import Account, Millis

LIMIT = 60.0
DELAYS = (1_000, 10_000, 60_000, 600_000, 3_600_000)
"""Milliseconds between tries; the last one repeats, for ever."""


class Forgetter:
    """One account's; ends at once where the channel's server forgets nobody."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel

    async def run(self) -> None:
        """Until cancelled."""
        async with self._channel.in_use() as connector:
            if not isinstance(connector, Forgets):
                return
        beat = self._pulse.subscribe(f"forgetting {self._channel.name}")
        name = f"{self._channel.name}: forgetting"
        await rounds(self._desk, beat, name, self._round, DELAYS[1])

    async def _round(self) -> Millis | None:
        """When the next one is to be tried; None: everybody is forgotten."""
        account = self._channel.account
        assert account is not None  # registered before any loop is begun
        for one in await self._desk.read(_of, account):
            if one.due_at > self._desk.now():
                return one.due_at
            if await self._forget(one):
                await self._desk.write(_done, one)
                LOGGER.info("%s: an erased customer is forgotten there, too", account.name)
            else:
                delay = DELAYS[min(one.tries, len(DELAYS) - 1)]
                await self._desk.write(_later, one, self._desk.now() + delay)
        left = await self._desk.read(_of, account)
        return left[0].due_at if left else None

    async def _forget(self, one: Forget) -> bool:
        try:
            async with self._channel.in_use() as connector, asyncio.timeout(LIMIT):
                if isinstance(connector, Forgets):
                    await connector.forget(one.address)
        except TimeoutError:
            LOGGER.warning("%s: forgetting: the server takes too long", self._channel.name)
        except (asyncio.CancelledError, Exception) as error:
            # Quarantined: told again later, until it is done.
            found = raised(error, f"{self._channel.name}: forgetting")
            if isinstance(found, ChannelError):
                LOGGER.warning("%s: forgetting: %s", self._channel.name, found)
            return isinstance(found, Rejected)  # there is no such person, and never was
        else:
            return True
        return False


def _of(desk: Desk, account: Account) -> list[Forget]:
    return forgets.of_account(desk.db, account.id)


def _done(desk: Desk, one: Forget) -> None:
    forgets.done(desk.db, one)


def _later(desk: Desk, one: Forget, due_at: Millis) -> None:
    forgets.later(desk.db, one, due_at)
