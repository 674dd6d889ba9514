"""Tells chats what became of one-time codes: sent, proven, wrong, expired, refused."""

from __future__ import annotations

import asyncio
from functools import partial

from connectors.contract import ChannelError, Verifies
from omnitui.desk import one_time_codes
from omnitui.desk.context import Desk
from omnitui.engine.channel import Channel, raised
from omnitui.engine.desk import EngineDesk
from omnitui.engine.pulse import Pulse, rounds
from store import one_time_codes as store_codes
from store.model import Millis
from store.one_time_codes import Verification

LIMIT = 20.0
"""Seconds for one answer."""
AGAIN = 5_000
"""Milliseconds until one is told again that could not be."""


class Verifier:
    """One account's; ends at once where the channel knows no codes. What is no news any more is
    not told."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel

    async def run(self) -> None:
        """Until cancelled."""
        async with self._channel.in_use() as connector:
            if not isinstance(connector, Verifies):
                return
        beat = self._pulse.subscribe_commits(f"verifying {self._channel.name}")
        name = f"{self._channel.name}: codes"
        await rounds(self._desk, beat, name, self._round, AGAIN)

    async def _round(self) -> Millis | None:
        """Tell what there is; when to look again at what could not be told."""
        failed = False
        for one in await self._desk.read(_to_tell, self._channel):
            if await self._tell(one):
                await self._desk.write_patiently(partial(_told, one=one))
            else:
                failed = True
        return self._desk.now() + AGAIN if failed else None

    async def _tell(self, one: Verification) -> bool:
        """Whether nothing is left to be told."""
        if not await self._desk.read(one_time_codes.is_news, one.at):
            return True
        live = self._channel.live
        if live is None or not isinstance(live.connector, Verifies):
            return False
        try:
            with live.used() as connector:
                assert isinstance(connector, Verifies)
                async with asyncio.timeout(LIMIT):
                    await connector.verification(one.chat, one.state, one.email)
        except TimeoutError:
            return False
        except (asyncio.CancelledError, Exception) as error:
            # Quarantined: the customer asks again, or types it again.
            found = raised(error, f"{self._channel.name}: telling of a code")
            return not isinstance(found, ChannelError) or not found.retry
        return True


def _to_tell(desk: Desk, channel: Channel) -> list[Verification]:
    return store_codes.to_tell(desk.db, channel.account.id) if channel.account else []


def _told(desk: Desk, one: Verification) -> None:
    store_codes.told(desk.db, one.id)
