"""Shows customers that an agent is typing, where their channel can."""

from __future__ import annotations

import asyncio

from connectors.contract import ChannelError, Types
from omnitui.desk.visiting import typing
from omnitui.engine.channel import Channel
from omnitui.engine.desk import EngineDesk
from omnitui.engine.log import LOGGER, trace
from omnitui.engine.pulse import Pulse, until
from omnitui.engine.supervisor import Supervisor
from store.errors import StoreError
from store.model import AccountId, Millis

EVERY = 4_000
"""Milliseconds between two signs to a chat: channels show each for a little longer."""
LOOK_EVERY = 0.15
"""Seconds between two looks into the store, however much is written there."""
LIMIT = 5.0
"""Seconds for one sign; a late one would be a lie."""
AT_ONCE = 20


class Typist:
    """One for all accounts: sleeps until somebody writes into the store."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channels: Supervisor) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channels = channels
        self._shown: dict[tuple[AccountId, str], Millis] = {}
        self._signs = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe_commits("typing")
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    due_at = await self._round(group)
                except StoreError as error:
                    LOGGER.debug("typing: %s", error)
                    due_at = None
                await asyncio.sleep(LOOK_EVERY)
                await until(beat, due_at, self._desk.now())

    async def _round(self, group: asyncio.TaskGroup) -> Millis | None:
        """Show what is new; when to look again at those who type now."""
        typed = await self._desk.read(typing.chats)
        now = self._desk.now()
        self._shown = {chat: at for chat, at in self._shown.items() if 0 <= now - at < EVERY}
        channels = {c.account.id: c for c in self._channels if c.account is not None}
        for one in typed:
            place = (one.account_id, one.chat)
            channel = channels.get(one.account_id)
            if channel is None or place in self._shown:
                continue
            self._shown[place] = now
            group.create_task(self._show(channel, one.chat), name=f"typing {channel.name}")
        following = [at + EVERY for at in self._shown.values()]
        return min(following, default=None) if typed else None

    async def _show(self, channel: Channel, chat: str) -> None:
        if (live := channel.live) is None or not isinstance(live.connector, Types):
            return
        try:
            async with self._signs, asyncio.timeout(LIMIT):
                with live.used():
                    await live.connector.typing(chat)
        except (ChannelError, TimeoutError):
            pass  # the reply itself will tell
        except Exception as error:
            # Quarantined: a sign that nobody sees is no loss.
            LOGGER.error("%s: typing\n%s", channel.name, trace(error))
