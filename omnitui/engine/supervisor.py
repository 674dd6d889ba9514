"""All accounts of the desk side by side: what one does, no other notices."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from config.i18n import _
from config.model import Config
from config.told import source_of
from omnitui.desk.context import Desk
from omnitui.engine.channel import Channel
from omnitui.engine.desk import EngineDesk
from omnitui.engine.keeper import keep
from omnitui.engine.registry import Connectors
from store import accounts


class Supervisor:
    """Runs one `Channel` per configured account."""

    def __init__(self, desk: EngineDesk, config: Config, connectors: Connectors) -> None:
        self._desk = desk
        self._channels = {
            name: Channel(desk, settings, connectors) for name, settings in config.accounts.items()
        }

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._channels.values())

    def get(self, account: str) -> Channel | None:
        return self._channels.get(account)

    def retry_now(self) -> None:
        """Cut every account's delay short."""
        for channel in self:
            channel.retry.set()

    async def register(self) -> None:
        """Every account into the store; those that left the configuration are shown stopped."""
        for channel in self:
            await channel.register()

        def retire(desk: Desk) -> None:
            reason = _("It is not in config.toml any more.")
            for account in accounts.all(desk.db):
                said = (account.state, account.state_reason) == ("stopped", reason)
                if account.name not in self._channels and not said:
                    accounts.set_state(
                        desk.db, account.id, "stopped", reason, desk.now(), source=source_of(reason)
                    )

        await self._desk.write_patiently(retire, patience=self._desk.pace.store_patience)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for channel in self:
                name = f"account {channel.name}"
                group.create_task(keep(name, channel.run), name=name)
            # With no account at all there is nothing to end on.
            await asyncio.get_running_loop().create_future()

    async def stopped(self) -> None:
        for channel in self:
            await channel.stopped()
