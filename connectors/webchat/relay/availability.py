"""Whether somebody is there, as the desk says it, and telling it to the visitors."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.webchat.relay import told
from connectors.webchat.relay.hub import Connection, Hub

State = Literal["online", "away", "hidden"]
GOOD_FOR = 90.0
"""Seconds for which the desk's word is taken; it repeats it each minute."""
CHECKED_EVERY = 5.0
"""Seconds."""
AT_ONCE = 200
"""Connections that are told before others get their turn on the loop."""


@dataclass(frozen=True, slots=True)
class Availability:
    state: State = "away"
    queue: Mapping[str, int] = field(default_factory=dict)
    """Visitor → place in the queue; 1 is next."""
    wait: int | None = None
    """Seconds that an answer takes about; None: not said."""


class Availabilities:
    """Of all sites."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._said: dict[str, tuple[Availability, float]] = {}
        self._changed: set[str] = set()
        self._event = asyncio.Event()

    def put(self, site: str, availability: Availability) -> None:
        """The desk says so; visitors hear of it soon."""
        self._said[site] = (availability, _now())
        self._changed.add(site)
        self._event.set()

    def of(self, site: str) -> Availability:
        """What counts now: away, when the desk has said nothing lately."""
        if site not in self._said:
            return Availability()
        said, at = self._said[site]
        gone = self._hub.desk_gone_for(site)
        if _now() - at > GOOD_FOR or (gone is not None and gone > GOOD_FOR):
            return Availability()
        return said

    def fields(self, site: str, visitor: str) -> dict[str, Any]:
        """As frames tell it to a visitor."""
        now = self.of(site)
        return {
            "availability": now.state,
            "queue": now.queue.get(visitor) if now.state == "online" else None,
            "wait": now.wait if now.state == "online" else None,
        }

    def welcome(self, connection: Connection) -> dict[str, Any]:
        """`fields` for a connection, which is told of changes from then on."""
        fields = self.fields(connection.site, connection.visitor)
        connection.told = tuple(fields.values())
        return fields

    async def run(self) -> None:
        """Tell visitors what changes, and that it is over when the desk falls silent."""
        while True:
            try:
                async with asyncio.timeout(CHECKED_EVERY):
                    await self._event.wait()
            except TimeoutError:
                self._forget()
            self._event.clear()
            while self._changed:
                await self._tell(self._changed.pop())

    def _forget(self) -> None:
        for site in list(self._said):
            if self.of(site) is not self._said[site][0]:
                del self._said[site]
                self._changed.add(site)

    async def _tell(self, site: str) -> None:
        for number, connection in enumerate(self._hub.everybody(site), 1):
            fields = self.fields(site, connection.visitor)
            news = tuple(fields.values())
            if news != connection.told and connection.told is not None:
                connection.told = news
                connection.put(told.frame("availability", **fields))
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)


def _now() -> float:
    return asyncio.get_running_loop().time()
